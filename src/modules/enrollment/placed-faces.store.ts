import type { Tx } from '../../database/sql';
import type { BoundingBox } from '../../domain/geometry';
import { areOfOneFace } from '../../domain/placed-face';
import type { FacePlace } from '../../ports/face-analyzer';
import { RETAINED_FACE, RETAINED_IMAGE } from '../collections/retained.store';
import { columnsOfTarget, targetOf, type TargetColumns } from './enrollment-persons.store';
import type { ItemOutcome, PersonTarget, PlacedFace } from './enrollment-shapes';

type Analyzed = ItemOutcome & { kind: 'ANALYZED' };

/** A face of the column `job_items.faces`. */
export interface PlacedFaceColumns extends FacePlace, TargetColumns {
  readonly confidence: number;
}

/** One at least. */
export type PlacedFaceRows = readonly [PlacedFaceColumns, ...PlacedFaceColumns[]];

export function columnsOfFaces(faces: readonly PlacedFace[]): PlacedFaceColumns[] {
  return faces.map(({ person, ...place }) => ({ ...place, ...columnsOfTarget(person) }));
}

export function placedFacesOfRow(faces: PlacedFaceRows | null): PlacedFace[] | null {
  return (
    faces?.map(({ boundingBox, landmarks, confidence, ...target }) => ({
      boundingBox,
      landmarks,
      confidence,
      person: targetOf(target),
    })) ?? null
  );
}

/** An image whose faces came with their places. */
export interface PlacedImage {
  readonly outcome: Analyzed;
  /** Of each face of the outcome. */
  readonly targets: readonly (PersonTarget | null)[];
}

/** What an image brings that is not there yet. */
export interface Addition extends PlacedImage {
  /** The image that its new faces are to be of: its own, or one of the same bytes that is there. */
  readonly imageId: string;
}

/** Faces that are there in images of the same bytes. */
interface Standing {
  imageId: string | null;
  readonly boxes: BoundingBox[];
}

/**
 * Leaves of images those faces that no image of the same bytes has yet, whoever it was enrolled for and whoever found them there:
 * one face in one picture is indexed once. What is there is locked until the commit, so that it does not go meanwhile.
 * @returns of each image, in order, what it adds: no faces where all are there.
 */
export async function findAdditions(tx: Tx, collectionId: string, images: readonly PlacedImage[]): Promise<Addition[]> {
  if (images.length === 0) return [];
  const digests = images.map(({ outcome }) => Buffer.from(outcome.receivedSha256).toString('hex'));
  const standing = await findStanding(tx, collectionId, [...new Set(digests)].sort());
  return images.map(({ outcome, targets }, index) => {
    const there = standing.get(digests[index]!) ?? { imageId: null, boxes: [] };
    standing.set(digests[index]!, there);
    const isNew = outcome.faces.map(({ boundingBox }) => !there.boxes.some((box) => areOfOneFace(box, boundingBox)));
    const faces = outcome.faces.filter((_, face) => isNew[face]);
    there.imageId ??= outcome.itemId;
    there.boxes.push(...faces.map((face) => face.boundingBox));
    const added = { outcome: { ...outcome, faces }, targets: targets.filter((_, face) => isNew[face]) };
    return { ...added, imageId: there.imageId };
  });
}

async function findStanding(tx: Tx, collectionId: string, digests: readonly string[]): Promise<Map<string, Standing>> {
  // Two jobs with the same bytes at the same moment: the second one sees what the first has made. In one order, so that none waits in a circle.
  for (const digest of digests) {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`${collectionId}/${digest}`}, 0))`;
  }
  const rows = await tx.$queryRaw<
    { sha256: string; image_id: string; bounding_box: BoundingBox; takes_more: boolean }[]
  >`
    SELECT r.sha256, f.image_id, f.bounding_box, c.retention_days IS NULL AS takes_more
      FROM unnest(${[...digests]}::text[]) AS r(sha256)
      JOIN images i ON i.collection_id = ${collectionId}::uuid
                   AND (i.received_sha256 = decode(r.sha256, 'hex') OR i.stored_sha256 = decode(r.sha256, 'hex'))
      JOIN collections c ON c.id = i.collection_id AND ${RETAINED_IMAGE}
      JOIN faces f ON f.image_id = i.id AND f.state IN ('DETECTED', 'INDEXED') AND ${RETAINED_FACE}
     ORDER BY f.id FOR SHARE OF f`;
  const standing = new Map<string, Standing>();
  for (const { sha256, image_id: imageId, bounding_box: box, takes_more: takesMore } of rows) {
    const there = standing.get(sha256) ?? { imageId: null, boxes: [] };
    // With a retention, an image goes by its own age: newer faces do not outlive it.
    if (takesMore) there.imageId ??= imageId;
    there.boxes.push(box);
    standing.set(sha256, there);
  }
  return standing;
}
