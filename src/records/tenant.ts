import type { TenantLimits, TenantStatus } from '../domain/tenant';

export interface TenantRecord {
  readonly id: string;
  readonly name: string;
  readonly status: TenantStatus;
  readonly limits: TenantLimits;
  /** Of its turns beside those of others, 1-100. */
  readonly weight: number;
  /** Whether a match may only be confirmed by another key than the one that searched. */
  readonly secondKeyConfirms: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface TenantUsage {
  readonly collections: number;
  readonly persons: number;
  readonly faces: number;
  /** MB of 1,048,576 bytes, rounded up. */
  readonly imageMegabytes: number;
  readonly openUploadMegabytes: number;
}
