import type { JobFilter, JobItemRecord, JobItemState, JobRecord, StuckJob } from '../records/job';
import type { TenantScope } from '../domain/tenant-scope';
import type { PageRequest } from '../records/page';

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
  /** Writes messages for what is unfinished of a stuck job. @returns how many; 0 when it has moved meanwhile. */
  requeue(job: StuckJob, now: Date, quietMs: number): Promise<number>;
}
