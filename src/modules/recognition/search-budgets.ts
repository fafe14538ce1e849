import { DomainError } from '../../domain/errors';

/** Whose budget it is, and how large. Keys with READ have none: they may read the gallery anyway. */
export interface BudgetHolder {
  readonly apiKeyId: string;
  /** Of one person, an hour; null: no limit. */
  readonly maxNearMatches: number | null;
  /** Distinct persons, an hour; null: no limit. */
  readonly maxPersonsNamed: number | null;
}

export const BUDGETS = ['NEAR_MATCHES', 'PERSONS_NAMED'] as const;
export type Budget = (typeof BUDGETS)[number];

/** The budgets are an hour's, in milliseconds. */
const PERIOD_MS = 3_600_000;
/** Keys that are remembered, and persons of each: those asked about longest ago are forgotten first. */
const MAX_KEYS = 10_000;
const MAX_PERSONS = 10_000;
/** A refusal is told the audit at most so often for each budget of a key. */
const TELL_EVERY_MS = 60_000;

/** How full a bucket was at a time; it empties evenly within the period. */
interface Bucket {
  level: number;
  atMs: number;
}

interface Spent {
  /** By person. */
  readonly near: Map<string, Bucket>;
  /** When each person was named last, the longest ago first. */
  readonly named: Map<string, number>;
  readonly toldAtMs: Map<Budget, number>;
}

/**
 * What a key that may only search can find out: a score is an oracle, by which an image can be changed step by step until it passes for
 * somebody, and a key that was lost names strangers. So it may come near one person only so often, and name only so many. Counted in
 * this process, on a clock that is never set back.
 */
export class SearchBudgets {
  private readonly spent = new Map<string, Spent>();
  private readonly refused: Record<Budget, number> = { NEAR_MATCHES: 0, PERSONS_NAMED: 0 };

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** Refusals since the start. */
  refusals(): Readonly<Record<Budget, number>> {
    return { ...this.refused };
  }

  /**
   * Takes one of the times that the key may come near the person without being clearly them.
   * @throws DomainError RATE_LIMITED, with `details.budget` and `retryAfterMs`.
   */
  takeNear(holder: BudgetHolder, personId: string): void {
    const { maxNearMatches: most } = holder;
    if (most === null) return;
    const bucket = this.bucketOf(holder, personId, most);
    if (bucket.level + 1 > most) {
      const waitMs = most === 0 ? PERIOD_MS : ((bucket.level + 1 - most) * PERIOD_MS) / most;
      throw this.refusal('NEAR_MATCHES', waitMs, 'This key has come near this person too often in the last hour.');
    }
    bucket.level += 1;
  }

  /** Gives a time back: it was clearly them. */
  giveNearBack(holder: BudgetHolder, personId: string): void {
    const bucket = this.spent.get(holder.apiKeyId)?.near.get(personId);
    if (bucket) bucket.level = Math.max(0, bucket.level - 1);
  }

  /**
   * Counts the persons that are about to be named, all or none.
   * @throws DomainError RATE_LIMITED, with `details.budget` and `retryAfterMs`.
   */
  name(holder: BudgetHolder, personIds: readonly string[]): void {
    const { maxPersonsNamed: most } = holder;
    if (most === null || personIds.length === 0) return;
    const { named } = this.of(holder);
    const nowMs = this.nowMs();
    for (const [personId, atMs] of named) {
      if (nowMs - atMs < PERIOD_MS) break;
      named.delete(personId);
    }
    const fresh = [...new Set(personIds)].filter((personId) => !named.has(personId));
    const over = named.size + fresh.length - most;
    if (over > 0) {
      const times = [...named.values()];
      const frees = times[Math.min(over, times.length) - 1];
      const waitMs = frees === undefined ? PERIOD_MS : frees + PERIOD_MS - nowMs;
      throw this.refusal('PERSONS_NAMED', waitMs, 'This key has named too many different persons in the last hour.');
    }
    for (const personId of personIds) {
      named.delete(personId);
      named.set(personId, nowMs);
    }
  }

  /** Whether the audit is to be told of this refusal: the first one in a minute. */
  isNews(holder: BudgetHolder, budget: Budget): boolean {
    const { toldAtMs } = this.of(holder);
    const nowMs = this.nowMs();
    const last = toldAtMs.get(budget);
    if (last !== undefined && nowMs - last < TELL_EVERY_MS) return false;
    toldAtMs.set(budget, nowMs);
    return true;
  }

  private bucketOf(holder: BudgetHolder, personId: string, most: number): Bucket {
    const { near } = this.of(holder);
    const nowMs = this.nowMs();
    const known = near.get(personId) ?? { level: 0, atMs: nowMs };
    const bucket = { level: Math.max(0, known.level - ((nowMs - known.atMs) * most) / PERIOD_MS), atMs: nowMs };
    keepNewest(near, personId, bucket, MAX_PERSONS);
    return bucket;
  }

  private of({ apiKeyId }: BudgetHolder): Spent {
    const spent = this.spent.get(apiKeyId) ?? { near: new Map(), named: new Map(), toldAtMs: new Map() };
    keepNewest(this.spent, apiKeyId, spent, MAX_KEYS);
    return spent;
  }

  private refusal(budget: Budget, waitMs: number, sentence: string): DomainError {
    this.refused[budget] += 1;
    return new DomainError('RATE_LIMITED', `${sentence} Try again later, or use a key with the scope READ.`, {
      details: { budget, retryAfterMs: Math.max(1, Math.ceil(waitMs)) },
    });
  }
}

/** Puts it last, and forgets the first where there are too many. */
function keepNewest<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  const first = map.size > most ? map.keys().next() : undefined;
  if (first && !first.done) map.delete(first.value);
}
