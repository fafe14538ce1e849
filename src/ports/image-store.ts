/** Bytes under keys. Keys are `<kind>/<tenantId>/<id>` with kind `uploads`, `images` or `quarantine`, made by the inside, never by a client. */
export interface ImageStore {
  /**
   * Writes whole or not at all (temporary name, fsync, rename).
   * @throws DomainError STORAGE_FULL when there is no room, DEPENDENCY_UNAVAILABLE when the store cannot answer.
   */
  put(key: string, bytes: Uint8Array, mime: string): Promise<void>;
  /**
   * Puts the bytes of one key under another, without reading them where the store can. What becomes of either key later
   * does not touch the other.
   * @throws DomainError NOT_FOUND (nothing under `from`), and as `put`.
   */
  copy(from: string, to: string, mime: string): Promise<void>;
  /** @throws DomainError NOT_FOUND */
  get(key: string): Promise<Uint8Array>;
  /**
   * SHA-256 of what is stored, 64 lower-case hex digits; null: nothing is there. From the bytes where the store does not tell it.
   * @throws DomainError DEPENDENCY_UNAVAILABLE
   */
  digest(key: string): Promise<string | null>;
  /** Idempotent. */
  delete(key: string): Promise<void>;
  /** Every key below `prefix/` (`images/<tenantId>`), for whole-tenant deletion and reconciling. */
  list(prefix: string): AsyncIterable<string>;
  ping(): Promise<void>;
}
