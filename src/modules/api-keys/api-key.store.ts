import type { Change, Database } from '../../database';
import { apiKeyDataOf, apiKeyRecordOf, idsBetween, txOf, type Tx } from '../../database/sql';
import { DomainError, notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { ApiKeyRecord, NewApiKey } from '../../records/api-key';
import { COUNTING_TIMEOUT_MS, type PageRequest } from '../../records/page';

/** First half of the advisory lock that those who change a tenant's keys take; the other half is the tenant. */
const LOCK = 0x6b657973;

/** A tenant's own keys. */
export class ApiKeyStore {
  constructor(private readonly database: Database) {}

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
   * One transaction over a tenant's keys. Such transactions come one after the other, in all processes, so that what `work`
   * reads holds until it has written. It may run again after a deadlock, and must touch nothing else.
   */
  async change<T>(scope: TenantScope, work: (keys: ApiKeyChange) => Promise<T>): Promise<T> {
    return this.database.change(scope, async (change) => {
      await txOf(change).$executeRaw`SELECT pg_advisory_xact_lock(${LOCK}::int, hashtext(${scope.tenantId}))`;
      return work(new ApiKeyChange(scope, change));
    });
  }
}

/** A tenant's keys while nobody else can change them. */
export class ApiKeyChange {
  private readonly tx: Tx;

  constructor(
    private readonly scope: TenantScope,
    private readonly change: Change,
  ) {
    this.tx = txOf(change);
  }

  /** @throws DomainError NOT_FOUND. */
  async get(id: string): Promise<ApiKeyRecord> {
    const row = await this.tx.apiKey.findUnique({ where: { id } });
    if (!row) throw notFound('API key');
    return apiKeyRecordOf(row);
  }

  /** @throws DomainError NOT_FOUND unless each is there to be bound to. */
  async assertCollections(ids: readonly string[]): Promise<void> {
    const found = ids.every(isId)
      ? await this.tx.collection.count({ where: { id: { in: [...ids] }, state: 'ACTIVE' } })
      : 0;
    if (found < ids.length) throw notFound('collection, one of those given');
  }

  /** The key and all that are joined to it by rotations, before and after it, ended ones included. */
  async rotationOf(id: string): Promise<ApiKeyRecord[]> {
    const { tenantId } = this.scope;
    const rows = await this.tx.$queryRaw<{ id: string }[]>`
      WITH RECURSIVE older AS (
        SELECT id, predecessor_id FROM api_keys WHERE tenant_id = ${tenantId}::uuid AND id = ${id}::uuid
        UNION
        SELECT k.id, k.predecessor_id FROM api_keys k JOIN older o ON k.tenant_id = ${tenantId}::uuid AND k.id = o.predecessor_id
      ), family AS (
        SELECT id FROM older WHERE predecessor_id IS NULL
        UNION
        SELECT k.id FROM api_keys k JOIN family f ON k.tenant_id = ${tenantId}::uuid AND k.predecessor_id = f.id
      )
      SELECT id FROM family`;
    const keys = await this.tx.apiKey.findMany({ where: { id: { in: rows.map((row) => row.id) } } });
    return keys.map(apiKeyRecordOf);
  }

  /** @throws DomainError NOT_FOUND when there is no such tenant; CONFLICT when it is being deleted. */
  async create(key: NewApiKey): Promise<ApiKeyRecord> {
    const tenant = await this.tx.tenant.findUnique({ where: { id: this.scope.tenantId } });
    if (!tenant) throw notFound('tenant');
    if (tenant.status === 'DELETING') {
      throw new DomainError('CONFLICT', 'This tenant is being deleted: it gets no more keys.');
    }
    const made = await this.tx.apiKey.create({ data: apiKeyDataOf(this.scope.tenantId, key) });
    const { scopes, isTest, expiresAt, collectionIds, allowedNetworks } = made;
    this.change.note({
      subjectIds: [made.id],
      details: { made: { id: made.id, scopes, isTest, expiresAt, collectionIds, allowedNetworks } },
    });
    return apiKeyRecordOf(made);
  }

  async update(id: string, data: { expiresAt: Date } | { revokedAt: Date }): Promise<ApiKeyRecord> {
    this.change.note({ subjectIds: [id] });
    return apiKeyRecordOf(await this.tx.apiKey.update({ where: { id }, data }));
  }
}
