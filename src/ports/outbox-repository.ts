import type { OutboxMessage } from '../records/outbox';

/** The platform's side of the outbox: sees every tenant's messages. */
export interface OutboxRepository {
  /**
   * Locks the oldest messages that nobody else is sending, at most `limit`, and deletes those that `send` reports as
   * being on the queue. The lock ends with the transaction, or with the process that held it.
   *
   * @param timeoutMs how long `send` may take; afterwards nothing is deleted.
   * @returns how many were locked and how many of them are on the queue.
   */
  deliver(
    limit: number,
    timeoutMs: number,
    send: (messages: readonly OutboxMessage[]) => Promise<readonly string[]>,
  ): Promise<{ readonly taken: number; readonly sent: number }>;
}
