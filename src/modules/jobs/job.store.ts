import type { Database } from '../../database';
import { betweenIds, directionOf, Prisma, type Tx, stillSince, txOf } from '../../database/sql';
import type { TenantScope } from '../../domain/tenant-scope';
import type { FaceRecord } from '../../records/face';
import type { ImageMime } from '../../records/image';
import {
  isFinished,
  type JobFilter,
  NEWEST_FIRST,
  REQUEST_ORDER,
  type JobItemFilter,
  type JobItemOrderField,
  type JobOrderField,
  type JobItemRecord,
  type JobItemState,
  type JobRecord,
  type StuckJob,
} from '../../records/job';
import { COUNTING_TIMEOUT_MS, type PageRequest } from '../../records/page';
import { SHOWN_FACE } from '../collections/retained.store';
import { FORGET_INPUT } from '../enrollment/enrollment-persons.store';
import { FACE_COLUMNS, FACE_JOINS, faceRecordOf, type FaceRow } from '../faces/face-rows.store';
import type { JobKinds } from './job-kind';
import { findJob, JOB_COLUMNS, jobEvent, jobRecordOf, outcomeErrorOf, settleJob, type JobRow } from './job-rows.store';
import { assertAllFailed, assertCancellable, assertRetryable } from './job-rules';

interface ItemRow {
  id: string;
  ordinal: number;
  state: JobItemState;
  external_image_id: string | null;
  duplicate: boolean;
  error_code: string | null;
  error_message: string | null;
  error_details: Record<string, unknown> | null;
  known_person_id: string | null;
  known_similarity: number | null;
  image_id: string | null;
  collection_id: string;
  mime: ImageMime;
  width: number;
  height: number;
  bytes: number;
  first_frame_only: boolean;
  taken_at: Date | null;
  sha256: string;
  image_created_at: Date;
}

function jobConditionOf({ tenantId }: TenantScope, { kind, state }: JobFilter, known: readonly string[]): Prisma.Sql {
  const conditions = [
    Prisma.sql`j.tenant_id = ${tenantId}::uuid`,
    Prisma.sql`j.kind = ANY(${kind ? [kind] : [...known]}::text[])`,
  ];
  if (state) conditions.push(Prisma.sql`j.state = ${state}::"JobState"`);
  return Prisma.join(conditions, ' AND ');
}

function itemConditionOf(jobId: string, { state, indexed }: JobItemFilter): Prisma.Sql {
  const conditions = [Prisma.sql`t.job_id = ${jobId}::uuid`];
  if (state) conditions.push(Prisma.sql`t.state = ${state}::"JobItemState"`);
  if (indexed !== undefined) {
    conditions.push(Prisma.sql`t.state = 'SUCCEEDED'`, Prisma.sql`t.unindexed = ${!indexed}`);
  }
  return Prisma.join(conditions, ' AND ');
}

export class JobStore {
  constructor(
    private readonly database: Database,
    private readonly kinds: JobKinds,
  ) {}

  /** @returns null also for a job of a kind that this version does not know: the API has no name for it. */
  async find(scope: TenantScope, id: string): Promise<JobRecord | null> {
    const job = await this.database.read(scope, (tx) => findJob(tx, id));
    return job && this.kinds.has(job.kind) ? job : null;
  }

  /** Of the kinds that this version knows. The newest first unless the page says otherwise. */
  async list(scope: TenantScope, filter: JobFilter, page: PageRequest<JobOrderField>): Promise<JobRecord[]> {
    const order = page.order ?? NEWEST_FIRST;
    const places = betweenIds(Prisma.sql`j.id`, Prisma.sql`uuid`, page, order);
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<JobRow[]>`
        SELECT ${JOB_COLUMNS} FROM jobs j
         WHERE ${jobConditionOf(scope, filter, this.kinds.names)} ${places}
         ORDER BY j.id ${directionOf(page, order)} LIMIT ${page.first + 1}`,
    );
    return rows.map(jobRecordOf);
  }

  /** At most `atMost`. */
  async count(scope: TenantScope, filter: JobFilter, atMost: number): Promise<number> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count FROM (
               SELECT 1 FROM jobs j WHERE ${jobConditionOf(scope, filter, this.kinds.names)} LIMIT ${atMost}) AS listed`,
      { timeoutMs: COUNTING_TIMEOUT_MS },
    );
    return rows[0]?.count ?? 0;
  }

  /** In the request's order; the ordinals are the ids of the page's places. */
  async listItems(
    scope: TenantScope,
    jobId: string,
    filter: JobItemFilter,
    page: PageRequest<JobItemOrderField>,
  ): Promise<JobItemRecord[]> {
    const places = betweenIds(Prisma.sql`t.ordinal`, Prisma.sql`integer`, page, REQUEST_ORDER);
    return this.database.read(scope, async (tx) => {
      const rows = await tx.$queryRaw<ItemRow[]>`
        SELECT t.id, t.ordinal, t.state::text AS state, t.external_image_id, t.duplicate, t.error_code, t.error_message,
               t.error_details, k.known_person_id, t.known_similarity, i.id AS image_id, i.collection_id, i.mime, i.width, i.height, i.bytes, i.first_frame_only, i.taken_at,
               encode(i.stored_sha256, 'hex') AS sha256,
               i.created_at AS image_created_at
          FROM job_items t
          LEFT JOIN LATERAL (
               SELECT COALESCE(p.merged_into_id, p.id) AS known_person_id
                 FROM persons p WHERE p.id = t.known_person_id AND NOT p.is_trashed) k ON true
          LEFT JOIN images i ON i.id = t.image_id
               AND EXISTS (SELECT 1 FROM collections c WHERE c.id = i.collection_id AND c.state = 'ACTIVE')
         WHERE ${itemConditionOf(jobId, filter)} ${places}
         ORDER BY t.ordinal ${directionOf(page, REQUEST_ORDER)} LIMIT ${page.first + 1}`;
      const faces = await this.facesByImage(
        tx,
        rows.flatMap((row) => (row.image_id === null ? [] : [row.image_id])),
      );
      return rows.map((row) => itemRecordOf(row, faces.get(row.image_id ?? '') ?? []));
    });
  }

  /** At most `atMost`. */
  async countItems(scope: TenantScope, jobId: string, filter: JobItemFilter, atMost: number): Promise<number> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count
          FROM (SELECT 1 FROM job_items t WHERE ${itemConditionOf(jobId, filter)} LIMIT ${atMost}) AS listed`,
      { timeoutMs: COUNTING_TIMEOUT_MS },
    );
    return rows[0]?.count ?? 0;
  }

  /**
   * Notes the wish and cancels every item that nobody has begun. A job of items is CANCELLED at once when nothing runs
   * for it; one without is ended by its handler, which reads the wish. A finished job stays as it is.
   * @throws DomainError CONFLICT for a job that cannot be cancelled: a deletion, or of a kind that this version does not know.
   */
  async requestCancel(scope: TenantScope, id: string, now: Date): Promise<JobRecord | null> {
    return this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const job = await findJob(tx, id);
      if (!job) return null;
      assertCancellable(this.kinds.get(job.kind));
      if (isFinished(job.state)) return job;
      // Items before the job, as a running chunk locks them.
      const cancelled = await tx.$executeRaw`
        UPDATE job_items SET state = 'CANCELLED', ${FORGET_INPUT}, updated_at = ${now}
         WHERE id IN (SELECT id FROM job_items WHERE job_id = ${id}::uuid AND state = 'PENDING'
                       ORDER BY ordinal FOR UPDATE)`;
      await tx.$executeRaw`
        UPDATE jobs SET cancel_requested_at = COALESCE(cancel_requested_at, ${now}), cancelled = cancelled + ${cancelled},
               updated_at = ${now}
         WHERE id = ${id}::uuid AND state IN ('QUEUED', 'IN_PROGRESS')`;
      await settleJob(change, id, now);
      return findJob(tx, id);
    });
  }

  /**
   * Puts FAILED items of a finished job back to PENDING and the job back to QUEUED, with messages for them.
   * @param itemIds null: all that failed.
   * @throws DomainError CONFLICT while the job is unfinished, when nothing failed or one of these has not, when its collection is gone, or for a
   * kind that this version does not know.
   */
  async retryFailed(
    scope: TenantScope,
    id: string,
    itemIds: readonly string[] | null = null,
  ): Promise<JobRecord | null> {
    const wanted = itemIds && [...new Set(itemIds)];
    return this.database.change(scope, async (change) => {
      const tx = txOf(change);
      // Items before the job, as a running chunk locks them. What may not be retried is left as it was by the rollback.
      const items = await tx.$queryRaw<{ ordinal: number }[]>`
        UPDATE job_items SET state = 'PENDING', starts = 0, error_code = NULL, error_message = NULL, error_details = NULL,
               updated_at = now()
         WHERE id IN (SELECT id FROM job_items WHERE job_id = ${id}::uuid AND state = 'FAILED'
                       AND (${wanted}::uuid[] IS NULL OR id = ANY(${wanted}::uuid[])) ORDER BY ordinal FOR UPDATE)
        RETURNING ordinal`;
      const rows = await tx.$queryRaw<(JobRow & { collection_open: boolean })[]>`
        SELECT ${JOB_COLUMNS}, EXISTS (SELECT 1 FROM collections c WHERE c.id = j.collection_id
                                          AND c.state = 'ACTIVE') AS collection_open
          FROM jobs j WHERE j.id = ${id}::uuid FOR UPDATE OF j`;
      const job = rows[0];
      if (!job) return null;
      const kind = this.kinds.get(job.kind);
      assertRetryable(kind, { ...job, collectionOpen: job.collection_open });
      if (wanted) assertAllFailed(wanted.length - items.length);
      await tx.$executeRaw`
        UPDATE jobs SET state = 'QUEUED', failed = failed - ${items.length}, error_code = NULL, error_message = NULL,
               cancel_requested_at = NULL, finished_at = NULL, updated_at = now()
         WHERE id = ${id}::uuid`;
      const ordinals = items.map((item) => item.ordinal).sort((a, b) => a - b);
      change.message(...kind.messagesFor({ id, requestId: job.request_id }, ordinals));
      change.event(jobEvent('JOB_RETRIED', { ...job, failed: job.failed - items.length }));
      return findJob(tx, id);
    });
  }

  /** Writes messages for what is unfinished of a stuck job, in place of those it had. @returns how many; 0 when it has moved meanwhile. */
  async requeue(stuck: StuckJob, now: Date, quietMs: number): Promise<number> {
    return this.database.change(stuck.scope, async (change) => {
      const tx = txOf(change);
      const rows = await tx.$queryRaw<JobRow[]>`
        SELECT ${JOB_COLUMNS} FROM jobs j
         WHERE j.id = ${stuck.id}::uuid AND ${stillSince(now, quietMs)} FOR UPDATE SKIP LOCKED`;
      const job = rows[0];
      if (!job) return 0;
      await tx.$executeRaw`
        UPDATE jobs SET updated_at = ${now}, parameters = jsonb_set(parameters, '{sweeps}',
               to_jsonb(COALESCE((parameters->>'sweeps')::int, 0) + 1)) WHERE id = ${stuck.id}::uuid`;
      const items = await tx.$queryRaw<{ ordinal: number }[]>`
        SELECT i.ordinal FROM job_items i
         WHERE i.job_id = ${stuck.id}::uuid AND (i.state IN ('PENDING', 'RUNNING') OR i.has_leftover OR EXISTS (
               SELECT 1 FROM faces f WHERE f.job_item_id = i.id AND f.state = 'DETECTED'))
         ORDER BY i.ordinal`;
      const open = items.map((item) => item.ordinal);
      const messages = this.kinds.get(job.kind).messagesFor({ id: job.id, requestId: job.request_id }, open);
      change.forgetMessages(stuck.id);
      change.message(...messages);
      return messages.length;
    });
  }

  private async facesByImage(tx: Tx, imageIds: readonly string[]): Promise<Map<string, FaceRecord[]>> {
    if (imageIds.length === 0) return new Map();
    const rows = await tx.$queryRaw<FaceRow[]>`
      SELECT ${FACE_COLUMNS} FROM ${FACE_JOINS}
       WHERE f.image_id = ANY(${[...imageIds]}::uuid[]) AND ${SHOWN_FACE} ORDER BY f.image_id, f.ordinal`;
    const byImage = new Map<string, FaceRecord[]>();
    for (const face of rows.map(faceRecordOf)) {
      const faces = byImage.get(face.image.id);
      if (faces) faces.push(face);
      else byImage.set(face.image.id, [face]);
    }
    return byImage;
  }
}

function itemRecordOf(row: ItemRow, faces: FaceRecord[]): JobItemRecord {
  return {
    id: row.id,
    ordinal: row.ordinal,
    state: row.state,
    externalImageId: row.external_image_id,
    duplicate: row.duplicate,
    knownElsewhere:
      row.known_person_id === null || row.known_similarity === null
        ? null
        : { personId: row.known_person_id, similarity: row.known_similarity },
    error: outcomeErrorOf(row.error_code, row.error_message, row.error_details),
    image:
      row.image_id === null
        ? null
        : {
            id: row.image_id,
            collectionId: row.collection_id,
            mime: row.mime,
            width: row.width,
            height: row.height,
            bytes: row.bytes,
            firstFrameOnly: row.first_frame_only,
            takenAt: row.taken_at,
            sha256: row.sha256,
            createdAt: row.image_created_at,
          },
    faces,
  };
}
