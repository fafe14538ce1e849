import type { ApplyFence, VectorSpace } from '../records/vector-space';

/** Remembers how far an engine that keeps its own data has come, beside the ops themselves. */
export interface WatermarkStore {
  /** 0n when nothing was applied yet. */
  get(space: VectorSpace): Promise<bigint>;
  /**
   * Without a fence it is written as it comes: right for going back to 0n, and where no other process writes the index.
   * With one the watermark moves on only while the fence holds; else it goes back to `fence.afterSeq` (or stays where it is below that), so that whoever applies next applies over
   * what this process may have written too late.
   * @throws DomainError DEPENDENCY_UNAVAILABLE when the fence no longer holds.
   */
  set(space: VectorSpace, watermark: bigint, fence?: ApplyFence): Promise<void>;
  /** Goes back to 0n in every space of an embedding, of all tenants: the engine has lost what it had of it. */
  forget(embeddingDigest: string): Promise<void>;
}
