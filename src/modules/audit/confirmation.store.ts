import type { Database } from '../../database';
import { pastBounds } from '../../database/sql';
import type { TenantScope } from '../../domain/tenant-scope';

/** What is known of a search that somebody would confirm. */
export interface StoredSearch {
  /** JSON of an AuditContent; null: there is no such row, or it was erased. */
  readonly content: string | null;
  /** Whether the tenant wants another key to confirm than the one that searched. */
  readonly secondKeyConfirms: boolean;
}

export class ConfirmationStore {
  constructor(private readonly database: Database) {}

  /** Of the whole tenant, whatever the key is bound to: whether it may know of that search is the caller's to judge. */
  async findSearch(scope: TenantScope, id: string): Promise<StoredSearch> {
    const rows = await this.database.read(scope, (tx) =>
      pastBounds(
        tx,
        scope,
        () => tx.$queryRaw<{ content: string | null; second_key_confirms: boolean }[]>`
          SELECT e.content, t.second_key_confirms
            FROM tenants t LEFT JOIN audit_entries e ON e.tenant_id = t.id AND e.id = ${id}::uuid
           WHERE t.id = ${scope.tenantId}::uuid`,
      ),
    );
    return { content: rows[0]?.content ?? null, secondKeyConfirms: rows[0]?.second_key_confirms ?? true };
  }

  /**
   * Whether two keys come from one by rotation, at once or over others: one from the other, or both from a third. Whoever has
   * them is the same party.
   */
  async areOneParty(scope: TenantScope, keyId: string, otherId: string): Promise<boolean> {
    const rows = await this.database.read(scope, (tx) =>
      pastBounds(
        tx,
        scope,
        () => tx.$queryRaw<{ is_one: boolean }[]>`
          WITH RECURSIVE line (start, id) AS (
            SELECT k, k FROM unnest(${[keyId, otherId]}::uuid[]) AS k
            UNION SELECT line.start, a.predecessor_id
              FROM line JOIN api_keys a ON a.id = line.id WHERE a.predecessor_id IS NOT NULL)
          SELECT EXISTS (SELECT 1 FROM line GROUP BY id HAVING count(DISTINCT start) > 1) AS is_one`,
      ),
    );
    return rows[0]?.is_one ?? true;
  }
}
