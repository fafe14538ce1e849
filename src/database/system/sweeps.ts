import type { TenantScope } from '../../domain/tenant-scope';
import { makeTenantScope } from '../../domain/tenant-scope-factory';
import type { StuckJob } from '../../records/job';
import type { Database } from '../database';
import { stillSince } from '../job-movement';

/** An upload whose bytes nobody needs any more. */
export interface UnneededUpload {
  readonly scope: TenantScope;
  readonly id: string;
}

/** Names of kinds of jobs: those that are known here, and those that run for a tenant in deletion. */
export interface KindsToSweep {
  readonly names: readonly string[];
  readonly namesInDeletion: readonly string[];
}

/** What is left lying about, over all tenants. What a sweep finds, it works on under the tenant's wall. */
export class Sweeps {
  constructor(private readonly database: Database) {}

  /**
   * Unfinished jobs of the known kinds, of active tenants, that are at their turn and do not move: no message of them waits or was admitted
   * in the last `quietMs` before `now`, and nothing of them moved since then. A job that was swept k times has to be still
   * for 2^k times as long (at most 16).
   */
  async listStuckJobs(now: Date, quietMs: number, kinds: KindsToSweep, limit: number): Promise<StuckJob[]> {
    const rows = await this.database.system.$queryRaw<{ id: string; tenant_id: string }[]>`
      SELECT j.id, j.tenant_id FROM jobs j JOIN tenants t ON t.id = j.tenant_id
       WHERE ${stillSince(now, quietMs)} AND (t.status = 'ACTIVE' OR (t.status = 'DELETING' AND j.kind = ANY(${[...kinds.namesInDeletion]}::text[])))
         AND j.kind = ANY(${[...kinds.names]}::text[])
         AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.job_id = j.id AND (o.admitted_at IS NULL
                          OR o.admitted_at > ${now}::timestamptz - make_interval(secs => ${quietMs / 1000}::float8)))
       ORDER BY j.updated_at LIMIT ${limit}`;
    return rows.map((row) => ({ id: row.id, scope: makeTenantScope(row.tenant_id) }));
  }

  /**
   * Tenants in deletion whose removal is not under way: the process that marked them stopped before it wrote the job.
   * What "under way" means is said here and, of one tenant, in `DeletionStore.requestTenantDeletion`: change both.
   * @param deletionKind the kind of the jobs that remove tenants.
   */
  async listForgottenTenants(deletionKind: string, limit: number): Promise<TenantScope[]> {
    const rows = await this.database.system.$queryRaw<{ id: string }[]>`
      SELECT t.id FROM tenants t
       WHERE t.status = 'DELETING'
         AND NOT EXISTS (SELECT 1 FROM jobs j
                          WHERE j.tenant_id = t.id AND j.kind = ${deletionKind} AND j.state IN ('QUEUED', 'IN_PROGRESS')
                            AND j.parameters->>'kind' = 'TENANT')
       ORDER BY t.id LIMIT ${limit}`;
    return rows.map((row) => makeTenantScope(row.id));
  }

  /** Uploads whose every item succeeded. */
  async listUsedUploads(limit: number): Promise<UnneededUpload[]> {
    const rows = await this.database.system.$queryRaw<{ id: string; tenant_id: string }[]>`
      SELECT u.id, u.tenant_id FROM uploads u
       WHERE EXISTS (SELECT 1 FROM job_items i WHERE i.upload_id = u.id AND i.state = 'SUCCEEDED')
         AND NOT EXISTS (SELECT 1 FROM job_items o WHERE o.upload_id = u.id AND o.state <> 'SUCCEEDED')
       ORDER BY u.id LIMIT ${limit}`;
    return rows.map((row) => ({ scope: makeTenantScope(row.tenant_id), id: row.id }));
  }

  /**
   * Uploads that expired before `before` and that no unfinished job item still needs, oldest first. Their objects are
   * deleted first, then their rows: a sweep that dies in between finds them again.
   */
  async listStaleUploads(before: Date, limit: number): Promise<UnneededUpload[]> {
    const rows = await this.database.system.$queryRaw<{ id: string; tenant_id: string }[]>`
      SELECT u.id, u.tenant_id FROM uploads u
       WHERE u.expires_at < ${before}
         AND NOT EXISTS (SELECT 1 FROM job_items i WHERE i.upload_id = u.id AND i.state IN ('PENDING', 'RUNNING'))
       ORDER BY u.expires_at LIMIT ${limit}`;
    return rows.map((row) => ({ scope: makeTenantScope(row.tenant_id), id: row.id }));
  }
}
