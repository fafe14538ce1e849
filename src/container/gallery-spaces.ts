import type { System } from '../database/system';
import type { TenantScope } from '../domain/tenant-scope';
import type { CollectionIndex } from '../modules/collection-index/collection-index.service';
import type { VectorHit } from '../ports/vector-index';
import type { VectorSpace } from '../records/vector-space';

/** Collections that are remembered: of which tenant one is never changes. */
const MOST = 10_000;

/**
 * Looks into the index of a collection for who was granted it. To bring an index up to date is the platform's own work, done in the scope
 * that its list of collections gives; who searches never holds it, and is answered keys that only a grant resolves.
 */
export function gallerySpaceSearch(system: Pick<System, 'collections'>, index: Pick<CollectionIndex, 'search'>) {
  const scopes = new Map<string, TenantScope>();
  return async (space: VectorSpace, probes: readonly Float32Array[], k: number): Promise<VectorHit[][]> => {
    const { collectionId } = space;
    let scope = scopes.get(collectionId);
    if (!scope) {
      scope = (await system.collections.find(collectionId))?.scope;
      // It was deleted meanwhile.
      if (!scope) return probes.map(() => []);
      if (scopes.size >= MOST) scopes.clear();
      scopes.set(collectionId, scope);
    }
    return index.search(scope, space, probes, k);
  };
}
