import type { Change } from '../../database';
import { Prisma, type Tx, txOf } from '../../database/sql';
import { ERROR_CODES, type ErrorCode } from '../../domain/errors';
import type { NewEvent } from '../../domain/events';
import { isFinished, type JobRecord, type JobState, type OutcomeError } from '../../records/job';

/** A job tells of its progress at most this often. */
const PROGRESS_INTERVAL_MS = 1_000;

export const JOB_COLUMNS = Prisma.sql`
  j.id, j.collection_id, j.kind, j.state::text AS state, j.request_id, j.done, j.unindexed, j.failed,
  j.cancelled, j.total,  j.error_code, j.error_message, j.cancel_requested_at, j.created_at, j.started_at, j.finished_at`;

export interface JobRow {
  id: string;
  collection_id: string | null;
  kind: string;
  state: JobState;
  request_id: string;
  done: number;
  unindexed: number;
  failed: number;
  cancelled: number;
  total: number;
  error_code: string | null;
  error_message: string | null;
  cancel_requested_at: Date | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

export function jobRecordOf(row: JobRow): JobRecord {
  return {
    id: row.id,
    collectionId: row.collection_id,
    kind: row.kind,
    state: row.state,
    requestId: row.request_id,
    done: row.done,
    unindexed: row.unindexed,
    failed: row.failed,
    cancelled: row.cancelled,
    total: row.total,
    error: outcomeErrorOf(row.error_code, row.error_message),
    cancelRequestedAt: row.cancel_requested_at,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

export function outcomeErrorOf(
  code: string | null,
  message: string | null,
  details: Record<string, unknown> | null = null,
): OutcomeError | null {
  if (code === null) return null;
  const known = (ERROR_CODES as readonly string[]).includes(code);
  return {
    code: known ? (code as ErrorCode) : 'INTERNAL_SERVER_ERROR',
    message: message ?? '',
    ...(details ? { details } : {}),
  };
}

export async function findJob(tx: Tx, id: string): Promise<JobRecord | null> {
  const rows = await tx.$queryRaw<JobRow[]>`SELECT ${JOB_COLUMNS} FROM jobs j WHERE j.id = ${id}::uuid`;
  return rows[0] ? jobRecordOf(rows[0]) : null;
}

/**
 * Finishes a job when each of its `total` has an outcome: every item is finished, nothing that they left is to be removed
 * and none of its faces waits for the index. What a job counts beside its items is its handler's to finish, so a job
 * without items is left as it is. Takes the job's row lock, so that of several chunks that end together the last one
 * sees the work of all: call it after all locks on items and faces.
 */
export async function settleJob(change: Change, jobId: string, now: Date): Promise<void> {
  const tx = txOf(change);
  const rows = await tx.$queryRaw<JobRow[]>`SELECT ${JOB_COLUMNS} FROM jobs j WHERE j.id = ${jobId}::uuid FOR UPDATE`;
  const job = rows[0];
  if (!job || isFinished(job.state)) return;
  const [open] = await tx.$queryRaw<{ unfinished: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM job_items
                    WHERE job_id = ${jobId}::uuid AND (state IN ('PENDING', 'RUNNING') OR has_leftover)) AS unfinished`;
  if (open?.unfinished) return;
  const [rest] = await tx.$queryRaw<{ detected: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM job_items i JOIN faces f ON f.job_item_id = i.id AND f.state = 'DETECTED'
                    WHERE i.job_id = ${jobId}::uuid) AS detected`;
  if (!rest || rest.detected || job.total > job.done + job.failed + job.cancelled) return;
  change.forgetMessages(jobId);
  const state = job.cancelled > 0 ? 'CANCELLED' : 'SUCCEEDED';
  await tx.$executeRaw`
    UPDATE jobs SET state = ${state}::"JobState", finished_at = ${now}, last_event_at = ${now}, updated_at = ${now}
     WHERE id = ${jobId}::uuid`;
  change.event(jobEvent(state === 'CANCELLED' ? 'JOB_CANCELLED' : 'JOB_SUCCEEDED', job));
}

/** A job's event with its counts. */
export function jobEvent(
  type: NewEvent['type'],
  job: Pick<JobRow, 'id' | 'collection_id' | 'done' | 'unindexed' | 'failed' | 'cancelled' | 'total'>,
): NewEvent {
  const { done, unindexed, failed, cancelled, total } = job;
  return {
    type,
    jobId: job.id,
    ...(job.collection_id ? { collectionId: job.collection_id } : {}),
    payload: { done, unindexed, failed, cancelled, total },
  };
}

/** Every claim counts as movement; the first one starts the job. */
export async function markStarted(change: Change, jobId: string, now: Date): Promise<void> {
  const rows = await txOf(change).$queryRaw<(JobRow & { started: boolean })[]>`
    UPDATE jobs j SET state = 'IN_PROGRESS', started_at = COALESCE(j.started_at, ${now}), updated_at = ${now},
           last_event_at = CASE WHEN old.state = 'QUEUED' THEN ${now} ELSE j.last_event_at END
      FROM (SELECT id, state FROM jobs WHERE id = ${jobId}::uuid FOR UPDATE) old
     WHERE j.id = old.id AND old.state IN ('QUEUED', 'IN_PROGRESS')
    RETURNING ${JOB_COLUMNS}, old.state = 'QUEUED' AS started`;
  const job = rows[0];
  if (job?.started) change.event(jobEvent('JOB_STARTED', job));
}

/** Items that came to an outcome, by what it was. */
export interface OutcomeCounts {
  readonly done: number;
  /** Of those done, the ones of which no face was indexed. */
  readonly unindexed: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** Adds to a job's counts, and tells of its progress, at most once a second. */
export async function countOutcomes(
  change: Change,
  jobId: string,
  { done, unindexed, failed, cancelled }: OutcomeCounts,
  now: Date,
): Promise<{ cancelRequested: boolean }> {
  const due = new Date(now.getTime() - PROGRESS_INTERVAL_MS);
  const rows = await txOf(change).$queryRaw<
    {
      id: string;
      collection_id: string | null;
      done: number;
      unindexed: number;
      failed: number;
      cancelled: number;
      total: number;
      tell: boolean;
      cancel_requested: boolean;
    }[]
  >`
    UPDATE jobs j SET done = j.done + ${done}, unindexed = j.unindexed + ${unindexed}, failed = j.failed + ${failed},
           cancelled = j.cancelled + ${cancelled}, updated_at = ${now},
           last_event_at = CASE WHEN old.due THEN ${now} ELSE j.last_event_at END
      FROM (SELECT id, COALESCE(last_event_at <= ${due}, true) AS due
              FROM jobs WHERE id = ${jobId}::uuid FOR UPDATE) old
     WHERE j.id = old.id
    RETURNING j.id, j.collection_id, j.done, j.unindexed, j.failed, j.cancelled, j.total, old.due AS tell,
              j.cancel_requested_at IS NOT NULL AS cancel_requested`;
  const job = rows[0];
  if (job?.tell && done + failed > 0) change.event(jobEvent('JOB_PROGRESS', job));
  return { cancelRequested: job?.cancel_requested ?? false };
}
