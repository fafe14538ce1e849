import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import { badInput, DomainError } from '../domain/errors';

/** A refused request's body is read for this long at most, so that its sender gets to see the answer. */
const DISCARD_MS = 5_000;

/** A body is given this long and, for what has come of it, a second per so many bytes: who stalls must not hold a place. */
const PACE: BodyPace = { graceMs: 20_000, bytesPerSecond: 50_000 };

export interface BodyPace {
  readonly graceMs: number;
  readonly bytesPerSecond: number;
}

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
 * @throws DomainError BAD_USER_INPUT when it has fewer or more; TIMEOUT when it comes more slowly than `pace`;
 * ClientGoneError.
 */
export function readBodyExactly(request: IncomingMessage, bytes: number, pace = PACE): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const body = Buffer.allocUnsafe(bytes);
    let size = 0;
    const startedAt = performance.now();
    const checkPace = () => {
      const leftMs = pace.graceMs + (size / pace.bytesPerSecond) * 1_000 - (performance.now() - startedAt);
      if (leftMs <= 0) settle(() => reject(tooSlow(pace)));
      else timer = setTimeout(checkPace, Math.ceil(leftMs));
    };
    let timer = setTimeout(checkPace, pace.graceMs);
    const take = (chunk: Buffer) => {
      if (size + chunk.length <= bytes) {
        chunk.copy(body, size);
        size += chunk.length;
        return;
      }
      settle(() => reject(wrongSize(bytes)));
    };
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      request.off('data', take);
      request.pause();
      stopWatching();
      outcome();
    };
    const stopWatching = finished(request, { writable: false }, (error) => {
      if (error) settle(() => reject(new ClientGoneError()));
      else settle(() => (size === bytes ? resolve(body) : reject(wrongSize(bytes))));
    });
    request.on('data', take);
  });
}

function tooSlow({ bytesPerSecond }: BodyPace): DomainError {
  return new DomainError(
    'TIMEOUT',
    `The body came more slowly than ${bytesPerSecond / 1_000} KB a second. Send it again over a better connection.`,
  );
}

/** BAD_USER_INPUT of a body that is not as long as it was announced. */
export function wrongSize(bytes: number): DomainError {
  return badInput({
    path: 'body',
    rule: `must have the ${bytes} bytes that createUploads was told; for another file make a new upload`,
  });
}

/**
 * Reads and drops what is left of a body: closing a connection on unread bytes resets it, and the answer is lost with it.
 *
 * @param maxBytes more than these are not waited for.
 * @returns whether the body was read to its end.
 */
export function discardBody(request: IncomingMessage, maxBytes: number): Promise<boolean> {
  if (request.complete || request.destroyed) return Promise.resolve(request.complete);
  return new Promise((resolve) => {
    let size = 0;
    const settle = (whole: boolean) => {
      clearTimeout(timer);
      request.off('data', drop);
      stopWatching();
      resolve(whole);
    };
    const drop = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) settle(false);
    };
    const timer = setTimeout(() => settle(false), DISCARD_MS);
    const stopWatching = finished(request, { writable: false }, (error) => settle(!error));
    request.on('data', drop);
    request.resume();
  });
}
