import type { NewEvent } from '../../domain/events';
import { newId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { DeletionTarget } from '../../ports/deletion-repository';
import { appendOutbox } from './append';
import type { Tx } from './database';
import type { Prisma } from './generated/client';

/** The queue message's name; `modules/deletion/deletion.jobs.ts` defines the job. */
export const REMOVE_DELETED = 'remove-deleted';

/**
 * Writes the job that removes what the same transaction has made invisible.
 * @returns its id, and its event for the transaction's `appendEvents`.
 */
export async function appendDeletionJob(
  tx: Tx,
  scope: TenantScope,
  target: DeletionTarget,
  requestId: string,
): Promise<{ id: string; event: NewEvent }> {
  const id = newId();
  const collectionId = collectionOf(target);
  await tx.job.create({
    data: {
      id,
      tenantId: scope.tenantId,
      // A collection that is going takes its rows along, and the job has to outlive it.
      collectionId: target.kind === 'FACES' ? (collectionId ?? null) : null,
      kind: 'DELETION',
      requestId,
      parameters: target as unknown as Prisma.InputJsonObject,
      total: 1,
    },
  });
  await appendOutbox(tx, scope, [{ jobName: REMOVE_DELETED, payload: { jobId: id, requestId } }]);
  return {
    id,
    event: {
      type: 'JOB_CREATED',
      jobId: id,
      ...(collectionId ? { collectionId } : {}),
      payload: { kind: 'DELETION', total: 1 },
    },
  };
}

/** The collection that all of it lies in: a job of several must not go along with one of them. */
function collectionOf(target: DeletionTarget): string | undefined {
  if (target.kind === 'COLLECTION') return target.collectionId;
  return target.kind === 'FACES' && target.collectionIds.length === 1 ? target.collectionIds[0] : undefined;
}
