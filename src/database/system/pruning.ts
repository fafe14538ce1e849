import { MOST_OWED_MS } from '../../domain/rates';
import type { TenantScope } from '../../domain/tenant-scope';
import { makeTenantScope } from '../../domain/tenant-scope-factory';
import type { Database } from '../database';

/** How far pruning has come, over all processes. */
export interface PruningState {
  /** Rows that were removed since the first start, by what they were. */
  readonly removed: readonly { readonly what: string; readonly total: number }[];
  /** Null before the first round has ended. */
  readonly secondsSinceRound: number | null;
}

/** Rounds over all tenants, one process at a time; what a round finds is removed under the tenant's wall. */
export class Pruning {
  constructor(private readonly database: Database) {}

  /**
   * Takes the round that is under way, or begins the next one when it is due, for `leaseMs`.
   * @returns the tenant after which it goes on (null: the first); undefined when another process has it, or none is due.
   */
  async take(owner: string, leaseMs: number): Promise<{ afterTenant: string | null } | undefined> {
    const rows = await this.database.system.$queryRaw<{ after_tenant: string | null }[]>`
      UPDATE pruning_rounds SET owner = ${owner}, lease_until = now() + make_interval(secs => ${leaseMs / 1000})
       WHERE (owner IS NULL OR owner = ${owner} OR lease_until < now())
         AND (after_tenant IS NOT NULL OR next_round_at <= now())
      RETURNING after_tenant`;
    return rows[0] && { afterTenant: rows[0].after_tenant };
  }

  /** Keeps the round. @returns false when another process has taken it. */
  async keep(owner: string, leaseMs: number): Promise<boolean> {
    const kept = await this.database.system.$executeRaw`
      UPDATE pruning_rounds SET lease_until = now() + make_interval(secs => ${leaseMs / 1000}) WHERE owner = ${owner}`;
    return kept === 1;
  }

  /** Notes that the round has seen to this tenant. */
  async advance(owner: string, tenantId: string): Promise<void> {
    await this.database.system.$executeRaw`
      UPDATE pruning_rounds SET after_tenant = ${tenantId}::uuid WHERE owner = ${owner}`;
  }

  /** Lets another process go on. */
  async release(owner: string): Promise<void> {
    await this.database.system.$executeRaw`
      UPDATE pruning_rounds SET owner = NULL, lease_until = NULL WHERE owner = ${owner}`;
  }

  /** Ends the round. @param pauseMs until the next one. */
  async finish(owner: string, pauseMs: number): Promise<void> {
    await this.database.system.$executeRaw`
      UPDATE pruning_rounds
         SET owner = NULL, lease_until = NULL, after_tenant = NULL, finished_at = now(),
             next_round_at = now() + make_interval(secs => ${pauseMs / 1000})
       WHERE owner = ${owner}`;
  }

  async count(what: string, rows: number): Promise<void> {
    await this.database.system.$executeRaw`
      INSERT INTO pruned_rows (what, total) VALUES (${what}, ${rows})
      ON CONFLICT (what) DO UPDATE SET total = pruned_rows.total + EXCLUDED.total`;
  }

  async state(): Promise<PruningState> {
    const removed = await this.database.system.$queryRaw<{ what: string; total: number }[]>`
      SELECT what, total::float8 AS total FROM pruned_rows ORDER BY what`;
    const rounds = await this.database.system.$queryRaw<{ seconds: number | null }[]>`
      SELECT EXTRACT(EPOCH FROM now() - finished_at)::float8 AS seconds FROM pruning_rounds`;
    return { removed, secondsSinceRound: rounds[0]?.seconds ?? null };
  }

  /** Tenants that are not being deleted, after `afterTenant` in the order of their ids. */
  async listTenants(afterTenant: string | null, limit: number): Promise<TenantScope[]> {
    const rows = await this.database.system.tenant.findMany({
      where: { status: { not: 'DELETING' }, ...(afterTenant === null ? {} : { id: { gt: afterTenant } }) },
      select: { id: true },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map((row) => makeTenantScope(row.id));
  }

  /** Removes messages that were given to the queue before `before` and whose job has ended or is gone. @returns how many. */
  async pruneOutbox(before: Date, limit: number): Promise<number> {
    return this.database.system.$executeRaw`
      DELETE FROM outbox WHERE id = ANY(ARRAY(
             SELECT o.id FROM outbox o
              WHERE o.admitted_at < ${before}
                AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = o.job_id AND j.state IN ('QUEUED', 'IN_PROGRESS'))
              LIMIT ${limit}))`;
  }

  /** Removes buckets of rates that are full again, at most `limit`. @returns how many. */
  async pruneRateBuckets(limit: number): Promise<number> {
    return this.database.system.$executeRaw`
      DELETE FROM rate_buckets WHERE id = ANY(ARRAY(
             SELECT id FROM rate_buckets WHERE at < now() - make_interval(secs => ${MOST_OWED_MS / 1000}) LIMIT ${limit}))`;
  }
}
