import type { Database } from '../../database';
import { type Tx, txOf } from '../../database/sql';
import type { BoundingBox, Landmarks } from '../../domain/geometry';
import type { TenantScope } from '../../domain/tenant-scope';
import { bytesOfVector } from '../../domain/vector-bytes';
import { isFinished } from '../../records/job';
import { countOutcomes, findJob, markStarted } from '../jobs/job-rows.store';
import type { Recorded } from '../jobs/outcome-recorder';
import type { KnownFace } from './face-reembedder';
import { lacksVector, openReembedding, WANTED_FACE } from './reembedding-rows.store';
import type { ClaimedImage, ClaimedImages, ImageOutcome, Opened } from './reembedding-shapes';
import { conductingMessage } from './reembedding.kind';

interface ItemRow {
  id: string;
  ordinal: number;
  image_id: string | null;
  starts: number;
}

/** What is written into a row of `job_items`. */
interface ItemChange {
  readonly id: string;
  readonly state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  readonly error_code?: string;
  readonly error_message?: string;
}

/** The record of work on images. Every method is one transaction; each may run twice and changes nothing the second time. */
export class ReembeddingWorkStore {
  constructor(private readonly database: Database) {}

  /** Marks the range's unfinished images RUNNING, counts their first start, and marks the job IN_PROGRESS. */
  claim(scope: TenantScope, jobId: string, from: number, to: number, now: Date): Promise<Opened<ClaimedImages>> {
    return this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const rows = await tx.$queryRaw<ItemRow[]>`
        UPDATE job_items i SET state = 'RUNNING', starts = GREATEST(i.starts, 1), updated_at = ${now}
          FROM (SELECT id, starts FROM job_items
                 WHERE job_id = ${jobId}::uuid AND ordinal BETWEEN ${from} AND ${to}
                   AND state IN ('PENDING', 'RUNNING') ORDER BY ordinal FOR UPDATE) old
         WHERE i.id = old.id
        RETURNING i.id, i.ordinal, i.image_id, old.starts`;
      const opened = await openReembedding(tx, jobId);
      if (opened.kind !== 'OPEN') return opened;
      const { embeddingDigest } = opened.work.target.space;
      const faces = await listFaces(
        tx,
        rows.flatMap((row) => row.image_id ?? []),
        embeddingDigest,
      );
      await markStarted(change, jobId, now);
      const items = rows.flatMap(({ image_id: imageId, ...row }): ClaimedImage[] =>
        imageId === null ? [] : [{ ...row, imageId, faces: faces.get(imageId) ?? [] }],
      );
      return { kind: 'OPEN', work: { ...opened.work, items: items.sort((a, b) => a.ordinal - b.ordinal) } };
    });
  }

  /** Writes vectors, outcomes and counters, once an image. A face that was deleted meanwhile gets no vector. */
  record(
    scope: TenantScope,
    jobId: string,
    { collectionId, embeddingDigest }: { readonly collectionId: string; readonly embeddingDigest: string },
    outcomes: readonly ImageOutcome[],
    now: Date,
  ): Promise<Recorded & { cancelRequested: boolean }> {
    return this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const ids = outcomes.map(({ itemId }) => itemId);
      const open = await tx.$queryRaw<{ id: string }[]>`
        SELECT id FROM job_items
         WHERE job_id = ${jobId}::uuid AND id = ANY(${ids}::uuid[]) AND state IN ('PENDING', 'RUNNING')
         ORDER BY ordinal FOR UPDATE`;
      const isOpen = new Set(open.map(({ id }) => id));
      const timely = outcomes.filter(({ itemId }) => isOpen.has(itemId));
      const vectors = timely.flatMap((outcome) => (outcome.kind === 'EMBEDDED' ? [...outcome.vectors] : []));
      await insertVectors(tx, scope, collectionId, embeddingDigest, vectors);
      const changes = timely.map(changeOf);
      await updateItems(tx, changes, now);
      const count = (state: ItemChange['state']): number => changes.filter((one) => one.state === state).length;
      const counts = { done: count('SUCCEEDED'), unindexed: 0, failed: count('FAILED'), cancelled: count('CANCELLED') };
      const { cancelRequested } = await countOutcomes(change, jobId, counts, now);
      return { again: [], cancelRequested };
    });
  }

  /** Where nothing is open any more, has somebody see what is left to do. Of ranges that end together the last one sees all. */
  async endRange(scope: TenantScope, jobId: string): Promise<void> {
    await this.database.change(scope, async (change) => {
      const tx = txOf(change);
      await tx.$queryRaw`SELECT 1 FROM jobs WHERE id = ${jobId}::uuid FOR UPDATE`;
      const job = await findJob(tx, jobId);
      if (!job || isFinished(job.state) || (await hasOpenItems(tx, jobId))) return;
      change.message(conductingMessage(job));
    });
  }
}

export async function hasOpenItems(tx: Tx, jobId: string): Promise<boolean> {
  const [open] = await tx.$queryRaw<{ unfinished: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM job_items
                    WHERE job_id = ${jobId}::uuid AND state IN ('PENDING', 'RUNNING')) AS unfinished`;
  return open?.unfinished ?? false;
}

async function listFaces(
  tx: Tx,
  imageIds: readonly string[],
  embeddingDigest: string,
): Promise<Map<string, KnownFace[]>> {
  const rows = await tx.$queryRaw<{ id: string; image_id: string; bounding_box: BoundingBox; landmarks: Landmarks }[]>`
    SELECT f.id, f.image_id, f.bounding_box, f.landmarks FROM faces f
     WHERE f.image_id = ANY(${[...imageIds]}::uuid[]) AND ${WANTED_FACE} AND ${lacksVector(embeddingDigest)}
     ORDER BY f.image_id, f.ordinal`;
  const byImage = new Map<string, KnownFace[]>();
  for (const { id, image_id: imageId, bounding_box: boundingBox, landmarks } of rows) {
    const faces = byImage.get(imageId) ?? [];
    faces.push({ id, boundingBox, landmarks });
    byImage.set(imageId, faces);
  }
  return byImage;
}

/** Of faces that are there still: who deletes one takes all of its vectors, and waits for this or is waited for. */
async function insertVectors(
  tx: Tx,
  scope: TenantScope,
  collectionId: string,
  embeddingDigest: string,
  vectors: readonly (readonly [string, Float32Array])[],
): Promise<void> {
  if (vectors.length === 0) return;
  const rows = vectors.map(([id, vector]) => ({ id, vector: Buffer.from(bytesOfVector(vector)).toString('hex') }));
  await tx.$executeRaw`
    WITH there AS MATERIALIZED (
      SELECT f.id, f.vector_key FROM faces f
       WHERE f.id = ANY(${vectors.map(([id]) => id)}::uuid[]) AND ${WANTED_FACE} ORDER BY f.id FOR SHARE)
    INSERT INTO face_embeddings (face_id, embedding_digest, tenant_id, collection_id, vector_key, vector)
    SELECT there.id, ${embeddingDigest}, ${scope.tenantId}::uuid, ${collectionId}::uuid, there.vector_key,
           decode(r.vector, 'hex')
      FROM there JOIN json_to_recordset(${JSON.stringify(rows)}::json) AS r(id uuid, vector text) ON r.id = there.id
    ON CONFLICT (face_id, embedding_digest) DO NOTHING`;
}

function changeOf(outcome: ImageOutcome): ItemChange {
  const { itemId: id } = outcome;
  if (outcome.kind === 'CANCELLED') return { id, state: 'CANCELLED' };
  if (outcome.kind === 'FAILED') {
    return { id, state: 'FAILED', error_code: outcome.error.code, error_message: outcome.error.message };
  }
  if (outcome.missing === 0) return { id, state: 'SUCCEEDED' };
  return {
    id,
    state: 'FAILED',
    error_code: 'NO_FACE_FOUND',
    error_message: `${outcome.missing} of this image's faces show the other pack too little to be embedded. Delete them, or call reembedCollection with dropFacesWithoutImage: true, which leaves them out of searches.`,
  };
}

async function updateItems(tx: Tx, changes: readonly ItemChange[], now: Date): Promise<void> {
  if (changes.length === 0) return;
  await tx.$executeRaw`
    UPDATE job_items t SET state = r.state::"JobItemState", error_code = r.error_code, error_message = r.error_message,
           updated_at = ${now}
      FROM json_to_recordset(${JSON.stringify(changes)}::json)
           AS r(id uuid, state text, error_code text, error_message text)
     WHERE t.id = r.id`;
}
