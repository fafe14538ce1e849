import type { Change } from '../../database';
import { txOf } from '../../database/sql';
import { newId } from '../../domain/ids';
import type { DeletionTarget } from '../../records/deletion';
import { deletionKind } from './deletion.kind';

/** Writes the job that removes what the same change has made invisible. @returns its id. */
export async function addDeletionJob(change: Change, target: DeletionTarget, requestId: string): Promise<string> {
  const id = newId();
  const collectionId = collectionOf(target);
  await txOf(change).job.create({
    data: {
      id,
      tenantId: change.scope.tenantId,
      // A collection that is going takes its rows along, and the job has to outlive it.
      collectionId: target.kind === 'FACES' ? (collectionId ?? null) : null,
      kind: deletionKind.name,
      requestId,
      parameters: target,
      total: 1,
    },
  });
  change.message(...deletionKind.messagesFor({ id, requestId }, []));
  change.event({
    type: 'JOB_CREATED',
    jobId: id,
    ...(collectionId ? { collectionId } : {}),
    payload: { kind: deletionKind.name, total: 1 },
  });
  return id;
}

/**
 * Sees to it that faces which this change has deleted are removed: by a job of the collection that has not begun, or by a
 * new one. A job that is at work may have looked for the last time already.
 */
export async function askForRemoval(change: Change, collectionId: string, requestId: string): Promise<void> {
  // Locked, so that it cannot begin before this change is committed.
  const waiting = await txOf(change).$queryRaw<unknown[]>`
    SELECT 1 FROM jobs j
     WHERE j.collection_id = ${collectionId}::uuid AND j.kind = ${deletionKind.name} AND j.state = 'QUEUED'
     LIMIT 1 FOR UPDATE SKIP LOCKED`;
  if (waiting.length === 0) {
    await addDeletionJob(change, { kind: 'FACES', collectionIds: [collectionId] }, requestId);
  }
}

/**
 * The collection that all of it lies in, which the job's events name: a job of several must not go along with one of
 * them. The removal of a whole collection names it to the end, though its row is gone by then and the job's row names
 * none: events refer to no row and stay until they are pruned. Nobody can begin to follow a deleted collection, but who
 * followed it already has heard of the job's beginning, and now hears that nothing is left.
 */
export function collectionOf(target: DeletionTarget): string | undefined {
  if (target.kind === 'COLLECTION') return target.collectionId;
  return target.kind === 'FACES' && target.collectionIds.length === 1 ? target.collectionIds[0] : undefined;
}
