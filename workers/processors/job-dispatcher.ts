import type { Dispatch, Outbox } from '../../src/database/system';
import { makeTenantScope } from '../../src/domain/tenant-scope-factory';
import { PermanentJobError, type JobDelivery, type RegisteredHandler } from '../../src/ports/job-queue';
import type { ScopedJobHandler } from '../../src/ports/scoped-job';
import type { JobPayload } from '../../src/records/job-definition';
import { isFinished, type DispatchedJob } from '../../src/records/job';

export interface JobDispatcherDependencies {
  readonly jobs: Pick<Dispatch, 'findJob'>;
  readonly messages: Pick<Outbox, 'putBack' | 'remove' | 'rest'>;
  /** Told when a message has left room for others. @default nobody is told */
  readonly onSettled?: () => void;
  /** Whether jobs of this kind run for a tenant that is being deleted. */
  readonly runsInDeletion: (kind: string) => boolean;
  readonly handlers: readonly ScopedJobHandler[];
}

/**
 * Turns a queue's deliveries into calls of the features' handlers, and says of each message what became of it. The tenant
 * comes from the Job row, never from the payload.
 */
export function createDispatcher(deps: JobDispatcherDependencies): RegisteredHandler[] {
  const { messages, onSettled = () => undefined } = deps;
  return deps.handlers.map((handler) => ({
    definition: handler.definition,
    ...(handler.concurrency === undefined ? {} : { concurrency: handler.concurrency }),
    async handle(delivery: JobDelivery<JobPayload>): Promise<void> {
      try {
        await run(deps, handler, delivery);
      } catch (error) {
        await giveRoom(messages, delivery, error);
        throw error;
      } finally {
        onSettled();
      }
    },
  }));
}

async function run(
  { jobs, messages, runsInDeletion }: JobDispatcherDependencies,
  handler: ScopedJobHandler,
  delivery: JobDelivery<JobPayload>,
): Promise<void> {
  const job = await jobs.findJob(delivery.payload.jobId, delivery.id);
  // Its message waits for the day that the tenant is active again.
  if (job?.tenantStatus === 'SUSPENDED' && !isFinished(job.state)) return messages.putBack(delivery.id);
  if (job && mayRun(job, runsInDeletion)) await handler.handle(makeTenantScope(job.tenantId), delivery);
  await messages.remove(delivery.id);
}

/** The queue tries again later; after the last time, the sweep does. A delivery that was stopped goes on elsewhere. */
async function giveRoom(
  messages: JobDispatcherDependencies['messages'],
  { id, isLastAttempt, signal }: JobDelivery<JobPayload>,
  error: unknown,
): Promise<void> {
  if (signal.aborted) return;
  const isOver = isLastAttempt || error instanceof PermanentJobError;
  // With the database away there is nothing to write: the sweep finds what is left.
  await (isOver ? messages.remove(id) : messages.rest(id)).catch(() => undefined);
}

/**
 * A finished job has nothing left to do, and a message that others took the place of is dropped. Of a tenant that is being
 * deleted only what removes it runs.
 */
function mayRun(job: DispatchedJob, runsInDeletion: (kind: string) => boolean): boolean {
  if (isFinished(job.state) || job.isReplaced) return false;
  return job.tenantStatus === 'ACTIVE' || (job.tenantStatus === 'DELETING' && runsInDeletion(job.kind));
}
