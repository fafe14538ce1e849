import type { CursorCodec } from '../../domain/cursor';
import { DomainError, notFound } from '../../domain/errors';
import type { EventFilter, ReadEvent } from '../../domain/events';
import { isId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { EventBus } from '../../ports/event-bus';
import { EventFeed } from './event-feed';
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
 * to look, and numbers are given out in commit order, so there is neither gap nor repeat. What was missed is read page by
 * page, as it is taken; what is live is read once for all readers of the tenant. A slow reader costs no memory.
 */
export class EventReader {
  private readonly feed: EventFeed;

  constructor(private readonly deps: EventReaderDependencies) {
    const { events, bus, watch } = deps;
    this.feed = new EventFeed({ events, bus, watch, cursorOf: (scope, seq) => this.cursorOf(scope, seq) });
  }

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
    const ending = new Ending();
    const end = () => ending.now();
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) end();
    const events = this.follow(scope, filter, start, ending);
    return endingAtOnce(events, () => {
      signal?.removeEventListener('abort', end);
      end();
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
    ending: Ending,
  ): AsyncGenerator<ReadEvent, void, undefined> {
    for (let position = start; !ending.has;) {
      const page = await this.deps.events.readAfter(scope, filter, position, PAGE);
      if (position < page.prunedSeq) throw cursorExpired();
      for (const event of page.events) {
        if (ending.has) return;
        yield { ...event, cursor: this.cursorOf(scope, event.seq) };
      }
      position = page.throughSeq;
      if (!page.caughtUp) continue;
      if (page.jobFinished || ending.has) return;
      for await (const event of this.live(scope, filter, position, ending)) {
        yield event;
        position = event.seq;
      }
    }
  }

  /** What comes after `position`, until the reader has to look for itself. */
  private async *live(
    scope: TenantScope,
    filter: EventFilter,
    position: bigint,
    ending: Ending,
  ): AsyncGenerator<ReadEvent, void, undefined> {
    const follower = this.feed.join(scope, filter, position);
    if (!follower) return;
    ending.onEnd = () => follower.mustRead();
    try {
      for (let events = await follower.next(); events.length > 0; events = await follower.next()) {
        for (const event of events) {
          if (ending.has) return;
          yield event;
        }
      }
    } finally {
      ending.onEnd = undefined;
      follower.leave();
    }
  }
}

function cursorExpired(): DomainError {
  return new DomainError(
    'CURSOR_EXPIRED',
    'The events after this cursor are no longer kept. Read the current state, then subscribe without a cursor.',
  );
}

/** Whether a reader is to end. There is one for each subscription: an AbortController would be heavy. */
class Ending {
  has = false;
  /** Called once, when it is to end now. */
  onEnd: (() => void) | undefined;

  now(): void {
    this.has = true;
    this.onEnd?.();
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
