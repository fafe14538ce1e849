import type { CollectionChanges, CollectionRecord, NewCollection } from '../records/collection';
import type { TenantScope } from '../domain/tenant-scope';
import type { PageRequest } from '../records/page';

/** Collections that are not being deleted. */
export interface CollectionRepository {
  /** @throws DomainError CONFLICT when the tenant has a collection of that name; QUOTA_EXCEEDED past its limit. */
  create(scope: TenantScope, collection: NewCollection): Promise<CollectionRecord>;
  /** @throws DomainError NOT_FOUND, CONFLICT. */
  update(scope: TenantScope, id: string, changes: CollectionChanges): Promise<CollectionRecord>;
  find(scope: TenantScope, by: { id: string } | { name: string }): Promise<CollectionRecord | null>;
  findMany(scope: TenantScope, ids: readonly string[]): Promise<CollectionRecord[]>;
  list(scope: TenantScope, filter: { text?: string }, page: PageRequest): Promise<CollectionRecord[]>;
  /**
   * Hides the collection at once and frees its name; its job removes what it held.
   * @returns the job's id; null when there is no such collection.
   */
  beginDeletion(scope: TenantScope, id: string, requestId: string): Promise<string | null>;
}
