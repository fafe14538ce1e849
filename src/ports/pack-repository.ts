import type { PackDescription } from './face-analyzer';

export interface PackRepository {
  /**
   * Remembers the packs that this process serves, so that collections can be pinned to them.
   * @throws Error when a pack is known under the same name and version with another embeddingDigest: its vectors would
   * be mixed with those of the pack that it was.
   */
  register(packs: readonly PackDescription[]): Promise<void>;
}
