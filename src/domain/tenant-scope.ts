declare const brand: unique symbol;

/**
 * Proof that the caller may touch one tenant's data. First parameter of every service and repository method that does.
 * Made in two places only (lint holds the importers of `tenant-scope-factory`): by authentication from an API key, and
 * by the job dispatcher from the Job row that it has read.
 */
export interface TenantScope {
  readonly tenantId: string;
  readonly [brand]: 'TenantScope';
}
