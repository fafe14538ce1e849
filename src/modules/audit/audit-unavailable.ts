import { DomainError } from '../../domain/errors';

/**
 * What whoever asks is told when the row of what they ask for cannot be written.
 * @param what is refused, such as 'no search is answered'.
 */
export function auditUnavailable(cause: unknown, what: string): DomainError {
  if (cause instanceof DomainError && cause.code === 'STORAGE_FULL') return cause;
  return new DomainError(
    'DEPENDENCY_UNAVAILABLE',
    `The audit cannot be written just now, and ${what} without its row there. Repeat it in a moment.`,
    { cause, details: { dependency: 'audit' } },
  );
}
