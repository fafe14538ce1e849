import type { TenantRecord, TenantUsage } from '../records/tenant';
import type { TenantLimits } from '../domain/tenant';
import type { TenantScope } from '../domain/tenant-scope';
import type { PageRequest } from '../records/page';
import type { ApiKeyRecord, NewApiKey } from '../records/api-key';

/** Tenants as the operator sees them. Only the operator's services hold this port; it reaches past every tenant's wall. */
export interface TenantRepository {
  /** Writes the tenant, its counter and its first key in one transaction. */
  create(
    tenant: { readonly name: string; readonly limits: TenantLimits },
    firstKey: NewApiKey,
  ): Promise<{ tenant: TenantRecord; apiKey: ApiKeyRecord }>;
  find(id: string): Promise<TenantRecord | null>;
  /** Every tenant that is not yet purged, in id order; one row more than `first` when there is more. */
  list(page: PageRequest): Promise<TenantRecord[]>;
  /** @throws DomainError NOT_FOUND; CONFLICT when the tenant is being deleted. */
  update(
    id: string,
    changes: { readonly name?: string; readonly limits?: TenantLimits; readonly status?: 'ACTIVE' | 'SUSPENDED' },
  ): Promise<TenantRecord>;
  /**
   * Marks the tenant DELETING and revokes all of its keys, in one transaction. Again on the same tenant: no change.
   * @throws DomainError NOT_FOUND.
   */
  beginDeletion(id: string, at: Date): Promise<TenantRecord>;
}

/** What a tenant sees of itself. */
export interface TenantUsageRepository {
  usage(scope: TenantScope): Promise<TenantUsage>;
}
