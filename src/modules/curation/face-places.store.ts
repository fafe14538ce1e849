import type { Tx } from '../../database/sql';
import { VISIBLE_IMAGE } from '../images/image-access.store';

/**
 * Whoever else changes which faces stand in these images, or in others of their bytes, waits until the commit; the clean-up does so before
 * it looks whether they have to go. Whether they are to be seen is asked after this, in a statement of its own: what was committed
 * meanwhile counts.
 */
export async function lockPlaces(tx: Tx, collectionId: string, imageIds: readonly string[]): Promise<void> {
  const images = await tx.$queryRaw<{ sha256: string }[]>`
    SELECT encode(i.received_sha256, 'hex') AS sha256 FROM images i
     WHERE i.id = ANY(${[...imageIds]}::uuid[]) ORDER BY i.id FOR KEY SHARE OF i`;
  for (const sha256 of [...new Set(images.map((image) => image.sha256))].sort()) {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`${collectionId}/${sha256}`}, 0))`;
  }
}

/** `lockPlaces` of the images of these faces. */
export async function lockPlacesOf(tx: Tx, collectionId: string, faceIds: readonly string[]): Promise<void> {
  if (faceIds.length === 0) return;
  const faces = await tx.face.findMany({ where: { id: { in: [...faceIds] } }, select: { imageId: true } });
  await lockPlaces(
    tx,
    collectionId,
    faces.map(({ imageId }) => imageId),
  );
}

export async function isVisibleImage(tx: Tx, imageId: string): Promise<boolean> {
  const found = await tx.$queryRaw<{ id: string }[]>`
    SELECT i.id FROM images i WHERE i.id = ${imageId}::uuid AND ${VISIBLE_IMAGE}`;
  return found.length > 0;
}

export async function isInVisibleImage(tx: Tx, faceId: string): Promise<boolean> {
  const found = await tx.$queryRaw<{ id: string }[]>`
    SELECT i.id FROM faces f JOIN images i ON i.id = f.image_id WHERE f.id = ${faceId}::uuid AND ${VISIBLE_IMAGE}`;
  return found.length > 0;
}
