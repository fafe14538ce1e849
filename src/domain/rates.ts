import type { TenantLimits } from './tenant';
import { MEGABYTE } from './units';

/** What is counted by the hour. */
export const RATES = ['SEARCHES', 'FACES', 'UPLOADS', 'BYTES'] as const;
export type Rate = (typeof RATES)[number];

/** How much of each; what is left out is nothing. */
export type Amounts = Readonly<Partial<Record<Rate, number>>>;

/** An empty bucket is full again after this, in milliseconds: what a limit allows an hour is also what may come at one moment. */
export const PERIOD_MS = 3_600_000;
/** A debt is never more than one more bucket: whoever has it is served again after an hour. */
export const MOST_OWED_MS = 2 * PERIOD_MS;

/** One limit of one holder. */
export interface Bucket {
  /** Begins with the id of its tenant. */
  readonly id: string;
  readonly rate: Rate;
  readonly of: 'TENANT' | 'KEY';
  /** Most that is in it, and how much of it comes back an hour; above 0. */
  readonly capacity: number;
}

/** How much a bucket lacks: `owedMs` after `atMs` it is full. The theoretical arrival time of GCRA is their sum. */
export interface Level {
  readonly owedMs: number;
  readonly atMs: number;
}

/** What is still owed now. A clock that was set back brings nothing back and takes nothing. */
export function owedAt({ owedMs, atMs }: Level, nowMs: number): number {
  return Math.max(0, owedMs - Math.max(0, nowMs - atMs));
}

/** What so much of a bucket is in time. */
export function costMs(amount: number, capacity: number): number {
  return (amount * PERIOD_MS) / capacity;
}

/** What is in a bucket that owes so much; negative: a debt. */
export function remainingOf(owedMs: number, capacity: number): number {
  return ((PERIOD_MS - owedMs) * capacity) / PERIOD_MS;
}

/** How long until a bucket that owes so much has this amount. */
export function waitMsFor(amount: number, owedMs: number, capacity: number): number {
  return Math.max(0, owedMs + costMs(amount, capacity) - PERIOD_MS);
}

/** What is owed with so much more (negative: less) taken, whatever is in the bucket. */
export function owedWith(amount: number, owedMs: number, capacity: number): number {
  return Math.min(MOST_OWED_MS, Math.max(0, owedMs + costMs(amount, capacity)));
}

type RateLimit = 'maxSearchesHourly' | 'maxFacesAnalyzedHourly' | 'maxUploadsHourly' | 'maxUploadMegabytesHourly';

/** Of each rate: the limit that an operator sets, how many of the rate one of the limit is, and what people call it. */
export const RATE_LIMITS: Readonly<
  Record<Rate, { readonly limit: RateLimit; readonly unit: number; readonly what: string }>
> = {
  SEARCHES: { limit: 'maxSearchesHourly', unit: 1, what: 'searches' },
  FACES: { limit: 'maxFacesAnalyzedHourly', unit: 1, what: 'analysed faces' },
  UPLOADS: { limit: 'maxUploadsHourly', unit: 1, what: 'uploads' },
  BYTES: { limit: 'maxUploadMegabytesHourly', unit: MEGABYTE, what: 'MB of uploads' },
};

/** Whose rates they are. */
export interface RateHolder {
  readonly tenantId: string;
  /** Null: it is not known. */
  readonly apiKeyId: string | null;
  readonly limits: TenantLimits;
}

/** The limits that a holder meets in a rate, in the units of the rate; the tenant's first. Empty: none. */
export function bucketsOf(rate: Rate, { tenantId, apiKeyId, limits }: RateHolder): Bucket[] {
  const { limit, unit } = RATE_LIMITS[rate];
  const most = limits[limit];
  if (most === null) return [];
  const capacity = most * unit;
  const tenant: Bucket = { id: `${tenantId}/${rate}`, rate, of: 'TENANT', capacity };
  const share = limits.maxKeySharePercent;
  if (share === null || apiKeyId === null) return [tenant];
  const key: Bucket = { id: `${tenantId}/${apiKeyId}/${rate}`, rate, of: 'KEY', capacity: (capacity * share) / 100 };
  return [tenant, key];
}
