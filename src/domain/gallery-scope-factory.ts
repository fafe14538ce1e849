import type { GalleryScope } from './gallery-scope';
import { isId } from './ids';
import type { TenantScope } from './tenant-scope';

/**
 * @param grantId as a client sent it: that it is a grant of this tenant's is for the database to say.
 * @throws Error when it is no UUID, and for a key that is bound to collections, which sees nothing beside these.
 */
export function makeGalleryScope(grantee: TenantScope, grantId: string): GalleryScope {
  if (!isId(grantId)) throw new Error('A gallery scope needs the id of a grant');
  if (grantee.collectionIds !== null) throw new Error('A key that is bound to collections uses no gallery');
  return Object.freeze({ grantee, grantId }) as GalleryScope;
}
