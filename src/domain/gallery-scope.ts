import type { TenantScope } from './tenant-scope';

declare const brand: unique symbol;

/**
 * A tenant that uses a gallery it was granted: it stands beside TenantScope, and neither is ever made into the other one's. Whether the
 * grant holds is asked in each transaction by the database, whose role for it sees what the gallery publishes and no other row of the
 * gallery's owner. Lint holds the importers of `gallery-scope-factory`.
 */
export interface GalleryScope {
  /** Who was granted the gallery: who is charged, and in whose audit it stands. */
  readonly grantee: TenantScope;
  readonly grantId: string;
  readonly [brand]: 'GalleryScope';
}
