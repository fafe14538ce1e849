import { DomainError } from '../../src/domain/errors';

export const closing = (): DomainError =>
  new DomainError('DEPENDENCY_UNAVAILABLE', 'The analyzer is shutting down: send the image again when it is back.');

export const threadsDied = (): DomainError =>
  new DomainError(
    'DEPENDENCY_UNAVAILABLE',
    'The threads that analysed this image died, twice: try another image, and report this one if it happens again.',
    { retryable: false },
  );

/** @param retryAfterMs when it is worth sending again. */
export const tooMany = (retryAfterMs: number): DomainError =>
  new DomainError('RATE_LIMITED', 'Too many images wait for analysis: send this one again in a moment.', {
    details: { retryAfterMs },
  });

export const tooLate = (): DomainError =>
  new DomainError('TIMEOUT', 'The deadline passed before the analysis began: allow more time or send fewer images.');

export const aborted = (signal: AbortSignal | undefined): DomainError =>
  new DomainError('TIMEOUT', 'The caller gave up before the image was analysed.', { cause: signal?.reason });
