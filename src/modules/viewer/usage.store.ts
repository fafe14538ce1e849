import type { Database } from '../../database';
import type { TenantScope } from '../../domain/tenant-scope';
import type { TenantUsage } from '../../records/tenant';

/** What a tenant sees of itself. */
export class UsageStore {
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
