import { DomainError } from '../../domain/errors';

/** DEPENDENCY_UNAVAILABLE for what the queue's or the bus' server did not do. */
export function unavailable(what: string, cause?: unknown): DomainError {
  return new DomainError('DEPENDENCY_UNAVAILABLE', what, { cause });
}

/**
 * Answers with `work`, or rejects once `timeoutMs` have passed or `cancelled` is aborted. BullMQ's own promises may
 * never settle while a server is away or a connection is being closed.
 *
 * @throws DEPENDENCY_UNAVAILABLE with `message` after `timeoutMs`; the signal's reason when cancelled.
 */
export function bounded<T>(work: Promise<T>, timeoutMs: number, message: string, cancelled?: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(unavailable(message))), timeoutMs);
    const onAbort = () => finish(() => reject(cancelled?.reason));
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      cancelled?.removeEventListener('abort', onAbort);
      settle();
    };
    cancelled?.addEventListener('abort', onAbort);
    work.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    );
    if (cancelled?.aborted) onAbort();
  });
}

/** Waits `ms`, or less when `cancelled` is aborted. */
export function pause(ms: number, cancelled: AbortSignal): Promise<void> {
  if (cancelled.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      cancelled.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    cancelled.addEventListener('abort', done);
  });
}
