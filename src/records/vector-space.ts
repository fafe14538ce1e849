import type { Metric } from '../domain/calibration';

/** One index: the faces of one collection in one pack version. Two spaces never share a vector. */
export interface VectorSpace {
  readonly tenantId: string;
  readonly collectionId: string;
  /** The pack's `embeddingDigest`. */
  readonly embeddingDigest: string;
  readonly dimension: number;
  readonly metric: Metric;
}

/** What has to be true still when ops of an index that several processes write have been applied. */
export interface ApplyFence {
  /** Who has to hold the space's lease. */
  readonly leaseOwner: string;
  /** Where the watermark has to be: the ops are those that follow it. */
  readonly afterSeq: bigint;
}

export interface VectorSpaceState {
  readonly space: VectorSpace;
  /** The last op number committed for the collection. */
  readonly lastSeq: bigint;
  /** Ops at or below this number are no longer kept: an index below it is built from the vectors. */
  readonly prunedSeq: bigint;
}
