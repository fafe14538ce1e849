import type { TenantScope } from '../domain/tenant-scope';
import type { TenantUsage } from '../records/tenant';

/** What a tenant sees of itself. */
export interface TenantUsageRepository {
  usage(scope: TenantScope): Promise<TenantUsage>;
}
