import type { NewUpload, UploadRecord } from '../records/upload';
import type { TenantScope } from '../domain/tenant-scope';

export interface UploadRepository {
  /**
   * In the order of `files`.
   *
   * @throws DomainError QUOTA_EXCEEDED when the tenant's uploads that are not used up or removed yet, with these, come
   * to more than `MAX_OPEN_UPLOAD_BYTES`; requests at the same moment may together pass it by their own size.
   */
  create(scope: TenantScope, files: readonly NewUpload[], expiresAt: Date): Promise<UploadRecord[]>;
  find(scope: TenantScope, id: string): Promise<UploadRecord | null>;
  /**
   * Settles which bytes a PENDING upload will hold, before they are stored: the first caller's. Whoever sends the same
   * bytes may go on, so an interrupted PUT can be repeated, and two at once cannot mix.
   *
   * @param sha256 64 lower-case hex digits of the whole, valid file.
   * @returns false when the upload is settled on other bytes, is no longer PENDING, or is gone.
   */
  bind(scope: TenantScope, id: string, sha256: string): Promise<boolean>;
  /**
   * PENDING to RECEIVED, once: the first valid PUT wins.
   *
   * @returns false when another won, or when the upload or its tenant has gone meanwhile.
   */
  markReceived(scope: TenantScope, id: string): Promise<boolean>;
  /** Idempotent. */
  remove(scope: TenantScope, ids: readonly string[]): Promise<void>;
}
