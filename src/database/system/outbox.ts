import type { OutboxMessage } from '../../records/outbox';
import type { Database } from '../database';

/** Beyond what sending may take: the time to lock and to delete. */
const MARGIN_MS = 5_000;

/** The platform's side of the outbox: sees every tenant's messages. */
export class Outbox {
  constructor(private readonly database: Database) {}

  /**
   * Locks the oldest messages that nobody else is sending, at most `limit`, and deletes those that `send` reports as
   * being on the queue. The lock ends with the transaction, or with the process that held it.
   *
   * @param jobNames jobs that this version knows. Messages for others wait for a version that knows theirs.
   * @param timeoutMs how long `send` may take; afterwards nothing is deleted.
   * @returns how many were locked and how many of them are on the queue.
   */
  async deliver(
    jobNames: readonly string[],
    limit: number,
    timeoutMs: number,
    send: (messages: readonly OutboxMessage[]) => Promise<readonly string[]>,
  ) {
    return this.database.system.$transaction(
      async (tx) => {
        const messages = await tx.$queryRaw<OutboxMessage[]>`
          SELECT id, tenant_id AS "tenantId", job_name AS "jobName", payload, priority
            FROM outbox WHERE job_name = ANY(${[...jobNames]}::text[])
           ORDER BY created_at, id LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
        if (messages.length === 0) return { taken: 0, sent: 0 };
        const sentIds = [...(await send(messages))];
        if (sentIds.length > 0) await tx.$executeRaw`DELETE FROM outbox WHERE id = ANY(${sentIds}::uuid[])`;
        return { taken: messages.length, sent: sentIds.length };
      },
      { timeout: timeoutMs + MARGIN_MS, maxWait: MARGIN_MS },
    );
  }

  /** Jobs other than `jobNames` that messages wait for: a newer version wrote them. */
  async listOtherJobNames(jobNames: readonly string[]): Promise<string[]> {
    const rows = await this.database.system.$queryRaw<{ name: string }[]>`
      SELECT DISTINCT job_name AS name FROM outbox WHERE job_name <> ALL(${[...jobNames]}::text[]) ORDER BY job_name`;
    return rows.map((row) => row.name);
  }
}
