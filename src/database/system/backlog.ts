import type { Database } from '../database';

/** Jobs of one kind that have not finished, over all tenants. */
export interface KindBacklog {
  readonly kind: string;
  readonly state: 'QUEUED' | 'IN_PROGRESS';
  readonly jobs: number;
  /** Items of theirs without an outcome; a deletion counts as one. */
  readonly items: number;
  /** Since the oldest was accepted, seconds. */
  readonly oldestSeconds: number;
}

/** How much work waits: counts only, nothing of any tenant. */
export class Backlog {
  constructor(private readonly database: Database) {}

  async read(): Promise<KindBacklog[]> {
    return this.database.system.$queryRaw<KindBacklog[]>`
      SELECT kind, state::text AS state, count(*)::int AS jobs,
             sum(greatest(total - done - failed - cancelled, 0))::int AS items,
             greatest(extract(epoch FROM now() - min(created_at)), 0)::float8 AS "oldestSeconds"
        FROM jobs WHERE state IN ('QUEUED', 'IN_PROGRESS') GROUP BY kind, state`;
  }
}
