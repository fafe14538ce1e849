import type { ApiKeyScope } from '../domain/scopes';
import type { TenantScope } from '../domain/tenant-scope';
import type { PageRequest } from '../records/page';
import type { TenantLimits, TenantStatus } from '../domain/tenant';

/** A key without its secret. */
export interface ApiKeyRecord {
  readonly id: string;
  /** Public part of its text. */
  readonly keyId: string;
  readonly name: string;
  readonly scopes: readonly ApiKeyScope[];
  readonly isTest: boolean;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
  readonly createdAt: Date;
}

export interface NewApiKey {
  readonly keyId: string;
  /** HMAC-SHA256(pepper, secret), 32 bytes. */
  readonly secretHash: Uint8Array;
  readonly name: string;
  readonly scopes: readonly ApiKeyScope[];
  readonly isTest: boolean;
  readonly expiresAt: Date | null;
}

/** All that authentication has to know about a key, in one look-up. */
export interface ApiKeyCredential extends ApiKeyRecord {
  readonly secretHash: Uint8Array;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly tenantStatus: TenantStatus;
  readonly tenantLimits: TenantLimits;
}

/** Look-ups before there is a tenant: the system role's part. Used by authentication only. */
export interface ApiKeyCredentials {
  findCredential(keyId: string): Promise<ApiKeyCredential | null>;
  /** Moves `lastUsedAt` forward, never back. */
  recordUse(uses: ReadonlyMap<string, Date>): Promise<void>;
}

/** A tenant's own keys. */
export interface ApiKeyRepository {
  /** @throws DomainError NOT_FOUND when there is no such tenant; CONFLICT when it is being deleted. */
  create(scope: TenantScope, key: NewApiKey): Promise<ApiKeyRecord>;
  find(scope: TenantScope, id: string): Promise<ApiKeyRecord | null>;
  list(scope: TenantScope, page: PageRequest): Promise<ApiKeyRecord[]>;
  /**
   * Writes `replacement` and lets the old key live until `oldExpiresAt` (or its own earlier end), in one transaction.
   * @throws DomainError NOT_FOUND; CONFLICT when the old key is revoked or expired.
   */
  rotate(scope: TenantScope, id: string, replacement: NewApiKey, oldExpiresAt: Date): Promise<ApiKeyRecord>;
  /** Revokes at once; again on the same key: no change. @throws DomainError NOT_FOUND. */
  revoke(scope: TenantScope, id: string, at: Date): Promise<ApiKeyRecord>;
}
