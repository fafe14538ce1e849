/** What is to be put on the queue, as it was committed beside the change that causes it. */
export interface OutboxMessage {
  /** Becomes the queue's job id, so that a message sent twice is one delivery. */
  readonly id: string;
  readonly tenantId: string;
  readonly jobName: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly priority: number;
}
