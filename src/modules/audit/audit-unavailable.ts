import { DomainError, type ErrorCode } from '../../domain/errors';

/** Whoever asks for too much, or fills the disk, is told that. */
const TOLD_AS_IT_IS: readonly ErrorCode[] = ['STORAGE_FULL', 'RATE_LIMITED'];

/**
 * What whoever asks is told when the row of what they ask for cannot be written.
 * @param what is refused, such as 'no search is answered'.
 */
export function auditUnavailable(cause: unknown, what: string): DomainError {
  if (cause instanceof DomainError && TOLD_AS_IT_IS.includes(cause.code)) return cause;
  return new DomainError(
    'DEPENDENCY_UNAVAILABLE',
    `The audit cannot be written just now, and ${what} without its row there. Repeat it in a moment.`,
    { cause, details: { dependency: 'audit' } },
  );
}
