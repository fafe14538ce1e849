import { errorOfAnswer, LikenessError } from './errors.ts';
import type { SocketTransport } from './sockets.ts';
import { backoffMs, sleep, type RetryPolicy } from './waiting.ts';

export interface SubscriptionOptions {
  /** Ends the subscription: the loop over it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

type Variables = Readonly<Record<string, unknown>>;

export type OpenSubscription = <T>(
  query: string,
  variables: () => Variables | Promise<Variables>,
  select: (data: unknown) => T,
  options?: SubscriptionOptions,
) => Subscription<T>;

export interface SubscriptionRequest<T> {
  readonly sockets: SocketTransport;
  readonly query: string;
  /** Asked for when the subscription begins. */
  readonly variables: () => Variables | Promise<Variables>;
  readonly retry: RetryPolicy;
  readonly signal: AbortSignal | undefined;
  /** What of an answer's `data` is handed on. */
  readonly select: (data: unknown) => T;
}

type Waiting<T> = {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * The answers of a subscription, in order. It begins with the first `next()`. After a lost connection it goes on after the last
 * event that came, by that event's `cursor` and the operation's `$after`: nothing is lost and nothing comes twice. An
 * operation that has not both ends with the connection's error once an event has come.
 */
export class Subscription<T> implements AsyncIterableIterator<T, undefined> {
  private readonly answers: T[] = [];
  private readonly waiting: Waiting<T>[] = [];
  private outcome: { readonly error?: unknown } | undefined;
  private stop: (() => void) | undefined;
  private hasHeard = false;
  private cursor: string | undefined;
  private failures = 0;

  constructor(private readonly request: SubscriptionRequest<T>) {}

  next(): Promise<IteratorResult<T, undefined>> {
    if (!this.stop && !this.outcome) this.begin();
    if (this.answers.length > 0) return Promise.resolve({ done: false, value: this.answers.shift()! });
    if (this.outcome) return this.end(this.outcome);
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.answers.length = 0;
    this.finish({});
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private end(outcome: { readonly error?: unknown }): Promise<IteratorResult<T, undefined>> {
    // It is told once; whoever asks again meets an end.
    this.outcome = {};
    return 'error' in outcome ? Promise.reject(outcome.error) : Promise.resolve({ done: true, value: undefined });
  }

  private readonly aborted = (): void => {
    this.answers.length = 0;
    this.finish({ error: this.request.signal?.reason });
  };

  private begin(): void {
    const { signal, variables } = this.request;
    this.stop = () => undefined;
    if (signal?.aborted) return this.aborted();
    signal?.addEventListener('abort', this.aborted, { once: true });
    void Promise.resolve()
      .then(variables)
      .then(
        (settled) => this.connect(settled),
        (error: unknown) => this.finish({ error }),
      );
  }

  private connect(variables: Variables): void {
    if (this.outcome) return;
    const { sockets, query } = this.request;
    this.stop = sockets.subscribe(
      query,
      () => (this.cursor === undefined ? variables : { ...variables, after: this.cursor }),
      {
        lost: () => {
          if (this.hasHeard && !this.canResume()) this.finish({ error: cannotResume() });
        },
        next: ({ data, errors }) => {
          if (errors) return this.refused(errorOfAnswer(errors), variables);
          this.hasHeard = true;
          this.failures = 0;
          this.cursor = cursorOf(data) ?? this.cursor;
          this.push(this.request.select(data));
        },
        error: (error) => (error.errors.length > 0 ? this.refused(error, variables) : this.finish({ error })),
        complete: () => this.finish({}),
      },
    );
  }

  private canResume(): boolean {
    return this.cursor !== undefined && /\$after\b/.test(this.request.query);
  }

  /** The server could not tell the next event: it is asked again where that may help. */
  private refused(error: LikenessError, variables: Variables): void {
    this.stop?.();
    this.failures += 1;
    const { retry, signal } = this.request;
    if (!error.retryable || this.failures >= retry.attempts) return this.finish({ error });
    void sleep((error.retryAfterMs ?? 0) + backoffMs(this.failures, retry), signal).then(
      () => this.connect(variables),
      () => undefined,
    );
  }

  private push(value: T): void {
    if (this.outcome) return;
    const next = this.waiting.shift();
    if (next) next.resolve({ done: false, value });
    else this.answers.push(value);
  }

  private finish(outcome: { readonly error?: unknown }): void {
    if (this.outcome) return;
    this.outcome = outcome;
    this.request.signal?.removeEventListener('abort', this.aborted);
    this.stop?.();
    for (const [index, { resolve, reject }] of this.waiting.splice(0).entries()) {
      if (index === 0) this.end(outcome).then(resolve, reject);
      else resolve({ done: true, value: undefined });
    }
  }
}

/** Of the event that is the answer's one field. */
function cursorOf(data: unknown): string | undefined {
  const [event] = Object.values((data ?? {}) as Record<string, unknown>);
  if (typeof event !== 'object' || event === null || !('cursor' in event)) return undefined;
  return typeof event.cursor === 'string' ? event.cursor : undefined;
}

function cannotResume(): LikenessError {
  return new LikenessError(
    'DEPENDENCY_UNAVAILABLE',
    'The connection was lost, and the subscription cannot go on where it was: let it ask for `cursor` and take `$after`.',
  );
}
