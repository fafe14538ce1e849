import { notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type {
  JobFilter,
  JobItemFilter,
  JobItemOrderField,
  JobItemRecord,
  JobOrderField,
  JobRecord,
} from '../../records/job';
import type { PageRequest } from '../../records/page';
import type { JobStore } from './job.store';

export interface JobServiceDependencies {
  readonly jobs: JobStore;
  readonly clock: Clock;
}

export class JobService {
  constructor(private readonly deps: JobServiceDependencies) {}

  async find(scope: TenantScope, id: string): Promise<JobRecord | null> {
    return isId(id) ? this.deps.jobs.find(scope, id) : null;
  }

  /** The newest first unless the page says otherwise. */
  list(scope: TenantScope, filter: JobFilter, page: PageRequest<JobOrderField>): Promise<JobRecord[]> {
    return this.deps.jobs.list(scope, filter, page);
  }

  /** At most `atMost`. */
  count(scope: TenantScope, filter: JobFilter, atMost: number): Promise<number> {
    return this.deps.jobs.count(scope, filter, atMost);
  }

  listItems(
    scope: TenantScope,
    jobId: string,
    filter: JobItemFilter,
    page: PageRequest<JobItemOrderField>,
  ): Promise<JobItemRecord[]> {
    return this.deps.jobs.listItems(scope, jobId, filter, page);
  }

  /** At most `atMost`. */
  countItems(scope: TenantScope, jobId: string, filter: JobItemFilter, atMost: number): Promise<number> {
    return this.deps.jobs.countItems(scope, jobId, filter, atMost);
  }

  /**
   * Cancels what has not begun; what runs stops before its next item. What is indexed stays. Cancelling a finished job
   * changes nothing.
   * @throws DomainError NOT_FOUND; CONFLICT for a deletion, and for a kind that this version does not know.
   */
  async cancel(scope: TenantScope, id: string): Promise<JobRecord> {
    const job = isId(id) ? await this.deps.jobs.requestCancel(scope, id, this.deps.clock.now()) : null;
    if (!job) throw notFound('job');
    return job;
  }

  /**
   * Works again on items that failed.
   * @param itemIds null: on every one.
   * @throws DomainError NOT_FOUND; CONFLICT while the job is unfinished, when nothing failed or one of these has not, when its collection is gone,
   * or for a kind that this version does not know.
   */
  async retry(scope: TenantScope, id: string, itemIds: readonly string[] | null = null): Promise<JobRecord> {
    const job = isId(id) ? await this.deps.jobs.retryFailed(scope, id, itemIds) : null;
    if (!job) throw notFound('job');
    return job;
  }
}
