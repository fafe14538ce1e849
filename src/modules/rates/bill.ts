import { AsyncLocalStorage } from 'node:async_hooks';
import type { Cost, CostLine } from '../../domain/cost';
import { DomainError } from '../../domain/errors';
import {
  bucketsOf,
  PERIOD_MS,
  RATE_LIMITS,
  RATES,
  type Amounts,
  type Bucket,
  type Rate,
  type RateHolder,
} from '../../domain/rates';
import type { UsageAmounts } from '../../domain/usage';
import type { BucketState, Charge, RateLimiter } from '../../ports/rate-limiter';
import type { UsageRecorder } from '../usage/usage-recorder.service';

/** Refusals since the start, by whose limit it was and of what. */
export type RefusalCounts = Map<Bucket['of'], Map<Rate, number>>;

export interface BillDependencies {
  readonly limiter: RateLimiter;
  readonly refusals: RefusalCounts;
  readonly usage: Pick<UsageRecorder, 'add'>;
}

/** What one part of an operation used, beside what was taken for it before. */
interface Tab {
  readonly used: Map<Rate, number>;
}

const current = new AsyncLocalStorage<Tab>();

/** Counts what the operation that is under way uses; where none is, as in a job, nothing is counted. */
export function countUse(rate: Rate, amount: number): void {
  const used = current.getStore()?.used;
  used?.set(rate, (used.get(rate) ?? 0) + amount);
}

interface Line {
  requested: number;
  actual: number;
}

/** What one operation is charged. Rates without a limit are not on it. */
export class Bill {
  private readonly lines = new Map<Rate, Line>();
  private readonly states = new Map<string, BucketState>();

  constructor(
    private readonly deps: BillDependencies,
    private readonly holder: RateHolder,
  ) {}

  /**
   * Takes what the work will need, does it, and settles what it needed (`countUse`): of what was taken and is not counted, faces and
   * bytes are given back; a search that failed was one.
   * @throws DomainError RATE_LIMITED with `details.retryAfterMs`; QUOTA_EXCEEDED when it wants more than there ever is; what the
   * work throws.
   */
  async charge<T>(amounts: Amounts, work: () => Promise<T>): Promise<T> {
    await this.take(amounts);
    const tab: Tab = { used: new Map() };
    try {
      return await current.run(tab, work);
    } finally {
      this.settle(amounts, tab);
    }
  }

  /** Counts what was done for its holder, beside the faces that were analysed. */
  record(amounts: Partial<UsageAmounts>): void {
    this.deps.usage.add(this.holder, amounts);
  }

  /** What there is to tell; null: nothing that has a limit was charged. */
  cost(): Cost | null {
    const charges = RATES.flatMap((rate) => this.lineOf(rate) ?? []);
    const [first, ...others] = charges;
    if (!first) return null;
    const nearest = others.reduce((one, other) => (fillOf(other) < fillOf(one) ? other : one), first);
    return { ...nearest, charges };
  }

  private async take(amounts: Amounts): Promise<void> {
    const charges = this.chargesOf(amounts);
    if (charges.length === 0) return;
    for (const { bucket, amount } of charges) if (amount > bucket.capacity) throw this.neverFits(bucket, amount);
    const taking = await this.deps.limiter.take(charges);
    this.learn(taking.states);
    for (const { bucket, amount } of charges) {
      if (bucket.of === 'TENANT') this.add(bucket.rate, amount, taking.taken ? amount : 0);
    }
    if (!taking.taken) throw this.refusal(taking.bucket, taking.waitMs);
  }

  private settle(amounts: Amounts, { used }: Tab): void {
    const faces = used.get('FACES') ?? 0;
    if (faces > 0) this.record({ facesAnalyzed: faces });
    const differences: Partial<Record<Rate, number>> = {};
    for (const rate of SETTLED) {
      const difference = (used.get(rate) ?? 0) - (amounts[rate] ?? 0);
      if (difference !== 0) differences[rate] = difference;
    }
    const charges = this.chargesOf(differences).filter(({ bucket }) => bucket.capacity > 0);
    if (charges.length === 0) return;
    this.deps.limiter.settle(charges);
    for (const { bucket, amount } of charges) {
      if (bucket.of === 'TENANT') this.add(bucket.rate, 0, amount);
      const known = this.states.get(bucket.id);
      if (known) this.states.set(bucket.id, { bucket, remaining: known.remaining - amount });
    }
  }

  private chargesOf(amounts: Amounts): Charge[] {
    return RATES.flatMap((rate) => {
      const amount = amounts[rate] ?? 0;
      return amount === 0 ? [] : bucketsOf(rate, this.holder).map((bucket) => ({ bucket, amount }));
    });
  }

  private add(rate: Rate, requested: number, actual: number): void {
    const line = this.lines.get(rate) ?? { requested: 0, actual: 0 };
    this.lines.set(rate, { requested: line.requested + requested, actual: line.actual + actual });
  }

  private learn(states: readonly BucketState[]): void {
    for (const state of states) this.states.set(state.bucket.id, state);
  }

  private lineOf(rate: Rate): CostLine | null {
    const line = this.lines.get(rate);
    if (!line) return null;
    const known = [...this.states.values()].filter(({ bucket }) => bucket.rate === rate);
    const [first, ...others] = known;
    if (!first) return null;
    const nearest = others.reduce((one, other) => (fillOfState(other) < fillOfState(one) ? other : one), first);
    const { capacity, of } = nearest.bucket;
    return {
      rate,
      of,
      ...line,
      limit: Math.floor(capacity),
      remaining: Math.floor(nearest.remaining),
      restoreRate: round((capacity * 1_000) / PERIOD_MS),
    };
  }

  private neverFits({ rate, of, capacity }: Bucket, amount: number): DomainError {
    const { what, unit, limit } = RATE_LIMITS[rate];
    const [most, wanted] = [Math.floor(capacity / unit), Math.ceil(amount / unit)];
    const remedy = most === 0 ? 'Ask' : 'Send fewer at once, or ask';
    return new DomainError(
      'QUOTA_EXCEEDED',
      `${subjectOf(of)} may have ${told(most)} ${what} an hour, and this asks for ${told(wanted)} at once. ${remedy} the operator of this server for more (${limit}).`,
      { details: { rate, of, limit: most, wanted } },
    );
  }

  private refusal({ rate, of, capacity }: Bucket, waitMs: number): DomainError {
    const counts = this.deps.refusals.get(of) ?? new Map<Rate, number>();
    counts.set(rate, (counts.get(rate) ?? 0) + 1);
    this.deps.refusals.set(of, counts);
    const { what, unit, limit } = RATE_LIMITS[rate];
    const most = Math.floor(capacity / unit);
    const retryAfterMs = Math.max(1, Math.ceil(waitMs));
    const remedy =
      of === 'KEY'
        ? `use another key of the tenant, or ask the operator of this server for a larger share of a key (maxKeySharePercent)`
        : `or ask the operator of this server for more (${limit})`;
    return new DomainError(
      'RATE_LIMITED',
      `${subjectOf(of)} has used up its ${what}: ${told(most)} an hour. Try again in ${waitOf(retryAfterMs)}, ${remedy}.`,
      { details: { rate, of, limit: most, retryAfterMs } },
    );
  }
}

/** Rates whose amount is known only after the work. */
const SETTLED: readonly Rate[] = ['FACES', 'BYTES'];

const subjectOf = (of: Bucket['of']): string => (of === 'KEY' ? 'This key' : 'This tenant');
const fillOf = ({ remaining, limit }: CostLine): number => remaining / limit;
const fillOfState = ({ remaining, bucket }: BucketState): number => remaining / bucket.capacity;
const round = (value: number): number => Math.round(value * 1_000) / 1_000;
const told = (count: number): string => count.toLocaleString('en-US');

function waitOf(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 120) return seconds === 1 ? 'a second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
