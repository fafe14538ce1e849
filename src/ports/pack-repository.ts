import type { PackDescription } from './face-analyzer';

/** A pack that collections are pinned to. */
export interface NeededPack {
  /** `name@version`. */
  readonly packId: string;
  /** The collections whose faces it embedded. */
  readonly collectionIds: readonly string[];
}

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
