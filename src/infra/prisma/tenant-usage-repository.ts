import type { TenantScope } from '../../domain/tenant-scope';
import type { TenantUsageRepository } from '../../ports/tenant-repository';
import type { TenantUsage } from '../../records/tenant';
import type { Database } from '../../database';

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
