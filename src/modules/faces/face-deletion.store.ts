import type { Change } from '../../database';
import { txOf } from '../../database/sql';
import { lockPersonsOf } from './face-rows.store';

export interface FaceDeletion {
  readonly faceIds: string[];
  /** Those that lost faces. */
  readonly collectionIds: string[];
}

/**
 * Marks faces DELETED and removes their vectors: from the commit on no search can answer with them.
 * @param reason told in the events where nobody asked for it.
 */
export async function deleteFaces(
  change: Change,
  faceIds: readonly string[],
  reason?: 'RETENTION',
): Promise<FaceDeletion> {
  const tx = txOf(change);
  const byCollection = new Map<string, { vectorKeys: bigint[]; faceIds: string[] }>();
  if (faceIds.length === 0) return { faceIds: [], collectionIds: [] };
  await lockPersonsOf(tx, faceIds);
  const rows = await tx.$queryRaw<{ id: string; collection_id: string; vector_key: bigint; state: string }[]>`
    SELECT f.id, f.collection_id, f.vector_key, f.state::text AS state
      FROM faces f JOIN collections c ON c.id = f.collection_id
     WHERE f.id = ANY(${[...faceIds]}::uuid[]) AND f.state <> 'DELETED' AND c.state = 'ACTIVE'
     ORDER BY f.id FOR UPDATE OF f`;
  for (const row of rows) {
    const entry = byCollection.get(row.collection_id) ?? { vectorKeys: [], faceIds: [] };
    entry.faceIds.push(row.id);
    if (row.state === 'INDEXED' || row.state === 'DETECTED') entry.vectorKeys.push(row.vector_key);
    byCollection.set(row.collection_id, entry);
  }
  const ids = rows.map((row) => row.id);
  await tx.$executeRaw`UPDATE faces SET state = 'DELETED', person_id = NULL WHERE id = ANY(${ids}::uuid[])`;
  await tx.$executeRaw`DELETE FROM face_embeddings WHERE face_id = ANY(${ids}::uuid[])`;
  const collectionIds = [...byCollection.keys()].sort();
  for (const collectionId of collectionIds) {
    const { vectorKeys, faceIds: gone } = byCollection.get(collectionId)!;
    change.ops(
      collectionId,
      vectorKeys.map((vectorKey) => ({ kind: 'DELETE', vectorKey })),
    );
    change.event({ type: 'FACES_DELETED', collectionId, payload: { faceIds: gone, ...(reason ? { reason } : {}) } });
  }
  return { faceIds: ids, collectionIds };
}
