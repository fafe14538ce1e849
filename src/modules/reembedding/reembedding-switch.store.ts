import type { Change, Database, NewVectorOp } from '../../database';
import { txOf, type Tx } from '../../database/sql';
import { newId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { OutcomeError } from '../../records/job';
import { lockPersonsOf } from '../faces/face-rows.store';
import { JOB_COLUMNS, jobEvent, markStarted, type JobRow } from '../jobs/job-rows.store';
import { LIVE_FACE, lacksVector, NOT_REEMBEDDED, openReembedding, WANTED_FACE } from './reembedding-rows.store';
import type { OpenReembedding, Opened, SwitchOutcome } from './reembedding-shapes';
import { messagesForImages } from './reembedding.kind';
import { hasOpenItems } from './reembedding-work.store';

/** Takes back all that the switch has written so far. */
class NotYet extends Error {
  constructor(readonly outcome: SwitchOutcome) {
    super(outcome);
  }
}

/** What is left of a move to another pack once images have been worked on, and its end. Every method is one transaction. */
export class ReembeddingSwitchStore {
  constructor(private readonly database: Database) {}

  /** What the job may go on with; marks it IN_PROGRESS. */
  open(scope: TenantScope, jobId: string, now: Date): Promise<Opened<OpenReembedding>> {
    return this.database.change(scope, async (change) => {
      const opened = await openReembedding(txOf(change), jobId);
      if (opened.kind === 'OPEN') await markStarted(change, jobId, now);
      return opened;
    });
  }

  /**
   * Gives the job images that have a face to be embedded and are no work of its now: what it has done may have got another face since, after `afterId` in the order of their ids.
   * @returns the last of at most `limit`; null: there were none.
   */
  plan(
    scope: TenantScope,
    jobId: string,
    { collectionId, target }: OpenReembedding,
    afterId: string | null,
    limit: number,
  ): Promise<string | null> {
    return this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const rows = await tx.$queryRaw<JobRow[]>`
        SELECT ${JOB_COLUMNS} FROM jobs j
         WHERE j.id = ${jobId}::uuid AND j.state = 'IN_PROGRESS' FOR UPDATE`;
      const job = rows[0];
      if (!job) return null;
      const images = await tx.$queryRaw<{ id: string }[]>`
        SELECT i.id FROM images i
         WHERE i.collection_id = ${collectionId}::uuid AND (${afterId}::uuid IS NULL OR i.id > ${afterId}::uuid)
           AND EXISTS (SELECT 1 FROM faces f WHERE f.image_id = i.id AND ${WANTED_FACE}
                          AND ${lacksVector(target.space.embeddingDigest)})
           AND NOT EXISTS (SELECT 1 FROM job_items t WHERE t.job_id = ${jobId}::uuid AND t.image_id = i.id
                              AND t.state <> 'SUCCEEDED')
         ORDER BY i.id LIMIT ${limit}`;
      if (images.length === 0) return null;
      // The last of all is the switch, which is no row.
      const first = job.total - 1;
      await tx.jobItem.createMany({
        data: images.map((image, place) => ({
          id: newId(),
          tenantId: scope.tenantId,
          jobId,
          ordinal: first + place,
          imageId: image.id,
        })),
      });
      await tx.job.update({ where: { id: jobId }, data: { total: { increment: images.length } } });
      const ordinals = images.map((_, place) => first + place);
      change.message(...messagesForImages({ id: jobId, requestId: job.request_id }, ordinals));
      return images.at(-1)!.id;
    });
  }

  /** Whether images of the job are without an outcome, and how many faces could not be embedded, in how many images. */
  survey(
    scope: TenantScope,
    jobId: string,
    { collectionId, target }: OpenReembedding,
  ): Promise<{ isOpen: boolean; faces: number; images: number }> {
    return this.database.read(scope, async (tx) => {
      const isOpen = await hasOpenItems(tx, jobId);
      const [lacking] = await tx.$queryRaw<{ faces: number; images: number }[]>`
        SELECT count(*)::int AS faces, count(DISTINCT f.image_id)::int AS images FROM faces f
         WHERE f.collection_id = ${collectionId}::uuid AND ${LIVE_FACE} AND ${lacksVector(target.space.embeddingDigest)}`;
      return { isOpen, faces: lacking?.faces ?? 0, images: lacking?.images ?? 0 };
    });
  }

  /**
   * The switch: from the commit on the collection is of the target, with all that is in it. Its index must be there.
   * @param keptUntil when the vectors of the source may go.
   */
  async switchOver(scope: TenantScope, jobId: string, now: Date, keptUntil: Date): Promise<SwitchOutcome> {
    try {
      return await this.database.change(scope, (change) => switchNow(change, jobId, now, keptUntil));
    } catch (error) {
      if (error instanceof NotYet) return error.outcome;
      throw error;
    }
  }

  /**
   * Ends a job before its switch; searches answer as they did. Unfinished images fail with the same reason.
   * @param error null: it was cancelled.
   * @param keptUntil when the vectors that it has made may go.
   */
  async stop(scope: TenantScope, jobId: string, error: OutcomeError | null, now: Date, keptUntil: Date): Promise<void> {
    await this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const state = error ? 'FAILED' : 'CANCELLED';
      const ended = await tx.$executeRaw`
        UPDATE job_items SET state = ${state}::"JobItemState", error_code = ${error?.code ?? null},
               error_message = ${error?.message ?? null}, updated_at = ${now}
         WHERE id IN (SELECT id FROM job_items WHERE job_id = ${jobId}::uuid AND state IN ('PENDING', 'RUNNING')
                       ORDER BY ordinal FOR UPDATE)`;
      const [failed, cancelled] = error ? [ended, 0] : [0, ended + 1];
      const rows = await tx.$queryRaw<JobRow[]>`
        UPDATE jobs j SET state = ${state}::"JobState", failed = j.failed + ${failed}, cancelled = j.cancelled + ${cancelled},
               error_code = ${error?.code ?? null}, error_message = ${error?.message ?? null}, finished_at = ${now},
               last_event_at = ${now}, updated_at = ${now}
         WHERE j.id = ${jobId}::uuid AND j.state IN ('QUEUED', 'IN_PROGRESS') RETURNING ${JOB_COLUMNS}`;
      const job = rows[0];
      if (!job) return;
      await tx.$executeRaw`
        UPDATE reembeddings SET state = 'STOPPED', ended_at = ${now}, kept_until = ${keptUntil}
         WHERE job_id = ${jobId}::uuid AND state = 'RUNNING'`;
      change.forgetMessages(jobId);
      change.event(jobEvent(error ? 'JOB_FAILED' : 'JOB_CANCELLED', job));
    });
  }
}

async function switchNow(change: Change, jobId: string, now: Date, keptUntil: Date): Promise<SwitchOutcome> {
  const tx = txOf(change);
  const opened = await openReembedding(tx, jobId);
  if (opened.kind !== 'OPEN') return 'ENDED';
  const { collectionId, target, leavesOut, cancelRequested } = opened.work;
  if (cancelRequested) return 'CANCELLED';
  const lacking = leavesOut ? await listLacking(tx, jobId, opened.work) : [];
  const regained = await listRegained(tx, opened.work);
  const ops = await turnAround(tx, [...lacking, ...regained]);
  const jobs = await tx.$queryRaw<JobRow[]>`
    UPDATE jobs j SET state = 'SUCCEEDED', done = j.done + 1, finished_at = ${now}, last_event_at = ${now}, updated_at = ${now}
     WHERE j.id = ${jobId}::uuid AND j.state = 'IN_PROGRESS' AND j.cancel_requested_at IS NULL RETURNING ${JOB_COLUMNS}`;
  if (!jobs[0]) throw new NotYet('CANCELLED');
  const moved = await tx.$executeRaw`
    UPDATE collections c SET model_pack_id = r.target_pack_id, updated_at = ${now} FROM reembeddings r
     WHERE r.job_id = ${jobId}::uuid AND c.id = r.collection_id AND c.state = 'ACTIVE' AND c.model_pack_id = r.source_pack_id`;
  if (moved === 0) throw new NotYet('ENDED');
  // Its row is locked: who enrols has committed, and is seen, or will find that the collection has moved.
  const [late] = await tx.$queryRaw<{ exists: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM faces f WHERE f.collection_id = ${collectionId}::uuid AND ${LIVE_FACE}
                      AND ${lacksVector(target.space.embeddingDigest)}) AS exists`;
  if (late?.exists) throw new NotYet('AGAIN');
  await tx.$executeRaw`
    UPDATE reembeddings SET index_pack_id = NULL
     WHERE collection_id = ${collectionId}::uuid AND index_pack_id = ${target.packId}`;
  await tx.$executeRaw`
    UPDATE reembeddings SET state = 'SWITCHED', ended_at = ${now}, kept_until = ${keptUntil}, index_pack_id = source_pack_id
     WHERE job_id = ${jobId}::uuid`;
  change.ops(collectionId, ops);
  change.forgetMessages(jobId);
  change.event({ type: 'COLLECTION_UPDATED', collectionId, payload: { changed: ['modelPackId'] } });
  change.event(jobEvent('JOB_SUCCEEDED', jobs[0]));
  return 'SWITCHED';
}

/** Faces of images that the job has worked on in vain. */
async function listLacking(tx: Tx, jobId: string, { collectionId, target }: OpenReembedding): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT f.id FROM faces f
     WHERE f.collection_id = ${collectionId}::uuid AND ${LIVE_FACE} AND ${lacksVector(target.space.embeddingDigest)}
       AND EXISTS (SELECT 1 FROM job_items t WHERE t.job_id = ${jobId}::uuid AND t.image_id = f.image_id
                      AND t.state = 'FAILED')`;
  return rows.map((row) => row.id);
}

/** Faces that an earlier move left out and that the target has. */
async function listRegained(tx: Tx, { collectionId, target }: OpenReembedding): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT f.id FROM faces f
      JOIN face_embeddings e ON e.face_id = f.id AND e.embedding_digest = ${target.space.embeddingDigest}
     WHERE f.collection_id = ${collectionId}::uuid AND f.state = 'UNINDEXED'
       AND f.reasons = ARRAY[${NOT_REEMBEDDED}]::text[]`;
  return rows.map((row) => row.id);
}

/** Takes faces out of searches, and lets those back in that were out. One that was deleted, or went into the trash, meanwhile stays so. */
async function turnAround(tx: Tx, ids: readonly string[]): Promise<NewVectorOp[]> {
  if (ids.length === 0) return [];
  await lockPersonsOf(tx, ids);
  await tx.$executeRaw`SELECT 1 FROM faces WHERE id = ANY(${[...ids]}::uuid[]) ORDER BY id FOR UPDATE`;
  const turned = await tx.$queryRaw<{ vector_key: bigint; is_out: boolean }[]>`
    UPDATE faces f SET state = CASE WHEN ${LIVE_FACE} THEN 'UNINDEXED' ELSE 'INDEXED' END::"FaceState",
           reasons = CASE WHEN ${LIVE_FACE} THEN ARRAY[${NOT_REEMBEDDED}]::text[] ELSE ARRAY[]::text[] END
     WHERE f.id = ANY(${[...ids]}::uuid[]) AND ${WANTED_FACE} AND f.state <> 'TRASHED'
    RETURNING f.vector_key, f.state = 'UNINDEXED' AS is_out`;
  return turned.map(({ vector_key: vectorKey, is_out: isOut }) => ({ kind: isOut ? 'DELETE' : 'UPSERT', vectorKey }));
}
