import type { ImageMime } from './face-analyzer';
import type { BoundingBox, FaceQuality, Landmarks, Pose } from '../domain/geometry';
import type { UnindexedReason } from '../domain/quality';
import type { TenantScope } from '../domain/tenant-scope';
import type { PageRequest } from '../records/page';
import type { PersonRecord } from './person-repository';

export const FACE_STATES = ['DETECTED', 'INDEXED', 'UNINDEXED', 'DELETED'] as const;
export type FaceState = (typeof FACE_STATES)[number];

export interface ImageRecord {
  readonly id: string;
  readonly mime: ImageMime;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** Whether it is the first frame of an animation that was sent. */
  readonly firstFrameOnly: boolean;
  readonly sha256: string;
  readonly createdAt: Date;
}

/** A face with what is always shown beside it, read in one query. */
export interface FaceRecord {
  readonly id: string;
  readonly collectionId: string;
  readonly jobItemId: string;
  readonly externalImageId: string | null;
  readonly vectorKey: bigint;
  readonly state: FaceState;
  readonly reasons: readonly UnindexedReason[];
  readonly boundingBox: BoundingBox;
  readonly landmarks: Landmarks;
  readonly pose: Pose;
  readonly quality: FaceQuality & {
    /** All in all, 0-100. */
    readonly score: number;
  };
  readonly confidence: number;
  readonly createdAt: Date;
  readonly image: ImageRecord;
  readonly person: PersonRecord | null;
}

export interface FaceWithVector extends FaceRecord {
  readonly vector: Float32Array;
}

export interface FaceFilter {
  readonly collectionId?: string;
  readonly personId?: string;
  readonly assigned?: boolean;
  readonly state?: FaceState;
}

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
