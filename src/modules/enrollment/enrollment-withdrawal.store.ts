import type { Database } from '../../database';
import { txOf } from '../../database/sql';
import type { TenantScope } from '../../domain/tenant-scope';
import { settleJob } from '../jobs/job-rows.store';
import { FORGET_INPUT } from './enrollment-persons.store';
import { enrollmentKind } from './enrollment.kind';

const WITHDRAWN =
  'The database was put back to a time when this image was still to be enrolled. Who was erased since could have come back with it: enrol it again, in a new job, if it may be.';

/** Ends what a copy of the database that was put back has still to enrol: it was enrolled once, and some of it erased. */
export class EnrollmentWithdrawal {
  constructor(private readonly database: Database) {}

  /**
   * Fails every image of the tenant that waits to be enrolled, and leaves neither these nor those that had failed anything that a retry
   * could enrol. To be called while nobody works on them. It may be cut short and repeated.
   * @returns how many images waited.
   */
  async withdrawAll(scope: TenantScope, now: Date): Promise<number> {
    const jobs = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ id: string }[]>`
        SELECT j.id FROM jobs j
         WHERE j.tenant_id = ${scope.tenantId}::uuid AND j.kind = ${enrollmentKind.name}
           AND EXISTS (SELECT 1 FROM job_items i WHERE i.job_id = j.id AND i.state IN ('PENDING', 'RUNNING', 'FAILED'))
         ORDER BY j.id`,
    );
    let withdrawn = 0;
    for (const { id } of jobs) withdrawn += await this.withdraw(scope, id, now);
    return withdrawn;
  }

  private async withdraw(scope: TenantScope, jobId: string, now: Date): Promise<number> {
    return this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const items = await tx.$queryRaw<{ was_open: boolean }[]>`
        UPDATE job_items t SET state = 'FAILED', upload_id = NULL, ${FORGET_INPUT}, updated_at = ${now},
               has_leftover = t.has_leftover OR held.state = 'RUNNING',
               error_code = CASE held.state WHEN 'FAILED' THEN t.error_code ELSE 'CONFLICT' END,
               error_message = CASE held.state WHEN 'FAILED' THEN t.error_message ELSE ${WITHDRAWN} END
          FROM (SELECT id, state FROM job_items
                 WHERE job_id = ${jobId}::uuid AND state IN ('PENDING', 'RUNNING', 'FAILED')
                 ORDER BY ordinal FOR UPDATE) held
         WHERE t.id = held.id
        RETURNING held.state <> 'FAILED' AS was_open`;
      const open = items.filter((item) => item.was_open).length;
      await tx.$executeRaw`UPDATE jobs SET failed = failed + ${open}, updated_at = ${now} WHERE id = ${jobId}::uuid`;
      await settleJob(change, jobId, now);
      return open;
    });
  }
}
