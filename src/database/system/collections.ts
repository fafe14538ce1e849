import type { TenantScope } from '../../domain/tenant-scope';
import { makeTenantScope } from '../../domain/tenant-scope-factory';
import type { Database } from '../database';

/** A collection of some tenant's. */
export interface PlacedCollection {
  readonly scope: TenantScope;
  readonly collectionId: string;
  readonly name: string;
}

/** Which collections there are, for warming up, for holding indexes against Postgres, for the index command, for the models command and for the indexes of galleries. */
export class Collections {
  constructor(private readonly database: Database) {}

  async listAll(): Promise<PlacedCollection[]> {
    const rows = await this.database.system.collection.findMany({
      where: { state: 'ACTIVE' },
      select: { id: true, tenantId: true, name: true },
      orderBy: { id: 'asc' },
    });
    return rows.map((row) => ({ scope: makeTenantScope(row.tenantId), collectionId: row.id, name: row.name }));
  }

  /** From an id on, in the order of ids, without those of tenants that are being deleted. */
  async listFrom(collectionId: string | null, limit: number): Promise<PlacedCollection[]> {
    const rows = await this.database.system.collection.findMany({
      where: {
        state: 'ACTIVE',
        tenant: { status: { not: 'DELETING' } },
        ...(collectionId === null ? {} : { id: { gte: collectionId } }),
      },
      select: { id: true, tenantId: true, name: true },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map((row) => ({ scope: makeTenantScope(row.tenantId), collectionId: row.id, name: row.name }));
  }

  /** One of any tenant's; null: it is not there or is being deleted. */
  async find(collectionId: string): Promise<PlacedCollection | null> {
    const row = await this.database.system.collection.findFirst({
      where: { id: collectionId, state: 'ACTIVE' },
      select: { id: true, tenantId: true, name: true },
    });
    return row && { scope: makeTenantScope(row.tenantId), collectionId: row.id, name: row.name };
  }
}
