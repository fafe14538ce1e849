import type { NewEvent } from '../../domain/events';
import type { Tx } from './database';

export interface FaceDeletion {
  readonly faceIds: string[];
  /** Collections that lost faces; `vectorKeys` of those that an index may hold. */
  readonly byCollection: ReadonlyMap<string, { readonly vectorKeys: bigint[]; readonly faceIds: string[] }>;
  readonly events: NewEvent[];
}

/**
 * Marks faces DELETED and removes their vectors: from the commit on no search can answer with them. The caller appends
 * the DELETE ops and the events.
 */
export async function deleteFaceRows(tx: Tx, faceIds: readonly string[]): Promise<FaceDeletion> {
  const byCollection = new Map<string, { vectorKeys: bigint[]; faceIds: string[] }>();
  if (faceIds.length === 0) return { faceIds: [], byCollection, events: [] };
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
  const events = [...byCollection].map(([collectionId, entry]) => ({
    type: 'FACES_DELETED' as const,
    collectionId,
    payload: { faceIds: entry.faceIds },
  }));
  return { faceIds: ids, byCollection, events };
}
