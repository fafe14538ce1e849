export const TENANT_STATUSES = ['ACTIVE', 'SUSPENDED', 'DELETING'] as const;
export type TenantStatus = (typeof TENANT_STATUSES)[number];

/** Most of each that a tenant may hold; null: no limit. */
export interface TenantLimits {
  readonly maxCollections: number | null;
  readonly maxPersons: number | null;
  readonly maxFaces: number | null;
  /** MB (1,048,576 bytes) of stored images over all collections. */
  readonly maxImageMegabytes: number | null;
  /** MB of uploads that are not used up or removed yet. */
  readonly maxOpenUploadMegabytes: number | null;
}

/** Of a tenant for whom nothing else is said: many of them share the disks. */
export const DEFAULT_LIMITS: TenantLimits = {
  maxCollections: null,
  maxPersons: null,
  maxFaces: null,
  maxImageMegabytes: 51_200,
  maxOpenUploadMegabytes: 4_096,
};
