import type { Database } from '../../database';
import { Prisma } from '../../database/sql';
import type { TenantScope } from '../../domain/tenant-scope';
import { dayOf } from '../../domain/usage';
import type { UsageDayRecord } from '../../records/usage';

interface DayRow {
  day: Date;
  searches: number;
  faces_analyzed: number;
  images_enrolled: number;
  uploads: number;
  uploaded_bytes: number;
  stored_bytes: number;
}

/** What a tenant used, by day. */
export class UsageDaysStore {
  constructor(private readonly database: Database) {}

  /** Days with use from `from` on and before `to`, the oldest first. @param apiKeyId null: of all keys together. */
  async list(scope: TenantScope, from: Date, to: Date, apiKeyId: string | null): Promise<UsageDayRecord[]> {
    const ofKey = apiKeyId === null ? Prisma.empty : Prisma.sql`AND api_key_id = ${apiKeyId}::uuid`;
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<DayRow[]>`
        SELECT u.day::timestamp AT TIME ZONE 'UTC' AS day, sum(searches)::float8 AS searches, sum(faces_analyzed)::float8 AS faces_analyzed,
               sum(images_enrolled)::float8 AS images_enrolled, sum(uploads)::float8 AS uploads,
               sum(uploaded_bytes)::float8 AS uploaded_bytes, sum(stored_bytes)::float8 AS stored_bytes
          FROM usage_days u
         WHERE tenant_id = ${scope.tenantId}::uuid AND day >= ${dayOf(from)}::date AND day < ${dayOf(to)}::date ${ofKey}
         GROUP BY u.day ORDER BY u.day`,
    );
    return rows.map((row) => ({
      day: row.day,
      searches: row.searches,
      facesAnalyzed: row.faces_analyzed,
      imagesEnrolled: row.images_enrolled,
      uploads: row.uploads,
      uploadedBytes: row.uploaded_bytes,
      storedBytes: row.stored_bytes,
    }));
  }

  /** Removes days before `before`, at most `limit` rows. @returns how many. */
  async prune(scope: TenantScope, before: Date, limit: number): Promise<number> {
    return this.database.maintain(
      scope,
      (tx) => tx.$executeRaw`
        DELETE FROM usage_days WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM usage_days
                WHERE tenant_id = ${scope.tenantId}::uuid AND day < ${dayOf(before)}::date LIMIT ${limit}))`,
    );
  }
}
