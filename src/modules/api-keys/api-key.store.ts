import type { Database } from '../../database';
import { apiKeyDataOf, apiKeyRecordOf, idsBetween, type ApiKey, type Tx } from '../../database/sql';
import { DomainError, notFound } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import type { ApiKeyRecord, NewApiKey } from '../../records/api-key';
import { COUNTING_TIMEOUT_MS, type PageRequest } from '../../records/page';

/** A tenant's own keys. */
export class ApiKeyStore {
  constructor(private readonly database: Database) {}

  /** @throws DomainError NOT_FOUND when there is no such tenant; CONFLICT when it is being deleted. */
  async create(scope: TenantScope, key: NewApiKey): Promise<ApiKeyRecord> {
    return this.database.maintain(scope, async (tx) => {
      const tenant = await tx.tenant.findUnique({ where: { id: scope.tenantId } });
      if (!tenant) throw notFound('tenant');
      if (tenant.status === 'DELETING') {
        throw new DomainError('CONFLICT', 'This tenant is being deleted: it gets no more keys.');
      }
      return apiKeyRecordOf(await tx.apiKey.create({ data: apiKeyDataOf(scope.tenantId, key) }));
    });
  }

  async find(scope: TenantScope, id: string): Promise<ApiKeyRecord | null> {
    const row = await this.database.read(scope, (tx) => tx.apiKey.findUnique({ where: { id } }));
    return row && apiKeyRecordOf(row);
  }

  async list(scope: TenantScope, page: PageRequest): Promise<ApiKeyRecord[]> {
    const rows = await this.database.read(scope, (tx) =>
      tx.apiKey.findMany({ ...idsBetween(page), take: page.first + 1 }),
    );
    return rows.map(apiKeyRecordOf);
  }

  /** @param ids any number. @returns in their order; null where there is none. */
  async findMany(scope: TenantScope, ids: readonly string[]): Promise<(ApiKeyRecord | null)[]> {
    const rows = await this.database.read(scope, (tx) => tx.apiKey.findMany({ where: { id: { in: [...ids] } } }));
    const byId = new Map(rows.map((row) => [row.id, apiKeyRecordOf(row)]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  /** The newest key that took the place of each, in their order; null where none did. */
  async findSuccessors(scope: TenantScope, ids: readonly string[]): Promise<(ApiKeyRecord | null)[]> {
    const rows = await this.database.read(scope, (tx) =>
      tx.apiKey.findMany({ where: { predecessorId: { in: [...ids] } }, orderBy: { id: 'asc' } }),
    );
    const byPredecessor = new Map(rows.map((row) => [row.predecessorId, apiKeyRecordOf(row)]));
    return ids.map((id) => byPredecessor.get(id) ?? null);
  }

  count(scope: TenantScope, atMost: number): Promise<number> {
    return this.database.read(scope, (tx) => tx.apiKey.count({ take: atMost }), { timeoutMs: COUNTING_TIMEOUT_MS });
  }

  /**
   * Writes `replacement` and lets the old key live until `oldExpiresAt` (or its own earlier end), in one transaction.
   * @throws DomainError NOT_FOUND; CONFLICT when the old key is revoked or expired.
   */
  async rotate(scope: TenantScope, id: string, replacement: NewApiKey, oldExpiresAt: Date): Promise<ApiKeyRecord> {
    return this.database.maintain(scope, async (tx) => {
      const old = await lock(tx, id);
      const endedAt = old.revokedAt ?? (old.expiresAt && old.expiresAt <= new Date() ? old.expiresAt : null);
      if (endedAt) {
        throw new DomainError('CONFLICT', 'This key has ended already, so there is nothing to rotate. Make a new key.');
      }
      if (!old.expiresAt || old.expiresAt > oldExpiresAt) {
        await tx.apiKey.update({ where: { id }, data: { expiresAt: oldExpiresAt } });
      }
      const data = apiKeyDataOf(scope.tenantId, { ...replacement, predecessorId: id });
      return apiKeyRecordOf(await tx.apiKey.create({ data }));
    });
  }

  /** Revokes at once; again on the same key: no change. @throws DomainError NOT_FOUND. */
  async revoke(scope: TenantScope, id: string, at: Date): Promise<ApiKeyRecord> {
    return this.database.maintain(scope, async (tx) => {
      const key = await lock(tx, id);
      if (key.revokedAt) return apiKeyRecordOf(key);
      return apiKeyRecordOf(await tx.apiKey.update({ where: { id }, data: { revokedAt: at } }));
    });
  }
}

/** Holds the row to the commit, so that a rotation and a revocation of one key come one after the other. */
async function lock(tx: Tx, id: string): Promise<ApiKey> {
  const locked = await tx.$queryRaw<unknown[]>`SELECT 1 FROM api_keys WHERE id = ${id}::uuid FOR UPDATE`;
  if (locked.length === 0) throw notFound('API key');
  return tx.apiKey.findUniqueOrThrow({ where: { id } });
}
