import type { DispatchedJob } from '../../records/job';
import type { Database } from '../database';

/** What the dispatcher reads before it knows a tenant; nobody else. */
export class Dispatch {
  constructor(private readonly database: Database) {}

  /** @param deliveryId the message that was delivered for it. */
  async findJob(id: string, deliveryId: string): Promise<DispatchedJob | null> {
    const rows = await this.database.system.$queryRaw<DispatchedJob[]>`
      SELECT j.tenant_id AS "tenantId", t.status::text AS "tenantStatus", j.kind, j.state::text AS state,
             NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = ${deliveryId}::uuid)
             AND EXISTS (SELECT 1 FROM outbox o WHERE o.job_id = j.id) AS "isReplaced"
        FROM jobs j JOIN tenants t ON t.id = j.tenant_id WHERE j.id = ${id}::uuid`;
    return rows[0] ?? null;
  }
}
