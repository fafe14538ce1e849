import { costMs, PERIOD_MS, waitMsFor, type Bucket } from '../../domain/rates';
import type { BucketState, Charge, Lease, RateLimiter, RateStore, Taking } from '../../ports/rate-limiter';

/** A process takes so much of a bucket at once for what will come: the rest is for the others. */
const SLICE = 1 / 100;
/** What a process has used without asking is told, and what it does not use goes back, about so often. */
const SETTLE_MS = 500;
/** What nobody has asked for this long is given back. */
const IDLE_MS = 5_000;
/** Sums of fractions are off by less. */
const SLACK = 1e-6;

/** What this process has of a bucket. */
interface Held {
  bucket: Bucket;
  /** Leased and not used. */
  credit: number;
  /** Used without being leased, and not told yet; negative: to be given back. */
  owing: number;
  /** What the store had at `toldAtMs`. */
  left: number;
  toldAtMs: number;
  usedAtMs: number;
  /** A step of the store is under way. */
  isLeasing: boolean;
  /** How many wait for it: what is at hand is theirs first. */
  served: number;
  /** Who waits for the next one. */
  readonly waiting: Waiter[];
}

interface Waiter {
  readonly amount: number;
  readonly resolve: (isThere: boolean) => void;
  readonly reject: (error: unknown) => void;
}

export interface LeasingRateLimiterDependencies {
  readonly store: RateStore;
  /** Decides for this process alone while the store is away: requests neither wait for it nor are refused for it. */
  readonly fallback: RateLimiter;
  readonly onError: (error: unknown) => void;
  /** One that is never set back. @default performance.now */
  readonly nowMs?: () => number;
}

/**
 * Buckets that processes share. A process takes slices of them ahead, so that what it admits costs no round trip; it admits only
 * what it has leased, so that all together never admit too much.
 */
export class LeasingRateLimiter implements RateLimiter {
  private readonly held = new Map<string, Held>();
  private readonly timer: NodeJS.Timeout;
  private readonly nowMs: () => number;
  /** Leases ahead and settlements under way. */
  private readonly working = new Set<Promise<void>>();
  private isSettling = false;

  constructor(private readonly deps: LeasingRateLimiterDependencies) {
    this.nowMs = deps.nowMs ?? (() => performance.now());
    this.timer = setInterval(() => this.settleSoon(), SETTLE_MS);
    this.timer.unref();
  }

  async take(charges: readonly Charge[]): Promise<Taking> {
    const reserved: { held: Held; amount: number }[] = [];
    const giveBack = (): void => {
      for (const { held, amount } of reserved) held.credit += amount;
    };
    let refused: { bucket: Bucket; waitMs: number } | undefined;
    try {
      for (const { bucket, amount } of charges) {
        const held = this.heldOf(bucket);
        if (await this.reserve(held, amount)) reserved.push({ held, amount });
        else {
          const waitMs = waitFor(amount, held);
          if (waitMs > (refused?.waitMs ?? 0)) refused = { bucket, waitMs };
        }
      }
    } catch (error) {
      giveBack();
      this.deps.onError(error);
      return this.deps.fallback.take(charges);
    }
    if (refused) giveBack();
    const states = charges.map(({ bucket }) => this.stateOf(this.heldOf(bucket)));
    return refused ? { taken: false, ...refused, states } : { taken: true, states };
  }

  settle(charges: readonly Charge[]): void {
    for (const { bucket, amount } of charges) {
      const held = this.heldOf(bucket);
      if (held.credit >= amount) held.credit -= amount;
      else held.owing += amount;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.working);
    await this.settleAll(0);
    await this.deps.store.close();
  }

  private heldOf(bucket: Bucket): Held {
    const nowMs = this.nowMs();
    let held = this.held.get(bucket.id);
    if (!held) {
      const told = { left: bucket.capacity, toldAtMs: nowMs };
      held = { bucket, credit: 0, owing: 0, ...told, usedAtMs: nowMs, isLeasing: false, served: 0, waiting: [] };
      this.held.set(bucket.id, held);
    }
    // Its limit may have been changed.
    held.bucket = bucket;
    held.usedAtMs = nowMs;
    return held;
  }

  /** Takes so much of what is at hand, or waits for what is leased. @returns false where there is not as much. */
  private reserve(held: Held, amount: number): boolean | Promise<boolean> {
    if (held.served === 0 && held.waiting.length === 0 && held.credit >= amount) {
      held.credit -= amount;
      if (held.credit <= sliceOf(held.bucket) / 2 && sliceOf(held.bucket) >= 1) this.lease(held);
      return true;
    }
    return new Promise((resolve, reject) => {
      held.waiting.push({ amount, resolve, reject });
      this.lease(held);
    });
  }

  private lease(held: Held): void {
    if (held.isLeasing) return;
    held.isLeasing = true;
    this.follow(this.serve(held));
  }

  /** One step of the store at a time, for all who wait and a slice for who comes. */
  private async serve(held: Held): Promise<void> {
    do {
      const served = held.waiting.splice(0);
      held.served = served.length;
      try {
        await this.fetch(held, served);
        for (const { amount, resolve } of served) {
          const isThere = held.credit >= amount - SLACK;
          if (isThere) held.credit = Math.max(0, held.credit - amount);
          resolve(isThere);
        }
      } catch (error) {
        if (served.length === 0) this.deps.onError(error);
        for (const { reject } of served) reject(error);
      }
      held.served = 0;
    } while (held.waiting.length > 0);
    held.isLeasing = false;
  }

  private async fetch(held: Held, served: readonly Waiter[]): Promise<void> {
    const amounts = served.map(({ amount }) => amount);
    const wanted = amounts.reduce((sum, amount) => sum + amount, sliceOf(held.bucket)) - held.credit;
    if (wanted <= 0) return;
    // A debt of this process counts for it at once.
    await this.tell(held, held.owing);
    const needed = amounts.length > 0 ? Math.max(0, Math.min(...amounts) - held.credit) : 0;
    const lease = await this.deps.store.lease(held.bucket, needed, wanted);
    held.credit += this.learn(held, lease).granted;
  }

  private learn(held: Held, lease: Lease): Lease {
    held.left = lease.remaining;
    held.toldAtMs = this.nowMs();
    return lease;
  }

  private stateOf(held: Held): BucketState {
    const { bucket, credit, owing } = held;
    return { bucket, remaining: Math.min(bucket.capacity, leftAt(held, this.nowMs()) + credit - owing) };
  }

  private settleSoon(): void {
    if (this.isSettling) return;
    this.isSettling = true;
    this.follow(this.settleAll(IDLE_MS).finally(() => (this.isSettling = false)));
  }

  /** Tells what was used, and gives back what was not asked for in so long. */
  private async settleAll(idleMs: number): Promise<void> {
    const nowMs = this.nowMs();
    for (const [id, held] of this.held) {
      const isIdle = nowMs - held.usedAtMs >= idleMs && !held.isLeasing;
      const amount = held.owing - (isIdle ? held.credit : 0);
      if (isIdle) held.credit = 0;
      if (amount === 0 && isIdle) this.held.delete(id);
      await this.tell(held, amount);
    }
  }

  /** Tells the store that so much was used, which is all that is owing. */
  private async tell(held: Held, amount: number): Promise<void> {
    held.owing = 0;
    if (amount === 0) return;
    try {
      this.learn(held, await this.deps.store.charge(held.bucket, amount));
    } catch (error) {
      held.owing += amount;
      throw error;
    }
  }

  private follow(work: Promise<void>): void {
    const followed = work.catch(this.deps.onError).finally(() => this.working.delete(followed));
    this.working.add(followed);
  }
}

const sliceOf = ({ capacity }: Bucket): number => Math.floor(capacity * SLICE);

/** What the store has about now. */
function leftAt({ bucket, left, toldAtMs }: Held, nowMs: number): number {
  return Math.min(bucket.capacity, left + ((nowMs - toldAtMs) * bucket.capacity) / PERIOD_MS);
}

function waitFor(amount: number, { bucket, left }: Held): number {
  return Math.max(1, waitMsFor(amount, PERIOD_MS - costMs(left, bucket.capacity), bucket.capacity));
}
