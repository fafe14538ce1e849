import type { VectorSpace } from './vector-index';

/** Remembers how far an engine that keeps its own data has come, beside the ops themselves. */
export interface WatermarkStore {
  /** 0n when nothing was applied yet. */
  get(space: VectorSpace): Promise<bigint>;
  set(space: VectorSpace, watermark: bigint): Promise<void>;
}
