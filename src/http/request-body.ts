import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import { badInput, DomainError } from '../domain/errors';

/**
 * A body is given `graceMs` and, for what has come of it, a second per so many bytes; nothing of it may come for `stallMs`
 * at most. Who stalls must not hold a place.
 */
export interface BodyPace {
  readonly graceMs: number;
  readonly bytesPerSecond: number;
  readonly stallMs: number;
  /** Whether others wait for the place that this body holds: then nothing of it may come for a second at most. */
  readonly isPressed?: () => boolean;
}

const PRESSED_STALL_MS = 1_000;

/** What every body is given. */
export const PACE: BodyPace = { graceMs: 10_000, bytesPerSecond: 50_000, stallMs: 5_000 };

/** The client left in the middle of its request: there is nobody to answer. */
export class ClientGoneError extends Error {
  constructor() {
    super('The client closed the connection before its request was whole');
    this.name = 'ClientGoneError';
  }
}

/**
 * Reads a body that must have exactly `bytes` bytes, holding no more than these.
 *
 * @param onReceived is told the size of each part that has come, of one that is too much as well.
 * @throws DomainError BAD_USER_INPUT when it has fewer or more; TIMEOUT when it comes more slowly than `pace`;
 * ClientGoneError.
 */
export async function readBodyExactly(
  request: IncomingMessage,
  bytes: number,
  pace = PACE,
  onReceived: (bytes: number) => void = () => undefined,
): Promise<Buffer> {
  const body = Buffer.allocUnsafe(bytes);
  let size = 0;
  const take = (chunk: Buffer): void => {
    onReceived(chunk.length);
    if (size + chunk.length > bytes) throw wrongSize(bytes);
    chunk.copy(body, size);
    size += chunk.length;
  };
  await receive(request, pace, take);
  if (size < bytes) throw wrongSize(bytes);
  return body;
}

/**
 * Reads a body of any size.
 *
 * @param admit is shown each part, and told how many bytes came before it, before it is kept; what it throws ends the reading.
 * @throws DomainError TIMEOUT when it comes more slowly than `pace`; ClientGoneError.
 */
export async function readBody(
  request: IncomingMessage,
  admit: (chunk: Buffer, before: number) => void,
  pace = PACE,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const take = (chunk: Buffer): void => {
    admit(chunk, size);
    size += chunk.length;
    chunks.push(chunk);
  };
  await receive(request, pace, take);
  return Buffer.concat(chunks, size);
}

/** Hands on what comes, until the end, or until `take` throws. */
function receive(request: IncomingMessage, pace: BodyPace, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let lastAt = startedAt;
    let size = 0;
    const msLeft = (): number => {
      const now = performance.now();
      const ofPace = pace.graceMs + (size / pace.bytesPerSecond) * 1_000 - (now - startedAt);
      const stallMs = pace.isPressed?.() ? PRESSED_STALL_MS : pace.stallMs;
      return Math.min(ofPace, stallMs - (now - lastAt));
    };
    const checkPace = (): void => {
      const left = msLeft();
      if (left <= 0) settle(() => reject(tooSlow(pace)));
      else timer = setTimeout(checkPace, nextLookMs(left));
    };
    // Others may come to wait at any time.
    const nextLookMs = (left: number): number => Math.ceil(pace.isPressed ? Math.min(left, PRESSED_STALL_MS) : left);
    let timer = setTimeout(checkPace, nextLookMs(msLeft()));
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      lastAt = performance.now();
      try {
        take(chunk);
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      request.off('data', onData);
      request.pause();
      stopWatching();
      outcome();
    };
    const stopWatching = finished(request, { writable: false }, (error) => {
      settle(() => (error ? reject(new ClientGoneError()) : resolve()));
    });
    request.on('data', onData);
  });
}

function tooSlow({ bytesPerSecond }: Pick<BodyPace, 'bytesPerSecond'>): DomainError {
  return new DomainError(
    'TIMEOUT',
    `The body came more slowly than ${bytesPerSecond / 1_000} KB a second. Send it again over a better connection.`,
  );
}

/**
 * Waits until something of a body has come: a place is held only by who sends.
 * @throws DomainError TIMEOUT when nothing comes; ClientGoneError.
 */
export function firstBytes(request: IncomingMessage, { stallMs, bytesPerSecond }: BodyPace = PACE): Promise<void> {
  if (request.readableLength > 0 || request.complete) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      request.off('readable', onReadable);
      stopWatching();
      outcome();
    };
    const onReadable = (): void => settle(resolve);
    const timer = setTimeout(() => settle(() => reject(tooSlow({ bytesPerSecond }))), stallMs);
    const stopWatching = finished(request, { writable: false }, (error) =>
      settle(() => (error ? reject(new ClientGoneError()) : resolve())),
    );
    request.once('readable', onReadable);
  });
}

/** BAD_USER_INPUT of a body that is not as long as it was announced. */
export function wrongSize(bytes: number): DomainError {
  return badInput({
    path: 'body',
    rule: `must have the ${bytes} bytes that createUploads was told; for another file make a new upload`,
  });
}
