import type { Metric } from '../../domain/calibration';

/** A space as the thread knows it. `base` is `<tenantId>/<collectionId>-<hash>`: its name in memory and on disk. */
export interface SpaceIdentity {
  readonly base: string;
  readonly tenantId: string;
  readonly collectionId: string;
  readonly embeddingDigest: string;
  readonly dimension: number;
  readonly metric: Metric;
}

export interface ThreadSettings {
  readonly directory: string;
  readonly exactLimit: number;
  readonly shardSize: number;
  readonly expansionSearch: number;
  readonly snapshotAfterOps: number;
  readonly snapshotAfterMs: number;
  readonly snapshotWithinMs: number;
}

/** Ops as columns, so that they cross to the thread without being copied one by one. */
export interface PackedOps {
  readonly seqs: BigInt64Array;
  readonly keys: Float64Array;
  /** 1 for an upsert, 0 for a deletion. */
  readonly upserts: Uint8Array;
  /** The vectors of the upserts, one after another. */
  readonly vectors: Float32Array;
}

/** Vectors with their keys, one after another. */
export interface PackedVectors {
  readonly keys: Float64Array;
  readonly vectors: Float32Array;
}

/** Keys that a space holds. `next` is undefined at the end. */
export interface PackedKeys {
  readonly keys: Float64Array<ArrayBuffer>;
  readonly next: number | undefined;
}

/** Keys that a space holds, with the hashes of their vectors (`hashVector`). */
export interface PackedHashes {
  readonly keys: Float64Array<ArrayBuffer>;
  readonly hash: Float64Array<ArrayBuffer>;
  readonly check: Uint32Array<ArrayBuffer>;
}

/** Hits of all probes, one after another: `counts[i]` of them belong to probe i. */
export interface PackedHits {
  readonly counts: Uint32Array;
  readonly keys: Float64Array;
  readonly distances: Float32Array;
}

export interface ThreadStats {
  readonly count: number;
  readonly method: 'exact' | 'hnsw';
  readonly watermark: bigint;
}

/** What the main thread may ask, and what each question is answered with. */
export interface ThreadCalls {
  open: { args: { space: SpaceIdentity }; result: bigint };
  apply: { args: { base: string; ops: PackedOps; watermark: bigint }; result: void };
  load: { args: { base: string; vectors: PackedVectors }; result: void };
  remove: { args: { base: string; keys: Float64Array }; result: void };
  listKeys: { args: { base: string; from: number; limit: number }; result: PackedKeys };
  read: { args: { base: string; keys: Float64Array }; result: PackedHashes };
  durableSeq: { args: { space: SpaceIdentity }; result: bigint };
  search: { args: { base: string; probes: Float32Array; k: number }; result: PackedHits };
  reset: { args: { space: SpaceIdentity }; result: void };
  drop: { args: { space: SpaceIdentity }; result: void };
  stats: { args: { base: string }; result: ThreadStats };
  ping: { args: Record<string, never>; result: void };
  close: { args: Record<string, never>; result: void };
}

export type CallName = keyof ThreadCalls;

export type ThreadRequest = {
  [Name in CallName]: { readonly id: number; readonly call: Name; readonly args: ThreadCalls[Name]['args'] };
}[CallName];

export type ThreadMessage =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string; readonly notOpen: boolean }
  | { readonly warning: string };
