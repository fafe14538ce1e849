/** A pack that collections are pinned to. */
export interface NeededPack {
  /** `name@version`. */
  readonly packId: string;
  /** The collections whose faces it embedded. */
  readonly collectionIds: readonly string[];
}
