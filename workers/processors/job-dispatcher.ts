import type { Dispatch } from '../../src/database/system';
import { makeTenantScope } from '../../src/domain/tenant-scope-factory';
import type { JobDelivery, RegisteredHandler } from '../../src/ports/job-queue';
import type { ScopedJobHandler } from '../../src/ports/scoped-job';
import type { JobPayload } from '../../src/records/job-definition';
import { isFinished, type DispatchedJob } from '../../src/records/job';

export interface JobDispatcherDependencies {
  readonly jobs: Pick<Dispatch, 'findJob'>;
  /** Whether jobs of this kind run for a tenant that is being deleted. */
  readonly runsInDeletion: (kind: string) => boolean;
  readonly handlers: readonly ScopedJobHandler[];
}

/**
 * Turns a queue's deliveries into calls of the features' handlers. The tenant comes from the Job row, never from the
 * payload.
 */
export function createDispatcher({ jobs, runsInDeletion, handlers }: JobDispatcherDependencies): RegisteredHandler[] {
  return handlers.map((handler) => ({
    definition: handler.definition,
    ...(handler.concurrency === undefined ? {} : { concurrency: handler.concurrency }),
    async handle(delivery: JobDelivery<JobPayload>): Promise<void> {
      const job = await jobs.findJob(delivery.payload.jobId);
      if (!job || !mayRun(job, runsInDeletion)) return;
      await handler.handle(makeTenantScope(job.tenantId), delivery);
    },
  }));
}

/**
 * A finished job has nothing left to do. Of a suspended tenant nothing runs: its message is dropped, and the sweep
 * writes a new one when the tenant is active again. Of a tenant that is being deleted only what removes it runs.
 */
function mayRun(job: DispatchedJob, runsInDeletion: (kind: string) => boolean): boolean {
  if (isFinished(job.state)) return false;
  return job.tenantStatus === 'ACTIVE' || (job.tenantStatus === 'DELETING' && runsInDeletion(job.kind));
}
