import { DomainError, notFound } from '../../domain/errors';
import { newId } from '../../domain/ids';
import type { TenantLimits } from '../../domain/tenant';
import type { TenantScope } from '../../domain/tenant-scope';
import type { PageRequest } from '../../records/page';
import type { TenantRepository, TenantUsageRepository } from '../../ports/tenant-repository';
import { apiKeyDataOf, apiKeyRecordOf, limitsOf } from './api-key-repository';
import type { Database } from '../../database';
import { type Prisma, type Tenant, type Tx } from '../../database/sql';
import type { ApiKeyRecord, NewApiKey } from '../../records/api-key';
import type { TenantRecord, TenantUsage } from '../../records/tenant';

function tenantRecordOf(row: Tenant): TenantRecord {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    limits: limitsOf(row.limits),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** Only what is limited is stored, so that a limit added later starts as none. */
function storedLimitsOf(limits: TenantLimits): Prisma.InputJsonObject {
  return Object.fromEntries(Object.entries(limits).filter(([, most]) => most !== null));
}

export class PrismaTenantRepository implements TenantRepository {
  constructor(private readonly database: Database) {}

  async create(
    tenant: { readonly name: string; readonly limits: TenantLimits },
    firstKey: NewApiKey,
  ): Promise<{ tenant: TenantRecord; apiKey: ApiKeyRecord }> {
    const id = newId();
    return this.database.system.$transaction(async (tx) => {
      const row = await tx.tenant.create({ data: { id, name: tenant.name, limits: storedLimitsOf(tenant.limits) } });
      await tx.tenantCounter.create({ data: { tenantId: id } });
      const key = await tx.apiKey.create({ data: apiKeyDataOf(id, firstKey) });
      return { tenant: tenantRecordOf(row), apiKey: apiKeyRecordOf(key) };
    });
  }

  async find(id: string): Promise<TenantRecord | null> {
    const row = await this.database.system.$transaction((tx) => tx.tenant.findUnique({ where: { id } }));
    return row && tenantRecordOf(row);
  }

  async list(page: PageRequest): Promise<TenantRecord[]> {
    const rows = await this.database.system.$transaction((tx) =>
      tx.tenant.findMany({
        where: page.afterId ? { id: { gt: page.afterId } } : {},
        orderBy: { id: 'asc' },
        take: page.first + 1,
      }),
    );
    return rows.map(tenantRecordOf);
  }

  async update(
    id: string,
    changes: { readonly name?: string; readonly limits?: TenantLimits; readonly status?: 'ACTIVE' | 'SUSPENDED' },
  ): Promise<TenantRecord> {
    return this.database.system.$transaction(async (tx) => {
      const { limits, ...plain } = changes;
      const { count } = await tx.tenant.updateMany({
        where: { id, status: { not: 'DELETING' } },
        data: { ...plain, ...(limits ? { limits: storedLimitsOf(limits) } : {}) },
      });
      const row = await getById(tx, id);
      if (count === 0) throw new DomainError('CONFLICT', 'This tenant is being deleted and can no longer be changed.');
      return tenantRecordOf(row);
    });
  }

  async beginDeletion(id: string, at: Date): Promise<TenantRecord> {
    return this.database.system.$transaction(async (tx) => {
      await tx.tenant.updateMany({ where: { id, status: { not: 'DELETING' } }, data: { status: 'DELETING' } });
      await tx.apiKey.updateMany({ where: { tenantId: id, revokedAt: null }, data: { revokedAt: at } });
      return tenantRecordOf(await getById(tx, id));
    });
  }
}

/** A tenant's own view, under row-level security. */
export class PrismaTenantUsageRepository implements TenantUsageRepository {
  constructor(private readonly database: Database) {}

  async usage(scope: TenantScope): Promise<TenantUsage> {
    const { _count, _sum } = await this.database.read(scope, (tx) =>
      tx.collection.aggregate({
        where: { state: 'ACTIVE' },
        _count: true,
        _sum: { personCount: true, faceCount: true },
      }),
    );
    return { collections: _count, persons: _sum.personCount ?? 0, faces: _sum.faceCount ?? 0 };
  }
}

async function getById(tx: Tx, id: string): Promise<Tenant> {
  const row = await tx.tenant.findUnique({ where: { id } });
  if (!row) throw notFound('tenant');
  return row;
}
