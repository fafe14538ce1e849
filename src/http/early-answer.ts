import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream';
import type { Response } from 'express';

/** What is left of a body up to this is read, and its connection kept for the next request. */
const SMALL_BYTES = 64 * 1024;
/** Of a larger one so much is read: a client that sends all before it listens gets to see the answer, if it is not too much. */
const LINGER_BYTES = 1024 * 1024;
/** How long a client has to take the answer and to stop sending. */
const LINGER_MS = 1_000;

/**
 * Answers with JSON, whatever has come of the request's body. Of one that is large and not whole nothing more is worked
 * on: the answer goes out at once, with `Connection: close`. A connection that is closed on bytes which nobody has read is
 * reset, and an answer that the client has not taken yet is lost with it; so it stays open for a moment behind the answer.
 */
export async function answerJson(res: Response, body: unknown): Promise<void> {
  const { req } = res;
  if (!hasBody(req) || (isSmall(req) && (await dropRest(req, SMALL_BYTES)))) {
    res.json(body);
    return;
  }
  if (res.destroyed) return;
  const text = Buffer.from(JSON.stringify(body));
  res.type('json').set({ Connection: 'close', 'Content-Length': String(text.length) });
  // The whole answer, but not the end of the exchange: Node would close the connection with it.
  res.write(text);
  await dropRest(req, LINGER_BYTES);
  res.end();
}

function hasBody({ headers, complete }: IncomingMessage): boolean {
  return !complete && (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined);
}

function isSmall({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? Infinity) <= SMALL_BYTES;
}

/**
 * Reads and drops what comes of a body, at most `maxBytes`; what is more is left to wait at the client.
 * @returns whether the body came to its end within a second.
 */
function dropRest(request: IncomingMessage, maxBytes: number): Promise<boolean> {
  if (request.complete || request.destroyed) return Promise.resolve(request.complete);
  return new Promise((resolve) => {
    let size = 0;
    const settle = (): void => {
      clearTimeout(timer);
      request.off('data', drop);
      stopWatching();
      resolve(request.complete);
    };
    const drop = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) request.pause();
    };
    const timer = setTimeout(settle, LINGER_MS);
    const stopWatching = finished(request, { writable: false }, settle);
    request.on('data', drop);
    request.resume();
  });
}
