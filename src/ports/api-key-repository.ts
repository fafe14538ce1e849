import type { ApiKeyRecord, NewApiKey } from '../records/api-key';
import type { TenantScope } from '../domain/tenant-scope';
import type { PageRequest } from '../records/page';

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
