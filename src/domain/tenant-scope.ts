declare const brand: unique symbol;

/**
 * Proof that the caller may touch one tenant's data. First parameter of every service and store method that does.
 * Lint holds the importers of `tenant-scope-factory`: it is made by authentication from an API key or a signed address, for
 * the operator that names a tenant to manage its keys, by the job dispatcher from the Job row that it has read, and in
 * `database/system`, which goes over all tenants.
 */
export interface TenantScope {
  readonly tenantId: string;
  /** Of a key that is bound to collections: no other rows of the tenant are seen or touched. Null: the whole tenant. */
  readonly collectionIds: readonly string[] | null;
  readonly [brand]: 'TenantScope';
}
