import type { JobPayload } from './job-definition';

/** What is to be put on the queue, as it was committed beside the change that causes it. */
export interface OutboxMessage {
  /** Becomes the queue's job id, so that a message sent twice is one delivery. */
  readonly id: string;
  readonly tenantId: string;
  readonly jobName: string;
  /** As it was checked when it was written; the queue checks it again. */
  readonly payload: JobPayload;
  readonly priority: number;
}
