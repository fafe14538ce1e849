import type { UsageRow } from '../../records/usage';
import type { Database } from '../database';

/** Of use that no key is known of. */
const NO_KEY = '00000000-0000-0000-0000-000000000000';

/** What tenants use, as the process that they use counts it: rows of many tenants at once. */
export class UsageCounts {
  constructor(private readonly database: Database) {}

  /** Adds to what is on record, in one statement; what is of a tenant that is gone is dropped. */
  async add(rows: readonly UsageRow[]): Promise<void> {
    const given = rows.map((row) => ({
      tenant_id: row.tenantId,
      day: row.day,
      api_key_id: row.apiKeyId ?? NO_KEY,
      searches: row.searches,
      faces_analyzed: row.facesAnalyzed,
      images_enrolled: row.imagesEnrolled,
      uploads: row.uploads,
      uploaded_bytes: row.uploadedBytes,
      stored_bytes: row.storedBytes,
    }));
    // In one order, so that processes that add at once do not wait for each other in a circle.
    await this.database.system.$executeRaw`
      INSERT INTO usage_days AS u (tenant_id, day, api_key_id, searches, faces_analyzed, images_enrolled, uploads,
                                   uploaded_bytes, stored_bytes)
      SELECT r.tenant_id, r.day, r.api_key_id, r.searches, r.faces_analyzed, r.images_enrolled, r.uploads,
             r.uploaded_bytes, r.stored_bytes
        FROM json_to_recordset(${JSON.stringify(given)}::json)
             AS r(tenant_id uuid, day date, api_key_id uuid, searches bigint, faces_analyzed bigint, images_enrolled bigint,
                  uploads bigint, uploaded_bytes bigint, stored_bytes bigint)
        JOIN tenants t ON t.id = r.tenant_id
       ORDER BY r.tenant_id, r.day, r.api_key_id
      ON CONFLICT (tenant_id, day, api_key_id) DO UPDATE
         SET searches = u.searches + EXCLUDED.searches,
             faces_analyzed = u.faces_analyzed + EXCLUDED.faces_analyzed,
             images_enrolled = u.images_enrolled + EXCLUDED.images_enrolled,
             uploads = u.uploads + EXCLUDED.uploads,
             uploaded_bytes = u.uploaded_bytes + EXCLUDED.uploaded_bytes,
             stored_bytes = u.stored_bytes + EXCLUDED.stored_bytes`;
  }
}
