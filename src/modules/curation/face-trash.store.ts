import type { Change, NewVectorOp } from '../../database';
import { type Tx, txOf } from '../../database/sql';
import type { BoundingBox } from '../../domain/geometry';
import { areOfOneFace } from '../../domain/placed-face';
import type { IdentityChange } from '../../records/operation';
import { SHOWN_FACE } from '../collections/retained.store';

/** What is said of a face that has no vector in the pack that its collection has moved to. */
const NOT_REEMBEDDED = 'NOT_REEMBEDDED';

/** Faces in the trash of one image, at most, when another one is added to it. */
const KEPT_IN_TRASH = 20;

/** A face that stands in an image. */
export interface Standing {
  readonly id: string;
  readonly boundingBox: BoundingBox;
  readonly state: string;
  readonly reasons: readonly string[];
}

/**
 * Takes faces, locked before, out of sight, or brings them back: their vectors stay where they are kept, the index loses or gets them.
 * The flush throws CollectionMoved when the collection is of another pack by then.
 * @param trashing changes of `isTrashed`.
 * @returns the ids of those that searches find from now on.
 */
export async function moveFaces(
  change: Change,
  collectionId: string,
  trashing: readonly IdentityChange[],
): Promise<string[]> {
  const tx = txOf(change);
  const idsOf = (isTrashed: boolean) => trashing.filter(({ after }) => after === isTrashed).map(({ id }) => id);
  const [collection] = await tx.$queryRaw<{ pack_id: string; embedding_digest: string }[]>`
    SELECT m.id AS pack_id, m.embedding_digest FROM collections c JOIN model_packs m ON m.id = c.model_pack_id
     WHERE c.id = ${collectionId}::uuid`;
  const out = await tx.$queryRaw<{ vector_key: bigint; was: string }[]>`
    UPDATE faces f SET state = 'TRASHED' FROM (SELECT id, state::text FROM faces WHERE id = ANY(${idsOf(true)}::uuid[])) old
     WHERE f.id = old.id RETURNING f.vector_key, old.state AS was`;
  const back = await tx.$queryRaw<{ id: string; vector_key: bigint; state: string }[]>`
    UPDATE faces f
       SET state = CASE WHEN e.there THEN 'INDEXED' ELSE 'UNINDEXED' END::"FaceState",
           reasons = CASE WHEN e.there THEN ARRAY[]::text[] ELSE ARRAY[${NOT_REEMBEDDED}]::text[] END
      FROM (SELECT t.id, EXISTS (SELECT 1 FROM face_embeddings v WHERE v.face_id = t.id
                                    AND v.embedding_digest = ${collection?.embedding_digest ?? ''}) AS there
              FROM faces t WHERE t.id = ANY(${idsOf(false)}::uuid[])) e
     WHERE f.id = e.id RETURNING f.id, f.vector_key, f.state::text AS state`;
  const found = back.filter(({ state }) => state === 'INDEXED');
  const ops: NewVectorOp[] = [
    ...out
      .filter(({ was }) => was !== 'UNINDEXED')
      .map((row) => ({ kind: 'DELETE' as const, vectorKey: row.vector_key })),
    ...found.map((row) => ({ kind: 'UPSERT' as const, vectorKey: row.vector_key })),
  ];
  change.ops(collectionId, ops, { requirePackId: collection?.pack_id });
  return found.map(({ id }) => id);
}

/**
 * Deletes for good what is in the trash of an image, its places locked, where a face is to be added, and all but the newest of the rest:
 * adding and undoing in turn fills nothing.
 */
export async function makeRoom(
  change: Change,
  collectionId: string,
  imageId: string,
  boundingBox: BoundingBox,
): Promise<void> {
  const tx = txOf(change);
  const trashed = await tx.$queryRaw<{ id: string; boundingBox: BoundingBox }[]>`
    SELECT f.id, f.bounding_box AS "boundingBox" FROM faces f
     WHERE f.image_id = ${imageId}::uuid AND f.state = 'TRASHED' ORDER BY f.id DESC FOR UPDATE`;
  const faceIds = trashed
    .filter((one, at) => at >= KEPT_IN_TRASH - 1 || areOfOneFace(one.boundingBox, boundingBox))
    .map(({ id }) => id);
  if (faceIds.length === 0) return;
  // DELETED for the erasure ledger. Its row goes at once: the image has lost none that was to be seen.
  await tx.$executeRaw`UPDATE faces SET state = 'DELETED', person_id = NULL WHERE id = ANY(${faceIds}::uuid[])`;
  await tx.$executeRaw`DELETE FROM faces WHERE id = ANY(${faceIds}::uuid[])`;
  change.event({ type: 'FACES_DELETED', collectionId, payload: { faceIds } });
}

/** The faces of an image that are to be seen. */
export async function listStanding(tx: Tx, imageId: string): Promise<Standing[]> {
  return tx.$queryRaw<Standing[]>`
    SELECT f.id, f.bounding_box AS "boundingBox", f.state::text AS state, f.reasons FROM faces f
     WHERE f.image_id = ${imageId}::uuid AND ${SHOWN_FACE} ORDER BY f.id`;
}

/**
 * Whether its image has lost faces for good, and has no other left that searches find. Those that it has stay until the commit: what
 * deletes them waits, and then finds that they were the last.
 */
export async function isOnlyFaceLeft(tx: Tx, faceId: string): Promise<boolean> {
  const found = await tx.$queryRaw<{ id: string }[]>`
    SELECT o.id FROM faces f JOIN faces o ON o.image_id = f.image_id AND o.id <> f.id
     WHERE f.id = ${faceId}::uuid AND o.state IN ('DETECTED', 'INDEXED') ORDER BY o.id FOR SHARE OF o`;
  if (found.length > 0) return false;
  // Every image is stored with a face: where no row of another one is left, it was deleted and cleaned up.
  const [image] = await tx.$queryRaw<{ is_whole: boolean }[]>`
    SELECT COALESCE(bool_or(o.state = 'UNINDEXED') AND NOT bool_or(o.state = 'DELETED'), false) AS is_whole
      FROM faces f JOIN faces o ON o.image_id = f.image_id AND o.id <> f.id WHERE f.id = ${faceId}::uuid`;
  return image?.is_whole !== true;
}

/** Whether another face of its image is where this one is. */
export async function isPlaceTaken(tx: Tx, faceId: string): Promise<boolean> {
  const [face] = await tx.$queryRaw<{ image_id: string; bounding_box: BoundingBox }[]>`
    SELECT image_id, bounding_box FROM faces WHERE id = ${faceId}::uuid`;
  if (!face) return false;
  const others = (await listStanding(tx, face.image_id)).filter(({ id }) => id !== faceId);
  return others.some(({ boundingBox }) => areOfOneFace(boundingBox, face.bounding_box));
}
