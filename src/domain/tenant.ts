export const TENANT_STATUSES = ['ACTIVE', 'SUSPENDED', 'DELETING'] as const;
export type TenantStatus = (typeof TENANT_STATUSES)[number];

/** Most of each that a tenant may hold; null: no limit. */
export interface TenantLimits {
  readonly maxCollections: number | null;
  readonly maxPersons: number | null;
  readonly maxFaces: number | null;
}

export const NO_LIMITS: TenantLimits = { maxCollections: null, maxPersons: null, maxFaces: null };
