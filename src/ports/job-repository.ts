import type { ErrorCode } from '../domain/errors';
import type { TenantScope } from '../domain/tenant-scope';
import type { PageRequest } from '../records/page';
import type { FaceRecord, ImageRecord } from './face-repository';

export const JOB_KINDS = ['ENROLLMENT', 'DELETION'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export const JOB_STATES = ['QUEUED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const JOB_ITEM_STATES = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
export type JobItemState = (typeof JOB_ITEM_STATES)[number];

/** Whether nothing more will happen to the job unless its failed items are retried. */
export function isFinished(state: JobState): boolean {
  return state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED';
}

/** What was wrong, for the caller of the API. */
export interface OutcomeError {
  readonly code: ErrorCode;
  readonly message: string;
  /** Facts for a program, as `DomainError.details` has them. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface JobRecord {
  readonly id: string;
  readonly collectionId: string | null;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly requestId: string;
  /** Items that succeeded. */
  readonly done: number;
  /** Items that failed. */
  readonly failed: number;
  readonly total: number;
  /** Why a FAILED job could not do its work at all. */
  readonly error: OutcomeError | null;
  readonly cancelRequestedAt: Date | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** One item with its outcome. */
export interface JobItemRecord {
  readonly id: string;
  /** Position in the request, from 0. */
  readonly ordinal: number;
  readonly state: JobItemState;
  readonly externalImageId: string | null;
  /** The accepted picture; an earlier item's when `duplicate`. Null when none was accepted or it has been deleted. */
  readonly image: ImageRecord | null;
  readonly duplicate: boolean;
  readonly error: OutcomeError | null;
  /** Faces of the picture that are not deleted, UNINDEXED ones among them; largest first. */
  readonly faces: readonly FaceRecord[];
}

export interface JobFilter {
  readonly state?: JobState;
  readonly kind?: JobKind;
}

/** What the dispatcher must know of a job before anything runs for it. */
export interface DispatchedJob {
  readonly tenantId: string;
  readonly tenantStatus: 'ACTIVE' | 'SUSPENDED' | 'DELETING';
  readonly kind: JobKind;
  readonly state: JobState;
}

/** Unfinished work that no message stands for any more. */
export interface StuckJob {
  readonly id: string;
  readonly scope: TenantScope;
}

export interface JobRepository {
  find(scope: TenantScope, id: string): Promise<JobRecord | null>;
  /** Newest first: `page.afterId` is the last (oldest) of the page before. */
  list(scope: TenantScope, filter: JobFilter, page: PageRequest): Promise<JobRecord[]>;
  /** In the request's order, after `afterOrdinal`; one row more than `first` when there is more. */
  listItems(
    scope: TenantScope,
    jobId: string,
    filter: { readonly state?: JobItemState },
    page: { readonly first: number; readonly afterOrdinal?: number },
  ): Promise<JobItemRecord[]>;
  /**
   * Notes the wish and cancels every item that nobody has begun. The job is CANCELLED at once when nothing runs for it.
   * A finished job stays as it is.
   * @throws DomainError CONFLICT for a job that cannot be cancelled (a deletion).
   */
  requestCancel(scope: TenantScope, id: string, now: Date): Promise<JobRecord | null>;
  /**
   * Puts the FAILED items of a finished job back to PENDING and the job back to QUEUED, with messages for them.
   * @throws DomainError CONFLICT while the job is unfinished, when nothing failed, or when its collection is gone.
   */
  retryFailed(scope: TenantScope, id: string): Promise<JobRecord | null>;
  /** Reads across tenants; for the dispatcher alone. */
  findForDispatch(id: string): Promise<DispatchedJob | null>;
  /**
   * Unfinished jobs of active tenants with no message in the outbox and no movement since `before`; a job that was
   * swept k times has to be still for 2^k times as long (at most 16), since a long queue looks like a lost one.
   */
  listStuck(now: Date, quietMs: number, limit: number): Promise<StuckJob[]>;
  /** Writes messages for what is unfinished of a stuck job. @returns how many; 0 when it has moved meanwhile. */
  requeue(job: StuckJob, now: Date, quietMs: number): Promise<number>;
}
