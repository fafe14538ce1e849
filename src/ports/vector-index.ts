import type { ApplyFence, VectorSpace } from '../records/vector-space';

export type VectorIndexOp =
  | { readonly kind: 'UPSERT'; readonly seq: bigint; readonly vectorKey: bigint; readonly vector: Float32Array }
  | { readonly kind: 'DELETE'; readonly seq: bigint; readonly vectorKey: bigint };

/** A vector under the key by which the engine knows it. */
export interface IndexedVector {
  readonly vectorKey: bigint;
  readonly vector: Float32Array;
}

/** A vector that the engine holds, to be held against what it should be. */
export interface KeptVector {
  readonly vectorKey: bigint;
  /** Whether it is this one, as nearly as the engine keeps vectors. */
  matches(vector: Float32Array): boolean;
}

/** Some of the keys that a space holds. */
export interface KeyPage {
  readonly keys: readonly bigint[];
  /** Where the next page begins; null: there is none. */
  readonly next: bigint | null;
}

export interface VectorHit {
  readonly tenantId: string;
  readonly collectionId: string;
  readonly vectorKey: bigint;
  /** Approximate; the caller scores again from the stored float32 vectors. COSINE: 1 - cosine. EUCLIDEAN: L2. Lower is nearer. */
  readonly distance: number;
}

export interface VectorSpaceStats {
  /** Vectors that a search can meet. */
  readonly count: number;
  /** `exact`, `hnsw`, `milvus`. */
  readonly method: string;
  readonly watermark: bigint;
}

/**
 * Nearest neighbours. Postgres is the truth: any space can be dropped and built again from it.
 *
 * Vectors are checked by every adapter before the engine sees them: exact dimension, all finite, norm > 1e-6 (COSINE
 * vectors are unit length); otherwise BAD_USER_INPUT-free programming error (throws TypeError). Throws DomainError
 * DEPENDENCY_UNAVAILABLE or TIMEOUT when the engine cannot answer; a search never answers with fewer spaces than asked.
 */
export interface VectorIndex {
  readonly engine: 'usearch' | 'milvus';
  /**
   * Makes the space searchable (creates it, or loads its snapshot) and answers the seq up to which ops have been applied
   * durably or in memory; the caller replays everything after it. 0n: empty, replay all. Idempotent and cheap when open.
   */
  open(space: VectorSpace): Promise<bigint>;
  /**
   * Applies ops in ascending seq and moves the watermark to `watermark` (>= the last seq). When it resolves, a search
   * sees all of them. Ops at or below the watermark are ignored: applying twice changes nothing.
   *
   * @param fence of an engine that several processes write: the watermark moves only while it holds. Others ignore it.
   * @throws DomainError DEPENDENCY_UNAVAILABLE when the fence no longer held at the end. The watermark is then no higher
   * than `fence.afterSeq`, and the ops are to be read and applied anew.
   */
  apply(space: VectorSpace, ops: readonly VectorIndexOp[], watermark: bigint, fence?: ApplyFence): Promise<void>;
  /**
   * Takes vectors in and leaves the watermark where it is: what a space is built from whose ops are no longer kept. The
   * caller resets the space first and moves the watermark, by an `apply` without ops, when all are in.
   */
  load(space: VectorSpace, vectors: readonly IndexedVector[]): Promise<void>;
  /** Takes these keys out and leaves the watermark where it is; one that is not there is passed over. */
  remove(space: VectorSpace, vectorKeys: readonly bigint[]): Promise<void>;
  /**
   * About `limit` keys that the space holds, in an order of the engine's own. Whoever goes from 0n to the end meets every key
   * that is there all the while; one that comes or goes meanwhile may be met or not.
   *
   * @param from 0n, or the `next` of the page before. Of the same process: the engine's order may be another after a restart.
   */
  listKeys(space: VectorSpace, from: bigint, limit: number): Promise<KeyPage>;
  /** Those of these keys that the space holds, in no order. */
  read(space: VectorSpace, vectorKeys: readonly bigint[]): Promise<KeptVector[]>;
  /** The watermark that `open` would answer after a crash at this moment: 0n where nothing of the space is durable. */
  durableSeq(space: VectorSpace): Promise<bigint>;
  /** The `k` (1-1024) nearest of each probe, nearest first; fewer when the space holds fewer. One answer a probe. */
  search(space: VectorSpace, probes: readonly Float32Array[], k: number): Promise<VectorHit[][]>;
  /** Empties the space and sets its watermark to 0n (the first step of a rebuild). */
  reset(space: VectorSpace): Promise<void>;
  /** Removes the space and what it holds on disk. Idempotent. */
  drop(space: VectorSpace): Promise<void>;
  stats(space: VectorSpace): Promise<VectorSpaceStats>;
  /** Throws DEPENDENCY_UNAVAILABLE when the engine cannot answer. */
  ping(): Promise<void>;
  /** Writes what is only in memory (snapshots), drains calls and lets go of the engine. */
  close(): Promise<void>;
}
