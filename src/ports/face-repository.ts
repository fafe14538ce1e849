import type { FaceFilter, FaceRecord, FaceWithVector } from '../records/face';
import type { TenantScope } from '../domain/tenant-scope';
import type { PageRequest } from '../records/page';

/** Faces that are not deleted. */
export interface FaceRepository {
  find(scope: TenantScope, id: string): Promise<FaceRecord | null>;
  list(scope: TenantScope, filter: FaceFilter, page: PageRequest): Promise<FaceRecord[]>;
  /** The faces an index named, INDEXED and of the given collections only, with the vectors to score them by. */
  findIndexedByVectorKeys(
    scope: TenantScope,
    collectionIds: readonly string[],
    vectorKeys: readonly bigint[],
    embeddingDigest: string,
  ): Promise<FaceWithVector[]>;
  /** One INDEXED face with its vector; null when it has none in that pack. */
  findIndexed(scope: TenantScope, id: string, embeddingDigest: string): Promise<FaceWithVector | null>;
  /** Indexed faces of one person with their vectors, newest first, at most `limit`. */
  findIndexedByPerson(
    scope: TenantScope,
    personId: string,
    embeddingDigest: string,
    limit: number,
  ): Promise<FaceWithVector[]>;
  /** How many INDEXED faces of the collections are nobody's, counted up to `atMost`. */
  countUnassigned(scope: TenantScope, collectionIds: readonly string[], atMost: number): Promise<number>;
  /**
   * Gives faces to a person, or to nobody. All or nothing.
   * @throws DomainError NOT_FOUND when a face or the person is absent; CONFLICT when they are of different collections.
   */
  assign(scope: TenantScope, faceIds: readonly string[], personId: string | null): Promise<FaceRecord[]>;
  /**
   * Deletes faces: their vectors go in the same transaction, pictures with no face left go with the job.
   * @returns the ids that were deleted, the collections that have new ops, and the clean-up job.
   */
  delete(
    scope: TenantScope,
    faceIds: readonly string[],
    requestId: string,
  ): Promise<{ deletedIds: string[]; collectionIds: string[]; jobId: string | null }>;
}
