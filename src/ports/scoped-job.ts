import type { TenantScope } from '../domain/tenant-scope';
import type { JobDefinition, JobPayload } from '../records/job-definition';
import type { JobDelivery } from './job-queue';

/** A job's handler as a feature writes it: the dispatcher gives it the scope of the Job row that it has read. */
export interface ScopedJobHandler<Payload extends JobPayload = JobPayload> {
  readonly definition: JobDefinition<Payload>;
  /** How many run at once in this process. @default the definition's */
  readonly concurrency?: number;
  /** Idempotent. Throws for what a later delivery may do better; PermanentJobError for what none will. */
  handle(scope: TenantScope, delivery: JobDelivery<Payload>): Promise<void>;
}
