import { Prisma, type Tx } from '../../database/sql';
import { DomainError } from '../../domain/errors';
import { newId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import { bytesOfVector } from '../../domain/vector-bytes';
import { RETAINED_FACE } from '../collections/retained.store';
import type { ClaimedRange, ItemOutcome } from './enrollment-shapes';

/** The subject of an image that is for nobody yet. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';

type Analyzed = ItemOutcome & { kind: 'ANALYZED' };

/** What outcomes are recorded for. */
export type RecordedRange = Pick<ClaimedRange, 'alsoIn' | 'collectionId' | 'embeddingDigest' | 'packId'>;

/** An image to be recorded, with whom it is for. */
export interface Image {
  readonly outcome: Analyzed;
  readonly ordinal: number;
  readonly subjectId: string;
  /** The image that its faces are of: its own, or one of the same bytes. */
  readonly imageId: string;
  /** Whose each face of the outcome is. */
  readonly personIds: readonly (string | null)[];
  readonly externalImageId: string | null;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/**
 * An image stands for later ones of the same bytes and subject while it has a face that is in the index or on its way,
 * and that is the subject's now, whoever it was enrolled for; for nobody only one that was enrolled for nobody counts.
 * Use with the alias `i` for images and `r` for what has the `subject_id`.
 */
export const STILL_COUNTS = Prisma.sql`
  EXISTS (SELECT 1 FROM faces f JOIN collections c ON c.id = f.collection_id
           WHERE f.image_id = i.id AND f.state IN ('DETECTED', 'INDEXED') AND ${RETAINED_FACE}
             AND CASE r.subject_id WHEN ${NOBODY}::uuid THEN i.subject_id = r.subject_id
                                   ELSE f.person_id = r.subject_id END)`;

/**
 * Inserts the images that are new.
 * @returns for each image, in order, the image that has its bytes: its own item's id, or an earlier one.
 */
export async function insertImages(
  tx: Tx,
  scope: TenantScope,
  collectionId: string,
  images: readonly Image[],
): Promise<string[]> {
  const keyOf = (image: Image) => `${image.subjectId}/${hex(image.outcome.receivedSha256)}`;
  const imageByKey = new Map<string, string>();
  // One order for all transactions, so that none waits for another in a circle; the first of equal images wins.
  let rest = [...images].sort((a, b) => (keyOf(a) === keyOf(b) ? a.ordinal - b.ordinal : keyOf(a) < keyOf(b) ? -1 : 1));
  const given = await findGiven(tx, collectionId, rest.map(wantedOf));
  for (const image of given) imageByKey.set(`${image.subject_id}/${image.sha256}`, image.id);
  rest = rest.filter((image) => !imageByKey.has(keyOf(image)));
  for (let round = 0; rest.length > 0; round++) {
    if (round === 3) throw new DomainError('CONFLICT', 'An image came and went at the same time.', { retryable: true });
    const inserted = new Set(await insertNew(tx, scope, collectionId, rest));
    for (const image of rest) {
      if (inserted.has(image.outcome.itemId)) imageByKey.set(keyOf(image), image.outcome.itemId);
    }
    rest = rest.filter((image) => !imageByKey.has(keyOf(image)));
    if (rest.length === 0) break;
    const existing = await findEnrolled(tx, collectionId, rest.map(wantedOf));
    const stale = existing.filter((image) => !image.counts).map((image) => image.id);
    if (stale.length > 0) {
      // Its faces are deleted, moved or were rejected: it gives its place in the unique key to the new image, and
      // stays a row for those who still name it (its own job, the clean-up).
      await tx.$executeRaw`
        UPDATE images SET received_sha256 = sha256(uuid_send(id)) WHERE id = ANY(${stale}::uuid[])`;
    }
    for (const image of existing) if (image.counts) imageByKey.set(`${image.subject_id}/${image.sha256}`, image.id);
    rest = rest.filter((image) => !imageByKey.has(keyOf(image)));
  }
  return images.map((image) => imageByKey.get(keyOf(image))!);
}

async function insertNew(
  tx: Tx,
  scope: TenantScope,
  collectionId: string,
  images: readonly Image[],
): Promise<string[]> {
  const rows = images.map(({ outcome, subjectId }) => ({
    id: outcome.itemId,
    subject_id: subjectId,
    received: hex(outcome.receivedSha256),
    stored: hex(outcome.stored.sha256),
    mime: outcome.stored.mime,
    width: outcome.width,
    height: outcome.height,
    bytes: outcome.stored.bytes,
    first_frame_only: outcome.firstFrameOnly,
    taken_at: outcome.takenAt,
  }));
  const inserted = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO images (id, tenant_id, collection_id, subject_id, received_sha256, stored_sha256, mime, width, height,
                        bytes, first_frame_only, taken_at)
    SELECT r.id, ${scope.tenantId}::uuid, ${collectionId}::uuid, r.subject_id, decode(r.received, 'hex'),
           decode(r.stored, 'hex'), r.mime, r.width, r.height, r.bytes, r.first_frame_only, r.taken_at
      FROM json_to_recordset(${JSON.stringify(rows)}::json)
           AS r(id uuid, subject_id uuid, received text, stored text, mime text, width int, height int, bytes int,
                first_frame_only boolean, taken_at timestamptz)
    ON CONFLICT (collection_id, subject_id, received_sha256) DO NOTHING RETURNING id`;
  return inserted.map((row) => row.id);
}

/** Bytes, and whom they are for. */
interface Wanted {
  readonly subjectId: string;
  readonly sha256: Uint8Array;
}

/** An image that was found for some bytes and a subject. */
interface Found {
  readonly id: string;
  /** Whom it was looked for. */
  readonly subject_id: string;
  readonly sha256: string;
}

const wantedOf = ({ subjectId, outcome }: Image): Wanted => ({ subjectId, sha256: outcome.receivedSha256 });

const rowsOf = (images: readonly Wanted[]) =>
  JSON.stringify(images.map((one) => ({ subject_id: one.subjectId, sha256: hex(one.sha256) })));

/** Images that stand for these bytes and subjects, as STILL_COUNTS says. */
export async function findByBytes(tx: Tx, collectionId: string, images: readonly Wanted[]): Promise<Found[]> {
  const given = await findGiven(tx, collectionId, images);
  const enrolled = await findEnrolled(tx, collectionId, images);
  return [...given, ...enrolled.filter((image) => image.counts)];
}

/** Images of these bytes that were enrolled for the subject. */
function findEnrolled(
  tx: Tx,
  collectionId: string,
  images: readonly Wanted[],
): Promise<(Found & { counts: boolean })[]> {
  return tx.$queryRaw`
    SELECT i.id, i.subject_id, r.sha256, ${STILL_COUNTS} AS counts
      FROM json_to_recordset(${rowsOf(images)}::json) AS r(subject_id uuid, sha256 text)
      JOIN images i ON i.collection_id = ${collectionId}::uuid AND i.subject_id = r.subject_id
                   AND i.received_sha256 = decode(r.sha256, 'hex')`;
}

/** Images of these bytes that were enrolled for somebody else, or for nobody, and whose face was given to the subject. */
async function findGiven(tx: Tx, collectionId: string, images: readonly Wanted[]): Promise<Found[]> {
  const forSomebody = images.filter((image) => image.subjectId !== NOBODY);
  if (forSomebody.length === 0) return [];
  return tx.$queryRaw`
    SELECT DISTINCT i.id, r.subject_id, r.sha256
      FROM json_to_recordset(${rowsOf(forSomebody)}::json) AS r(subject_id uuid, sha256 text)
      JOIN faces f ON f.person_id = r.subject_id AND f.state IN ('DETECTED', 'INDEXED')
      JOIN collections c ON c.id = f.collection_id AND ${RETAINED_FACE}
      JOIN images i ON i.id = f.image_id AND i.collection_id = ${collectionId}::uuid
                   AND i.subject_id <> r.subject_id AND i.received_sha256 = decode(r.sha256, 'hex')`;
}

/** Faces to be recorded, with the image that they are of. */
export interface FacesOfImage extends Pick<Image, 'externalImageId' | 'imageId' | 'personIds'> {
  readonly outcome: Pick<Analyzed, 'alsoVectors' | 'faces' | 'itemId'>;
}

/** Inserts the faces of images with their vectors. @returns the keys of those that have a vector. */
export async function insertFaces(
  tx: Tx,
  scope: TenantScope,
  { collectionId, embeddingDigest, alsoIn }: RecordedRange,
  images: readonly FacesOfImage[],
): Promise<bigint[]> {
  const rows = images.flatMap((image) =>
    image.outcome.faces.map((face, ordinal) => ({
      id: newId(),
      item_id: image.outcome.itemId,
      image_id: image.imageId,
      ordinal,
      person_id: face.embedding ? image.personIds[ordinal]! : null,
      assigned_by: face.embedding && image.personIds[ordinal]! !== null ? 'ENROLLED' : null,
      external_image_id: image.externalImageId,
      state: face.embedding ? 'DETECTED' : 'UNINDEXED',
      reasons: face.rejections,
      bounding_box: face.boundingBox,
      landmarks: face.landmarks,
      pose: face.pose,
      brightness: face.quality.brightness,
      sharpness: face.quality.sharpness,
      confidence: face.confidence,
      size_px: Math.round(face.sizePx),
      vector: hexOf(face.embedding),
      also_vector: hexOf(image.outcome.alsoVectors.get(face)),
    })),
  );
  if (rows.length === 0) return [];
  const keys = await tx.$queryRaw<{ vector_key: bigint; embedding_digest: string }[]>`
    WITH r AS MATERIALIZED (
      SELECT * FROM json_to_recordset(${JSON.stringify(rows)}::json)
        AS r(id uuid, item_id uuid, image_id uuid, ordinal int, person_id uuid, assigned_by text, external_image_id text, state text, reasons text[],
             bounding_box jsonb, landmarks jsonb, pose jsonb, brightness float8, sharpness float8, confidence float8,
             size_px int, vector text, also_vector text)),
    added AS (
      INSERT INTO faces (id, tenant_id, collection_id, image_id, job_item_id, ordinal, person_id, assigned_by, external_image_id,
                         state, reasons, bounding_box, landmarks, pose, brightness, sharpness, confidence, size_px)
      SELECT r.id, ${scope.tenantId}::uuid, ${collectionId}::uuid, r.image_id, r.item_id, r.ordinal, r.person_id,
             r.assigned_by, r.external_image_id, r.state::"FaceState", r.reasons, r.bounding_box, r.landmarks, r.pose, r.brightness,
             r.sharpness, r.confidence, r.size_px
        FROM r RETURNING id, vector_key)
    INSERT INTO face_embeddings (face_id, embedding_digest, tenant_id, collection_id, vector_key, vector)
    SELECT added.id, made.digest, ${scope.tenantId}::uuid, ${collectionId}::uuid, added.vector_key,
           decode(made.vector, 'hex')
      FROM added JOIN r ON r.id = added.id
     CROSS JOIN LATERAL (VALUES (${embeddingDigest}, r.vector),
                                (${alsoIn?.embeddingDigest ?? null}, r.also_vector)) AS made(digest, vector)
     WHERE r.vector IS NOT NULL AND made.vector IS NOT NULL AND made.digest IS NOT NULL
    RETURNING vector_key, embedding_digest`;
  return keys.flatMap((row) => (row.embedding_digest === embeddingDigest ? [row.vector_key] : []));
}

const hexOf = (vector: Float32Array | undefined): string | null => (vector ? hex(bytesOfVector(vector)) : null);
