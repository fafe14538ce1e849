import { isJobEnd, type EventFilter, type ReadEvent, type StoredEvent } from '../../domain/events';
import type { TenantScope } from '../../domain/tenant-scope';
import type { EventBus } from '../../ports/event-bus';
import { FeedFollower } from './feed-follower';
import type { EventStore } from './event.store';
import type { EventWatch } from './event-watch';

export interface EventFeedDependencies {
  readonly events: Pick<EventStore, 'readAfter'>;
  readonly bus: Pick<EventBus, 'subscribe'>;
  /** Wakes a feed that has heard no hint. */
  readonly watch: EventWatch;
  readonly cursorOf: (scope: TenantScope, seq: bigint) => string;
}

const PAGE = 200;

/**
 * Reads the new events of each tenant once for all who follow some of them in this process, and hands them out; for keys that are
 * bound to collections, once for all of the same.
 */
export class EventFeed {
  /** By tenant and bounds. */
  private readonly tenants = new Map<string, TenantFeed>();

  constructor(private readonly deps: EventFeedDependencies) {}

  /**
   * Follows what comes after `position`, which the caller has read up to.
   * @returns undefined when more has been handed out to others already: the caller reads on by itself and comes again.
   */
  join(scope: TenantScope, filter: EventFilter, position: bigint): FeedFollower | undefined {
    const who = [scope.tenantId, ...(scope.collectionIds ?? [])].join();
    let feed = this.tenants.get(who);
    if (!feed) {
      feed = new TenantFeed(this.deps, scope, position, () => this.tenants.delete(who));
      this.tenants.set(who, feed);
    }
    return feed.join(filter, position);
  }
}

const subjectOf = (filter: EventFilter): string => ('jobId' in filter ? filter.jobId : filter.collectionId);

class TenantFeed {
  /** By the id of the job or collection that they follow. */
  private readonly followers = new Map<string, Set<FeedFollower>>();
  private readonly unsubscribe: () => void;
  private unwatch: (() => void) | undefined;
  private reading = false;
  private hinted = false;

  constructor(
    private readonly deps: EventFeedDependencies,
    private readonly scope: TenantScope,
    private position: bigint,
    private readonly onEmpty: () => void,
  ) {
    this.unsubscribe = deps.bus.subscribe(scope.tenantId, this.hint);
    // What was hinted at before that was not heard; it begins when whoever made the feed has joined it.
    queueMicrotask(this.hint);
  }

  join(filter: EventFilter, position: bigint): FeedFollower | undefined {
    if (this.position > position) return undefined;
    const subject = subjectOf(filter);
    const follower = new FeedFollower(filter, position, () => this.leave(subject, follower));
    const ofSubject = this.followers.get(subject) ?? new Set();
    this.followers.set(subject, ofSubject.add(follower));
    return follower;
  }

  private leave(subject: string, follower: FeedFollower): void {
    const ofSubject = this.followers.get(subject);
    if (!ofSubject?.delete(follower) || ofSubject.size > 0) return;
    this.followers.delete(subject);
    if (this.followers.size > 0) return;
    this.unsubscribe();
    this.unwatch?.();
    this.onEmpty();
  }

  private readonly hint = (): void => {
    this.hinted = true;
    if (!this.reading) void this.read();
  };

  /** Never throws: what goes wrong is told to all who follow. */
  private async read(): Promise<void> {
    this.reading = true;
    this.unwatch?.();
    try {
      while (this.hinted && this.followers.size > 0) {
        // What is hinted at from now on may be missing from this page.
        this.hinted = false;
        const page = await this.deps.events.readAfter(this.scope, 'ALL', this.position, PAGE);
        if (this.position < page.prunedSeq) this.forAll((follower) => follower.mustRead());
        this.handOut(page.events);
        this.position = page.throughSeq;
        if (!page.caughtUp) this.hinted = true;
      }
      if (this.followers.size > 0) this.unwatch = this.deps.watch.wait(this.scope, this.position, this.hint);
    } catch (error) {
      this.forAll((follower) => follower.fail(error));
    } finally {
      this.reading = false;
    }
  }

  private handOut(events: readonly StoredEvent[]): void {
    for (const stored of events) {
      const event: ReadEvent = { ...stored, cursor: this.deps.cursorOf(this.scope, stored.seq) };
      for (const subject of [event.jobId, event.collectionId]) {
        for (const follower of this.followers.get(subject ?? '') ?? []) follower.give(event);
      }
      // A job may be gone with its collection, and no event of its own says so.
      if (event.type === 'COLLECTION_DELETED') this.forAll((follower) => follower.followsJob && follower.mustRead());
      else if (isJobEnd(event.type)) for (const one of this.followers.get(event.jobId ?? '') ?? []) one.mustRead();
    }
  }

  private forAll(tell: (follower: FeedFollower) => unknown): void {
    for (const ofSubject of [...this.followers.values()]) for (const follower of [...ofSubject]) tell(follower);
  }
}
