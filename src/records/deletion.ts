/** What a clean-up job has to remove. */
export type DeletionTarget =
  | { readonly kind: 'FACES'; readonly collectionIds: readonly string[] }
  | { readonly kind: 'COLLECTION'; readonly collectionId: string }
  | { readonly kind: 'TENANT' };
