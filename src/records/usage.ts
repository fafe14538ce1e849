import type { UsageAmounts } from '../domain/usage';

/** What a tenant used on a day with a key. */
export interface UsageRow extends UsageAmounts {
  readonly tenantId: string;
  /** UTC, as `2026-11-29`. */
  readonly day: string;
  /** Null: no key is known. */
  readonly apiKeyId: string | null;
}

/** A day's use of a tenant or of one of its keys. */
export interface UsageDayRecord extends UsageAmounts {
  /** Its first moment, UTC. */
  readonly day: Date;
}
