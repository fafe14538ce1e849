import { LikenessError } from './errors.ts';

export interface RetryPolicy {
  /** How often something is tried in all, 1 or more. @default 4 */
  readonly attempts: number;
  /** Longest wait after the first failure; it doubles with each. @default 250 */
  readonly baseDelayMs: number;
  /**
   * Longest wait of all. A server that asks for a longer one gets no second attempt: the error says how long.
   * @default 30000
   */
  readonly maxDelayMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 4, baseDelayMs: 250, maxDelayMs: 30_000 };

/** @throws the signal's reason, once it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Doubling from failure to failure, anywhere below that: clients that failed together do not come back together. */
export function backoffMs(failures: number, { baseDelayMs, maxDelayMs }: RetryPolicy): number {
  return Math.random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (failures - 1));
}

/**
 * Runs something that ends when its signal is aborted.
 *
 * @throws LikenessError TIMEOUT after `timeoutMs`; the reason of `signal`.
 */
export async function withDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const stop = (): void => controller.abort(signal?.reason);
  const late = (): void =>
    controller.abort(new LikenessError('TIMEOUT', `There was no answer within ${timeoutMs / 1_000} s.`));
  const timer = setTimeout(late, timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await run(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

export interface RetryOptions {
  readonly policy: RetryPolicy;
  readonly signal?: AbortSignal | undefined;
  /** Whether it does no harm to try again. */
  readonly isSafe: (error: LikenessError) => boolean;
}

/** Tries until it succeeds, fails in a way that may not be tried again, or has been tried often enough. */
export async function retrying<T>(run: () => Promise<T>, { policy, signal, isSafe }: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      signal?.throwIfAborted();
      const asked = error instanceof LikenessError ? (error.retryAfterMs ?? 0) : Infinity;
      const isOver = attempt >= policy.attempts || asked > policy.maxDelayMs;
      if (isOver || !(error instanceof LikenessError) || !error.retryable || !isSafe(error)) throw error;
      await sleep(asked + backoffMs(attempt, policy), signal);
    }
  }
}
