import type { BoundingBox, FaceQuality, Landmarks, Pose } from '../domain/geometry';
import type { UnindexedReason } from '../domain/quality';
import type { ImageRecord } from './image';
import type { Assigner, HiddenAs } from './operation';
import type { PersonRecord } from './person';

/** The states of a face that is to be seen: a deleted one is a row for a while, and in no answer. */
export const FACE_STATES = ['DETECTED', 'INDEXED', 'UNINDEXED'] as const;
export type FaceState = (typeof FACE_STATES)[number];

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
  /** Who said whose it is; null: nobody's, or given before this was kept. */
  readonly assignedBy: Assigner | null;
  readonly hiddenAs: HiddenAs | null;
  readonly image: ImageRecord;
  readonly person: PersonRecord | null;
}

export interface FaceWithVector extends FaceRecord {
  readonly vector: Float32Array;
}

/** Ids are given out when faces are found, so they order them by time. */
export type FaceOrderField = 'CREATED_AT' | 'QUALITY' | 'SIZE';

export interface FaceFilter {
  readonly collectionId?: string;
  readonly personId?: string;
  readonly imageId?: string;
  /** true: only faces of somebody; false: only INDEXED faces of nobody. */
  readonly assigned?: boolean;
  readonly state?: FaceState;
}
