import type { Database } from '../../database';
import { Prisma } from '../../database/sql';
import type { EventFilter, EventType, StoredEvent } from '../../domain/events';
import type { TenantScope } from '../../domain/tenant-scope';
import type { EventPage } from './event-page';

interface EventRow {
  last_seq: bigint;
  pruned_seq: bigint;
  job_finished: boolean;
  seq: bigint | null;
  type: EventType;
  job_id: string | null;
  collection_id: string | null;
  payload: Record<string, unknown>;
  created_at: Date;
}

function conditionOf(filter: EventFilter | 'ALL'): Prisma.Sql {
  if (filter === 'ALL') return Prisma.sql`true`;
  if ('jobId' in filter) return Prisma.sql`e.job_id = ${filter.jobId}::uuid`;
  const ofCollection = Prisma.sql`e.collection_id = ${filter.collectionId}::uuid`;
  return filter.types ? Prisma.sql`${ofCollection} AND e.type = ANY(${[...filter.types]}::text[])` : ofCollection;
}

export class EventStore {
  constructor(private readonly database: Database) {}

  /** Events after `afterSeq` (exclusive), ascending, at most `limit`; of those that pass the filter, or all of the tenant's. */
  async readAfter(
    scope: TenantScope,
    filter: EventFilter | 'ALL',
    afterSeq: bigint,
    limit: number,
  ): Promise<EventPage> {
    const finished =
      filter !== 'ALL' && 'jobId' in filter
        ? Prisma.sql`NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = ${filter.jobId}::uuid
                                    AND j.state IN ('QUEUED', 'IN_PROGRESS'))`
        : Prisma.sql`false`;
    // One statement is one snapshot: the counter, the job's state and the events belong together.
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<EventRow[]>`
        SELECT c.event_seq AS last_seq, c.pruned_seq, ${finished} AS job_finished,
               e.seq, e.type, e.job_id, e.collection_id, e.payload, e.created_at
          FROM tenant_counters c
          LEFT JOIN LATERAL (
               SELECT * FROM events e
                WHERE e.tenant_id = c.tenant_id AND e.seq > ${afterSeq} AND ${conditionOf(filter)}
                ORDER BY e.seq LIMIT ${limit}) e ON true
         WHERE c.tenant_id = ${scope.tenantId}::uuid
         ORDER BY e.seq`,
    );
    const head = rows[0];
    if (!head) throw new Error('readAfter: the tenant has no counter');
    const events = rows.flatMap((row) => (row.seq === null ? [] : [storedEventOf(scope, row, row.seq)]));
    const caughtUp = events.length < limit;
    const lastRead = events.at(-1)?.seq ?? afterSeq;
    return {
      events,
      throughSeq: caughtUp && head.last_seq > lastRead ? head.last_seq : lastRead,
      prunedSeq: head.pruned_seq,
      caughtUp,
      jobFinished: head.job_finished,
    };
  }

  /** The newest number given out and the newest one pruned. */
  async bounds(scope: TenantScope) {
    const row = await this.database.read(scope, (tx) =>
      tx.tenantCounter.findUnique({ where: { tenantId: scope.tenantId } }),
    );
    if (!row) throw new Error('bounds: the tenant has no counter');
    return { lastSeq: row.eventSeq, prunedSeq: row.prunedSeq };
  }

  /** Whether what the filter names is the tenant's. */
  async exists(scope: TenantScope, filter: EventFilter): Promise<boolean> {
    const count = await this.database.read(scope, (tx) =>
      'jobId' in filter
        ? tx.job.count({ where: { id: filter.jobId } })
        : tx.collection.count({ where: { id: filter.collectionId } }),
    );
    return count > 0;
  }
}

function storedEventOf(scope: TenantScope, row: EventRow, seq: bigint): StoredEvent {
  return {
    tenantId: scope.tenantId,
    seq,
    type: row.type,
    ...(row.job_id ? { jobId: row.job_id } : {}),
    ...(row.collection_id ? { collectionId: row.collection_id } : {}),
    payload: row.payload,
    createdAt: row.created_at,
  };
}
