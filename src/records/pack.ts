/** A pack that collections are pinned to, move to, or may go back to. */
export interface NeededPack {
  /** `name@version`. */
  readonly packId: string;
  /** The collections that are pinned to it; none where it is only moved to, or kept for a way back. */
  readonly collectionIds: readonly string[];
}

/** What is remembered of a pack that was served. */
export interface PackFacts {
  /** `name@version`. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** SHA-256 (hex) over everything that can change a vector. */
  readonly embeddingDigest: string;
  readonly dimension: number;
  readonly metric: string;
  readonly licence: string;
  readonly commercialUse: boolean;
}
