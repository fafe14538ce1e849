import type { EventFilter, StoredEvent } from '../domain/events';
import type { TenantScope } from '../domain/tenant-scope';

/** A page of events, and how far the reader has come with it: all parts seen in one snapshot. */
export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Nothing that passes the filter lies between the last event and this number: read on after it. */
  readonly throughSeq: bigint;
  /** Events at or below this number are no longer kept. */
  readonly prunedSeq: bigint;
  /** Whether the page reached the tenant's newest event. */
  readonly caughtUp: boolean;
  /** Of a job filter: whether the job was finished (or gone) in this snapshot. */
  readonly jobFinished: boolean;
}

export interface EventRepository {
  /** Events after `afterSeq` (exclusive), ascending, at most `limit`. */
  readAfter(scope: TenantScope, filter: EventFilter, afterSeq: bigint, limit: number): Promise<EventPage>;
  /** The newest number given out and the newest one pruned. */
  bounds(scope: TenantScope): Promise<{ readonly lastSeq: bigint; readonly prunedSeq: bigint }>;
  /** Whether what the filter names is the tenant's. */
  exists(scope: TenantScope, filter: EventFilter): Promise<boolean>;
}
