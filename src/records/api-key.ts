import type { ApiKeyScope } from '../domain/scopes';
import type { TenantLimits, TenantStatus } from '../domain/tenant';

/** A key without its secret. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly tenantId: string;
  /** Public part of its text. */
  readonly keyId: string;
  readonly name: string;
  readonly scopes: readonly ApiKeyScope[];
  readonly isTest: boolean;
  /** Those that it is bound to, at least one; null: the whole tenant. */
  readonly collectionIds: readonly string[] | null;
  /** CIDRs that it works from, at least one; null: from everywhere. */
  readonly allowedNetworks: readonly string[] | null;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly createdAt: Date;
  /** The key that it took the place of. */
  readonly predecessorId: string | null;
}

export interface NewApiKey {
  readonly keyId: string;
  /** HMAC-SHA256(pepper, secret), 32 bytes. */
  readonly secretHash: Uint8Array;
  readonly name: string;
  readonly scopes: readonly ApiKeyScope[];
  readonly isTest: boolean;
  /** @default null: the whole tenant */
  readonly collectionIds?: readonly string[] | null;
  /** @default null: from everywhere */
  readonly allowedNetworks?: readonly string[] | null;
  readonly expiresAt: Date | null;
  /** The key that it takes the place of, one of the same tenant. */
  readonly predecessorId?: string;
}

/** All that authentication has to know about a key, in one look-up. */
export interface ApiKeyCredential extends ApiKeyRecord {
  readonly secretHash: Uint8Array;
  readonly tenantName: string;
  readonly tenantStatus: TenantStatus;
  readonly tenantLimits: TenantLimits;
}

/** The key that a signed address was given to. */
export interface AddressHolder {
  /** Whether it is there, works still, and its tenant is active. */
  readonly holds: boolean;
  /** CIDRs that it works from; null: from everywhere. */
  readonly allowedNetworks: readonly string[] | null;
}

/** A hash by an older pepper, and the one by the newest. */
export interface RenewedHash {
  /** Of the `ApiKeyRecord`. */
  readonly id: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}
