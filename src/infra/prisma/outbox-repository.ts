import type { OutboxRepository } from '../../ports/outbox-repository';
import type { Database } from '../../database';
import type { OutboxMessage } from '../../records/outbox';

/** Beyond what sending may take: the time to lock and to delete. */
const MARGIN_MS = 5_000;

export class PrismaOutboxRepository implements OutboxRepository {
  constructor(private readonly database: Database) {}

  async deliver(
    limit: number,
    timeoutMs: number,
    send: (messages: readonly OutboxMessage[]) => Promise<readonly string[]>,
  ) {
    return this.database.system.$transaction(
      async (tx) => {
        const messages = await tx.$queryRaw<OutboxMessage[]>`
          SELECT id, tenant_id AS "tenantId", job_name AS "jobName", payload, priority
            FROM outbox ORDER BY created_at, id LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
        if (messages.length === 0) return { taken: 0, sent: 0 };
        const sentIds = [...(await send(messages))];
        if (sentIds.length > 0) await tx.$executeRaw`DELETE FROM outbox WHERE id = ANY(${sentIds}::uuid[])`;
        return { taken: messages.length, sent: sentIds.length };
      },
      { timeout: timeoutMs + MARGIN_MS, maxWait: MARGIN_MS },
    );
  }
}
