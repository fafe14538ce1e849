import type { DeletionTarget } from '../records/deletion';
import type { TenantScope } from '../domain/tenant-scope';
import type { VectorSpace } from '../records/vector-space';

/** The clean-up side of deletions: everything here is already invisible. */
export interface DeletionRepository {
  /** Writes the job that removes a tenant in deletion; nothing when it is under way. */
  requestTenantDeletion(scope: TenantScope): Promise<void>;
  /** @returns what the job has to remove; null when it has been done. */
  begin(scope: TenantScope, jobId: string): Promise<DeletionTarget | null>;
  /** Pictures of the collection with no face that is still wanted, at most `limit`. */
  listDoomedImages(scope: TenantScope, collectionId: string, limit: number): Promise<string[]>;
  /** Removes the rows of these pictures and of their faces. */
  removeImages(scope: TenantScope, imageIds: readonly string[]): Promise<void>;
  /** Removes rows of deleted faces whose picture stays, at most `limit`. @returns how many. */
  removeDeletedFaces(scope: TenantScope, collectionId: string, limit: number): Promise<number>;
  /** Every image of a collection that is being deleted, at most `limit`. */
  listImages(scope: TenantScope, collectionId: string, limit: number): Promise<string[]>;
  /**
   * Items of the collection's jobs that have no picture of their own on record (unfinished, failed, cancelled,
   * duplicates), after `afterId` in the order of their ids: the store may hold one of each all the same.
   */
  listUnrecordedItems(
    scope: TenantScope,
    collectionId: string,
    afterId: string | null,
    limit: number,
  ): Promise<string[]>;
  /** The index space of a collection, also of one that is being deleted. */
  findSpace(scope: TenantScope, collectionId: string): Promise<VectorSpace | null>;
  /**
   * Removes rows of a collection, or with null those that the tenant has beside its collections, at most `limit`: what the
   * foreign keys would remove in one transaction may be millions of rows.
   * @returns how many; 0 when none is left.
   */
  removeRows(scope: TenantScope, collectionId: string | null, limit: number): Promise<number>;
  removeCollection(scope: TenantScope, collectionId: string): Promise<void>;
  listCollectionIds(scope: TenantScope): Promise<string[]>;
  complete(scope: TenantScope, jobId: string): Promise<void>;
}
