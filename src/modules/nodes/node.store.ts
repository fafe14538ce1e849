import type { Database } from '../../database';
import type { TenantScope } from '../../domain/tenant-scope';
import type { TenantNodeType } from './node-types';

/** Which table has an id. */
export class NodeStore {
  constructor(private readonly database: Database) {}

  /** The type of what the tenant has under this id; null where there is nothing. It may be on its way out all the same. */
  async findType(scope: TenantScope, id: string): Promise<TenantNodeType | null> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ type: TenantNodeType }[]>`
        SELECT 'Collection'::text AS type FROM collections WHERE id = ${id}::uuid
        UNION ALL SELECT 'Person' FROM persons WHERE id = ${id}::uuid
        UNION ALL SELECT 'Face' FROM faces WHERE id = ${id}::uuid
        UNION ALL SELECT 'Image' FROM images WHERE id = ${id}::uuid
        UNION ALL SELECT 'Job' FROM jobs WHERE id = ${id}::uuid
        UNION ALL SELECT 'ApiKey' FROM api_keys WHERE id = ${id}::uuid
        LIMIT 1`,
    );
    return rows[0]?.type ?? null;
  }
}
