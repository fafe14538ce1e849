import { DomainError } from '../../domain/errors';
import { isFinished, type JobState } from '../../records/job';
import type { JobKind } from './job-kind';

/** @throws DomainError CONFLICT for a job whose kind cannot be cancelled. */
export function assertCancellable(kind: JobKind): void {
  if (kind.cancelRefusal !== null) throw new DomainError('CONFLICT', kind.cancelRefusal);
}

/** What decides whether the failed items of a job may be tried again. */
export interface RetryFacts {
  readonly state: JobState;
  readonly failed: number;
  /** Whether its collection is there and not being deleted. */
  readonly collectionOpen: boolean;
}

/** @throws DomainError CONFLICT while the job is unfinished, when nothing failed, or when its collection is gone. */
export function assertRetryable(kind: JobKind, { state, failed, collectionOpen }: RetryFacts): void {
  if (kind.retryRefusal !== null) throw new DomainError('CONFLICT', kind.retryRefusal);
  if (!isFinished(state)) {
    throw new DomainError('CONFLICT', 'This job is still at work. Retry it when it has finished, or cancel it first.');
  }
  if (failed === 0) throw new DomainError('CONFLICT', 'No item of this job failed: there is nothing to retry.');
  if (!collectionOpen) {
    throw new DomainError('CONFLICT', 'The collection of this job has been deleted: its items cannot be enrolled.');
  }
}

/** @param others how many of the items that are to be retried are not, or not any more, failed items of the job. @throws DomainError CONFLICT. */
export function assertAllFailed(others: number): void {
  if (others === 0) return;
  throw new DomainError(
    'CONFLICT',
    `${others} of these items are no failed items of this job, or are being retried already. Look at its items again.`,
  );
}
