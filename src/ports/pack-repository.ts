import type { NeededPack } from '../records/pack';
import type { PackDescription } from './face-analyzer';

export interface PackRepository {
  /**
   * Remembers the packs that this process serves, so that collections can be pinned to them.
   * @returns the ids of those that are known under the same name and version with another embeddingDigest. They must not
   * serve: their vectors would be mixed with those of the pack that it was.
   */
  register(packs: readonly PackDescription[]): Promise<readonly string[]>;
  /** The packs of all collections of all tenants. */
  listNeeded(): Promise<readonly NeededPack[]>;
}
