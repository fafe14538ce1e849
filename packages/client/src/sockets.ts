import { createClient, type Client } from 'graphql-ws/client';
import { errorOfAnswer, LikenessError, type AnswerError } from './errors.ts';
import type { ErrorCode } from './generated/operations.ts';
import { backoffMs, type RetryPolicy } from './waiting.ts';

const HANDSHAKE_MS = 10_000;
/** Connections that fail in a row before a subscription does: with the longest waits, some minutes. */
const RECONNECTS = 30;
const MAX_RECONNECT_DELAY_MS = 10_000;

export interface SocketOptions {
  /** Of the API: ws or wss, with `/graphql`. */
  readonly url: string;
  readonly connectionParams: Readonly<Record<string, string>>;
  /** The WebSocket class; the environment's own otherwise, and in Node 20, which has none, that of `ws`. */
  readonly webSocketImpl?: unknown | undefined;
  readonly retry: RetryPolicy;
  /** So often the server is asked whether the connection stands; one that does not answer as long is made anew. */
  readonly keepAliveMs: number;
}

/** What a subscription hears. */
export interface SubscriptionSink {
  /** The connection broke; it is made anew, and the operation sent again, unless the subscription is ended now. */
  lost(): void;
  next(answer: { readonly data?: unknown | undefined; readonly errors?: readonly AnswerError[] }): void;
  error(error: LikenessError): void;
  complete(): void;
}

/** One socket for all subscriptions: opened for the first, closed after the last, made anew when it breaks. */
export class SocketTransport {
  private client: Promise<Client> | undefined;
  private isClosed = false;
  /** The subscriptions, each with what tells it that the client was closed or the connection lost. */
  private readonly open = new Set<{ readonly close: () => void; readonly lost: () => void }>();
  private wake: (() => void) | undefined;

  constructor(private readonly options: SocketOptions) {}

  /**
   * @param variables is called again for each connection: what it then answers is where the server goes on.
   * @returns what ends the subscription.
   */
  subscribe(query: string, variables: () => Readonly<Record<string, unknown>>, sink: SubscriptionSink): () => void {
    const payload = {
      query,
      get variables() {
        return variables();
      },
    };
    let stop: (() => void) | undefined;
    const end = (): void => {
      if (!this.open.delete(one)) return;
      if (this.open.size === 0) this.wake?.();
      stop?.();
    };
    const fail = (problem: unknown): void => {
      end();
      sink.error(errorOfSocket(problem));
    };
    const one = {
      close: () => fail(new LikenessError('DEPENDENCY_UNAVAILABLE', 'The client was closed.')),
      lost: () => sink.lost(),
    };
    this.open.add(one);
    if (this.isClosed) {
      queueMicrotask(one.close);
      return end;
    }
    this.client ??= this.connect();
    void this.client.then((client) => {
      if (!this.open.has(one)) return;
      stop = client.subscribe(payload, {
        next: (answer) => sink.next(answer),
        error: fail,
        complete: () => {
          end();
          sink.complete();
        },
      });
    }, fail);
    return end;
  }

  /** Ends every subscription with an error, and the socket. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const { close } of [...this.open]) close();
    const client = await this.client?.catch(() => undefined);
    // A connection that was still being made may have failed meanwhile.
    await Promise.resolve(client?.dispose()).catch(() => undefined);
  }

  private async connect(): Promise<Client> {
    const { keepAliveMs } = this.options;
    let pong: ReturnType<typeof setTimeout> | undefined;
    const client = createClient({
      url: this.options.url,
      connectionParams: this.options.connectionParams,
      webSocketImpl: this.options.webSocketImpl ?? (await webSocketOfEnvironment()),
      keepAlive: keepAliveMs,
      connectionAckWaitTimeout: HANDSHAKE_MS,
      retryAttempts: RECONNECTS,
      retryWait: (failures) => this.pause(backoffMs(failures + 1, this.reconnect)),
      // graphql-ws itself gives up on what a key, a request or the protocol is refused with, but for this.
      shouldRetry: (problem) => closingOf(problem)?.code !== 4403,
      on: {
        ping: (received) => {
          if (!received) pong = setTimeout(() => client.terminate(), keepAliveMs);
        },
        pong: (received) => {
          if (received) clearTimeout(pong);
        },
        closed: () => {
          clearTimeout(pong);
          for (const { lost } of [...this.open]) lost();
        },
      },
    });
    return client;
  }

  private get reconnect(): RetryPolicy {
    const { retry } = this.options;
    return { ...retry, maxDelayMs: Math.min(retry.maxDelayMs, MAX_RECONNECT_DELAY_MS) };
  }

  /** Ends early when nobody waits for the connection any more: a program is not kept from ending. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wake = done;
    });
  }
}

async function webSocketOfEnvironment(): Promise<unknown> {
  if ('WebSocket' in globalThis) return undefined;
  const { WebSocket } = await import('ws');
  return class extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols, { handshakeTimeout: HANDSHAKE_MS });
    }
  };
}

const CLOSE_CODES: Readonly<Record<number, ErrorCode>> = {
  4400: 'BAD_USER_INPUT',
  4401: 'UNAUTHENTICATED',
  4403: 'FORBIDDEN',
  4429: 'RATE_LIMITED',
  4500: 'INTERNAL_SERVER_ERROR',
};

function closingOf(problem: unknown): { readonly code: number; readonly reason: string } | undefined {
  if (typeof problem !== 'object' || problem === null || !('code' in problem) || !('reason' in problem))
    return undefined;
  return typeof problem.code === 'number' ? { code: problem.code, reason: String(problem.reason) } : undefined;
}

/** @param problem what graphql-ws gives: errors of the operation, how the socket was closed, or what went wrong with it. */
function errorOfSocket(problem: unknown): LikenessError {
  if (problem instanceof LikenessError) return problem;
  if (Array.isArray(problem)) return errorOfAnswer(problem as AnswerError[]);
  const closing = closingOf(problem);
  const code = CLOSE_CODES[closing?.code ?? 0] ?? 'DEPENDENCY_UNAVAILABLE';
  const said = closing
    ? closing.reason || `closed with ${closing.code}`
    : ((problem as Error | undefined)?.message ?? '');
  const message = code === 'DEPENDENCY_UNAVAILABLE' ? `The connection was lost: ${said || 'it failed'}` : said;
  return new LikenessError(code, message, { cause: problem });
}
