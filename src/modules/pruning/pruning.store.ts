import type { Database } from '../../database';
import type { TenantScope } from '../../domain/tenant-scope';

/** A collection, as pruning looks at it. */
export interface PrunableCollection {
  readonly id: string;
  /** Null: it keeps its faces. */
  readonly retentionDays: number | null;
}

/** Jobs of one batch: the items of a job of the largest size are some batches. */
const JOBS = 100;

/** What a tenant has of the past, a batch at a time. Each statement looks at little more rows than it removes. */
export class PruningStore {
  constructor(private readonly database: Database) {}

  async listCollections(scope: TenantScope): Promise<PrunableCollection[]> {
    return this.database.read(scope, (tx) =>
      tx.collection.findMany({
        where: { state: 'ACTIVE' },
        select: { id: true, retentionDays: true },
        orderBy: { id: 'asc' },
      }),
    );
  }

  /**
   * Removes the oldest events, at most `limit`, up to the first that is not older than `before`. Whoever goes on after
   * one of these is told CURSOR_EXPIRED.
   * @returns how many.
   */
  async pruneEvents(scope: TenantScope, before: Date, limit: number): Promise<number> {
    return this.database.maintain(scope, async (tx) => {
      const counter = await tx.tenantCounter.findUniqueOrThrow({ where: { tenantId: scope.tenantId } });
      // Numbers have no gaps, so a range of them is the batch, whatever the planner knows of the table.
      const { prunedSeq } = counter;
      const [edge] = await tx.$queryRaw<{ through: bigint | null }[]>`
        WITH oldest AS (
          SELECT seq, created_at FROM events
           WHERE tenant_id = ${scope.tenantId}::uuid AND seq > ${prunedSeq} AND seq <= ${prunedSeq + BigInt(limit)})
        SELECT COALESCE((SELECT min(seq) - 1 FROM oldest WHERE created_at >= ${before}),
                        (SELECT max(seq) FROM oldest)) AS through`;
      const through = edge?.through ?? null;
      if (through === null) return 0;
      const removed = await tx.$executeRaw`
        DELETE FROM events
         WHERE tenant_id = ${scope.tenantId}::uuid AND seq > ${prunedSeq} AND seq <= ${through}`;
      if (removed === 0) return 0;
      // Last: everything that happens to the tenant waits for this row.
      await tx.$executeRaw`
        UPDATE tenant_counters SET pruned_seq = GREATEST(pruned_seq, ${through}) WHERE tenant_id = ${scope.tenantId}::uuid`;
      return removed;
    });
  }

  /** Removes recorded operations on who is who that are older than `before`, at most `limit`. @returns how many. */
  async pruneOperations(scope: TenantScope, collectionId: string, before: Date, limit: number): Promise<number> {
    return this.database.maintain(
      scope,
      (tx) => tx.$executeRaw`
        DELETE FROM operations WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM operations WHERE collection_id = ${collectionId}::uuid AND created_at < ${before}
                ORDER BY id LIMIT ${limit}))`,
    );
  }

  /**
   * Removes items of jobs that ended before `before`, at most `limit`, and the jobs that have none left.
   * @returns how many rows of both.
   */
  async pruneJobs(scope: TenantScope, before: Date, limit: number): Promise<number> {
    return this.database.maintain(scope, async (tx) => {
      // Whoever retries or ends one of them at this moment keeps it. What a worker has left in the store, only the
      // item's row still names.
      const jobs = await tx.$queryRaw<{ id: string }[]>`
        SELECT j.id FROM jobs j
         WHERE j.tenant_id = ${scope.tenantId}::uuid AND j.finished_at < ${before}
           AND j.state IN ('SUCCEEDED', 'FAILED', 'CANCELLED')
           AND NOT EXISTS (SELECT 1 FROM job_items i WHERE i.job_id = j.id AND i.has_leftover)
         ORDER BY j.finished_at LIMIT ${JOBS} FOR UPDATE OF j SKIP LOCKED`;
      if (jobs.length === 0) return 0;
      const ids = jobs.map((job) => job.id);
      const items = await tx.$executeRaw`
        DELETE FROM job_items WHERE ctid = ANY(ARRAY(
               SELECT i.ctid FROM unnest(${ids}::uuid[]) AS j(id)
                CROSS JOIN LATERAL (SELECT ctid FROM job_items WHERE job_id = j.id ORDER BY ordinal LIMIT ${limit}) i
                LIMIT ${limit}))`;
      if (items === limit) return items;
      return items + (await tx.$executeRaw`DELETE FROM jobs WHERE id = ANY(${ids}::uuid[])`);
    });
  }
}
