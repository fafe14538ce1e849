import type { CursorCodec } from '../../domain/cursor';
import { DomainError, notFound } from '../../domain/errors';
import type { EventFilter, ReadEvent } from '../../domain/events';
import { isId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { EventBus } from '../../ports/event-bus';
import type { EventStore } from './event.store';
import type { EventWatch } from './event-watch';

export interface EventReaderDependencies {
  readonly events: EventStore;
  readonly bus: Pick<EventBus, 'subscribe'>;
  readonly cursors: CursorCodec;
  /** Wakes a reader that has heard no hint. */
  readonly watch: EventWatch;
}

export interface ReadOptions {
  /** Go on after this cursor (exclusive). */
  readonly after?: string | null;
  readonly signal?: AbortSignal;
}

const PAGE = 200;
const CURSOR_KIND = 'events';

/**
 * Events of a tenant in order, first those that were missed, then live. Only Postgres is read: the bus merely says when
 * to look, and numbers are given out in commit order, so there is neither gap nor repeat. The next page is read when
 * the one before has been taken: a slow reader costs no memory.
 */
export class EventReader {
  constructor(private readonly deps: EventReaderDependencies) {}

  cursorOf(scope: TenantScope, seq: bigint): string {
    return this.deps.cursors.encode(scope, CURSOR_KIND, String(seq));
  }

  /** Of the newest event of the tenant: what is read after it is what happens from now on. */
  async currentCursor(scope: TenantScope): Promise<string> {
    return this.cursorOf(scope, (await this.deps.events.bounds(scope)).lastSeq);
  }

  /**
   * Without `after`, a job's events from its beginning, so that a late reader still sees the end, and a collection's
   * from now on. A job's reader ends when the job has: after its last event.
   *
   * @throws DomainError NOT_FOUND (the job or collection), BAD_USER_INPUT (a cursor of another list or tenant),
   * CURSOR_EXPIRED (older than what is kept; also while reading, for a reader that fell that far behind).
   */
  async read(
    scope: TenantScope,
    filter: EventFilter,
    { after, signal }: ReadOptions = {},
  ): Promise<AsyncIterableIterator<ReadEvent>> {
    const what = 'jobId' in filter ? 'job' : 'collection';
    const id = 'jobId' in filter ? filter.jobId : filter.collectionId;
    if (!isId(id) || !(await this.deps.events.exists(scope, filter))) throw notFound(what);
    const start = await this.startOf(scope, filter, after ?? null);
    const stop = new AbortController();
    const stopNow = () => stop.abort();
    signal?.addEventListener('abort', stopNow, { once: true });
    if (signal?.aborted) stop.abort();
    const events = this.follow(scope, filter, start, stop.signal);
    return endingAtOnce(events, () => {
      signal?.removeEventListener('abort', stopNow);
      stop.abort();
    });
  }

  private async startOf(scope: TenantScope, filter: EventFilter, after: string | null): Promise<bigint> {
    const { lastSeq, prunedSeq } = await this.deps.events.bounds(scope);
    if (after === null) return 'jobId' in filter ? prunedSeq : lastSeq;
    const seq = BigInt(this.deps.cursors.decode(scope, CURSOR_KIND, after));
    if (seq < prunedSeq) throw cursorExpired();
    return seq;
  }

  private async *follow(
    scope: TenantScope,
    filter: EventFilter,
    start: bigint,
    stopped: AbortSignal,
  ): AsyncGenerator<ReadEvent, void, undefined> {
    const hints = new Hints(stopped);
    const unsubscribe = this.deps.bus.subscribe(scope.tenantId, () => hints.give());
    try {
      for (let position = start; !stopped.aborted;) {
        hints.forget();
        const page = await this.deps.events.readAfter(scope, filter, position, PAGE);
        if (position < page.prunedSeq) throw cursorExpired();
        for (const event of page.events) {
          if (stopped.aborted) return;
          yield { ...event, cursor: this.cursorOf(scope, event.seq) };
        }
        position = page.throughSeq;
        if (!page.caughtUp) continue;
        if (page.jobFinished) return;
        await hints.wait((wake) => this.deps.watch.wait(scope, position, wake));
      }
    } finally {
      unsubscribe();
    }
  }
}

function cursorExpired(): DomainError {
  return new DomainError(
    'CURSOR_EXPIRED',
    'The events after this cursor are no longer kept. Read the current state, then subscribe without a cursor.',
  );
}

/** Waits for a hint, for the watch, or for the end. */
class Hints {
  private given = false;
  private wake: (() => void) | undefined;

  constructor(private readonly stopped: AbortSignal) {}

  give(): void {
    this.given = true;
    this.wake?.();
  }

  /** Before a read: what is hinted at from now on may be missing from it. */
  forget(): void {
    this.given = false;
  }

  /** @param watch begins to watch, and answers with what ends it. */
  wait(watch: (wake: () => void) => () => void): Promise<void> {
    if (this.given || this.stopped.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        unwatch();
        this.stopped.removeEventListener('abort', done);
        this.wake = undefined;
        resolve();
      };
      const unwatch = watch(done);
      this.stopped.addEventListener('abort', done);
      this.wake = done;
    });
  }
}

/** `return` of a generator waits for the `next` under way; this one ends that wait first. */
function endingAtOnce<T>(events: AsyncGenerator<T, void, undefined>, stop: () => void): AsyncIterableIterator<T> {
  return {
    next: async () => {
      const result = await events.next().catch((error: unknown) => {
        stop();
        throw error;
      });
      if (result.done) stop();
      return result;
    },
    return: async () => {
      stop();
      await events.return();
      return { done: true, value: undefined };
    },
    throw: async (error: unknown) => {
      stop();
      await events.return();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
