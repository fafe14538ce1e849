import type { StoredEvent } from '../../domain/events';

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
