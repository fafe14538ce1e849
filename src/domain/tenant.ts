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
  /** How often an hour a key without READ may come near one person, in a verification that fails or a match that barely is one. */
  readonly maxNearMatchesHourly: number | null;
  /** Distinct persons that a key without READ may name in an hour. */
  readonly maxPersonsNamedHourly: number | null;
  /** The rates: how much an hour, and at one moment. */
  readonly maxSearchesHourly: number | null;
  readonly maxFacesAnalyzedHourly: number | null;
  readonly maxUploadsHourly: number | null;
  readonly maxUploadMegabytesHourly: number | null;
  /** How much of each rate one key may take, in percent, 1-100. */
  readonly maxKeySharePercent: number | null;
}

/**
 * Of a tenant for whom nothing else is said: many of them share the disks. One that imports 100,000 photographs with one key meets none
 * of the rates.
 */
export const DEFAULT_LIMITS: TenantLimits = {
  maxCollections: null,
  maxPersons: null,
  maxFaces: null,
  maxImageMegabytes: 51_200,
  maxOpenUploadMegabytes: 4_096,
  maxNearMatchesHourly: 100,
  maxPersonsNamedHourly: 1_000,
  maxSearchesHourly: 100_000,
  maxFacesAnalyzedHourly: 1_000_000,
  maxUploadsHourly: 250_000,
  maxUploadMegabytesHourly: 1_048_576,
  maxKeySharePercent: 50,
};
