import { owedAt, owedWith, remainingOf, waitMsFor, type Bucket, type Level } from '../../domain/rates';
import type { BucketState, Charge, RateLimiter, Taking } from '../../ports/rate-limiter';

/** Buckets that are remembered: those asked for longest ago are forgotten first. */
const MAX_BUCKETS = 100_000;
/** Milliseconds: sums of fractions are off by less, and the last one in a bucket is not refused for it. */
const SLACK_MS = 0.001;

/** Buckets of one process alone. They are full again when it starts. */
export class MemoryRateLimiter implements RateLimiter {
  private readonly levels = new Map<string, Level>();

  /** @param nowMs a clock that is never set back. */
  constructor(
    private readonly nowMs: () => number = () => performance.now(),
    private readonly maxBuckets = MAX_BUCKETS,
  ) {}

  take(charges: readonly Charge[]): Promise<Taking> {
    const nowMs = this.nowMs();
    let refused: { bucket: Bucket; waitMs: number } | undefined;
    for (const { bucket, amount } of charges) {
      const waitMs = waitMsFor(amount, this.owed(bucket, nowMs), bucket.capacity);
      if (waitMs > SLACK_MS && waitMs > (refused?.waitMs ?? 0)) refused = { bucket, waitMs };
    }
    if (!refused) for (const charge of charges) this.add(charge, nowMs);
    const states = charges.map(({ bucket }) => this.stateOf(bucket, nowMs));
    return Promise.resolve(refused ? { taken: false, ...refused, states } : { taken: true, states });
  }

  settle(charges: readonly Charge[]): void {
    const nowMs = this.nowMs();
    for (const charge of charges) this.add(charge, nowMs);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private owed({ id }: Bucket, nowMs: number): number {
    const level = this.levels.get(id);
    return level ? owedAt(level, nowMs) : 0;
  }

  private add({ bucket, amount }: Charge, nowMs: number): void {
    const owedMs = owedWith(amount, this.owed(bucket, nowMs), bucket.capacity);
    this.levels.delete(bucket.id);
    this.levels.set(bucket.id, { owedMs, atMs: nowMs });
    const oldest = this.levels.size > this.maxBuckets ? this.levels.keys().next() : undefined;
    if (oldest && !oldest.done) this.levels.delete(oldest.value);
  }

  private stateOf(bucket: Bucket, nowMs: number): BucketState {
    return { bucket, remaining: remainingOf(this.owed(bucket, nowMs), bucket.capacity) };
  }
}
