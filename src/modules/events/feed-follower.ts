import type { EventFilter, ReadEvent } from '../../domain/events';

/** Events that wait for a slow reader; one that has more waiting reads them by itself when it comes to them. */
const MOST_WAITING = 200;

/** One reader's place in a feed. */
export class FeedFollower {
  private waiting: ReadEvent[] = [];
  private failure: { readonly error: unknown } | undefined;
  private hasLeft = false;
  private wake: (() => void) | undefined;

  /**
   * @param position what its reader has read up to.
   * @param onLeave takes it out of the feed.
   */
  constructor(
    private readonly filter: EventFilter,
    private position: bigint,
    private readonly onLeave: () => void,
  ) {}

  get followsJob(): boolean {
    return 'jobId' in this.filter;
  }

  /** Takes an event of its job or its collection, if it wants it and does not have it. */
  give(event: ReadEvent): void {
    if (event.seq <= this.position || !this.wants(event)) return;
    if (this.waiting.length >= MOST_WAITING) return this.mustRead();
    this.waiting.push(event);
    this.position = event.seq;
    this.wake?.();
  }

  /** There is something to see that the feed does not tell: the reader takes what waits, then looks for itself. */
  mustRead(): void {
    this.leave();
    this.wake?.();
  }

  fail(error: unknown): void {
    this.failure = { error };
    this.mustRead();
  }

  /** It is given nothing more. */
  leave(): void {
    if (this.hasLeft) return;
    this.hasLeft = true;
    this.onLeave();
  }

  /**
   * The next events, as soon as there are any.
   * @returns none when the reader has to look for itself, or `stop` was called.
   * @throws whatever the feed met with.
   */
  async next(): Promise<readonly ReadEvent[]> {
    if (this.waiting.length === 0 && !this.hasLeft) await new Promise<void>((resolve) => (this.wake = resolve));
    this.wake = undefined;
    if (this.waiting.length === 0 && this.failure) throw this.failure.error;
    return this.waiting.splice(0);
  }

  private wants({ jobId, collectionId, type }: ReadEvent): boolean {
    const { filter } = this;
    if ('jobId' in filter) return jobId === filter.jobId;
    return collectionId === filter.collectionId && (filter.types?.includes(type) ?? true);
  }
}
