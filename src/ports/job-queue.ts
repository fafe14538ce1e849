import type { JobDefinition, JobPayload } from '../records/job-definition';

/** Thrown by a handler for what will never succeed: no further delivery. */
export class PermanentJobError extends Error {}

export interface JobDelivery<Payload> {
  /** What it was enqueued under. */
  readonly id: string;
  readonly payload: Payload;
  /** 1 for the first delivery. A stalled redelivery does not count. */
  readonly attempt: number;
  readonly isLastAttempt: boolean;
  /** Aborted when the process is draining or the delivery's lock is lost: stop between items and throw. */
  readonly signal: AbortSignal;
}

export interface RegisteredHandler {
  /** How many run at once in this process. @default the definition's */
  readonly concurrency?: number;
  readonly definition: JobDefinition;
  /** Its payload has been parsed by the definition's schema. */
  handle(delivery: JobDelivery<JobPayload>): Promise<void>;
}

/**
 * At-least-once delivery. Never the record: what a job did is in our own tables under unique keys, and a job run twice
 * changes nothing.
 */
export interface JobQueue {
  /**
   * @param id the outbox row's id: the same id twice is one delivery while the first is known.
   * @param priority lower goes first; 0 is the default.
   */
  enqueue<Payload extends JobPayload>(
    definition: JobDefinition<Payload>,
    id: string,
    payload: Payload,
    priority?: number,
  ): Promise<void>;
  /** Starts consuming. Start-up fails on a queue's job with no handler or two. Call once a process. */
  consume(handlers: readonly RegisteredHandler[]): Promise<void>;
  ping(): Promise<void>;
  /** What the queue is known by as long as it keeps what it was given: another one tells that its server has lost it. */
  mark(): Promise<string>;
  /** Stops taking jobs, waits for running handlers up to `graceMs`, then aborts their signals and lets go. */
  close(graceMs: number): Promise<void>;
}
