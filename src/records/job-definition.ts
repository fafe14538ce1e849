import type { z } from 'zod';

/** What every job's payload holds. An alias, since an interface is no JSON object to Prisma: it may be added to. */
export type JobPayload = {
  readonly jobId: string;
  readonly requestId: string;
};

/**
 * A kind of background work. Declared in `modules/<feature>/*.kind.ts`; its payload is parsed at enqueue and dequeue.
 * Payloads hold ids, never bytes, vectors, secrets or names.
 */
export interface JobDefinition<Payload extends JobPayload = JobPayload> {
  /** Imperative kebab: `enroll-images`. */
  readonly name: string;
  /** Plural kebab noun: `enrollments`. */
  readonly queue: string;
  readonly schema: z.ZodType<Payload>;
  readonly options: JobOptions;
}

export interface JobOptions {
  /** Deliveries before a throwing handler gives up. */
  readonly attempts: number;
  readonly backoffMs: number;
  /** Handlers of this queue that one process runs at once, unless they say otherwise. */
  readonly concurrency: number;
}

declare const checked: unique symbol;

/** What is in a message, and what it takes of its tenant's turns. */
export interface CostedMessage {
  readonly payload: JobPayload;
  /** Of its turn: how many images it carries, or what is worth as much. */
  readonly cost: number;
}

/** A message for the queue, as it is written beside the change that causes it. Only {@link messageFor} makes one. */
export interface NewMessage extends CostedMessage {
  /** Of the type alone: what no definition has checked is no message. */
  readonly [checked]: true;
  readonly jobName: string;
}

/**
 * A message for one job, whose definition says what it must hold.
 * @param cost how many images it carries, or what is worth as much.
 */
export function messageFor<Payload extends JobPayload>(
  definition: JobDefinition<Payload>,
  payload: NoInfer<Payload>,
  cost = 1,
): NewMessage {
  const message: Omit<NewMessage, typeof checked> = { jobName: definition.name, payload, cost };
  return message as NewMessage;
}
