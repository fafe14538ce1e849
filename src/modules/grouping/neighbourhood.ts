import { LINKED_NEIGHBOURS } from '../../domain/average-linkage';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CalibratedPack } from '../../ports/face-analyzer';
import type { VectorHit } from '../../ports/vector-index';
import type { VectorSpace } from '../../records/vector-space';
import type { CollectionIndex } from '../collection-index/collection-index.service';

/** Probes of one call of the index. */
const PROBES = 64;

interface IndexedFace {
  readonly vectorKey: bigint;
  readonly vector: Float32Array;
}

/** A face with what the index found near it, itself left out, the nearest first. */
export interface Surroundings<Face extends IndexedFace> {
  readonly face: Face;
  readonly hits: readonly VectorHit[];
}

/**
 * Asks the index what is near each of a collection's faces.
 * @throws DomainError DEPENDENCY_UNAVAILABLE, TIMEOUT.
 */
export async function lookAround<Face extends IndexedFace>(
  index: Pick<CollectionIndex, 'search'>,
  scope: TenantScope,
  collectionId: string,
  { embeddingDigest, dimension, metric }: CalibratedPack,
  faces: readonly Face[],
): Promise<Surroundings<Face>[]> {
  const space: VectorSpace = { tenantId: scope.tenantId, collectionId, embeddingDigest, dimension, metric };
  const surroundings: Surroundings<Face>[] = [];
  for (let from = 0; from < faces.length; from += PROBES) {
    const some = faces.slice(from, from + PROBES);
    const vectors = some.map(({ vector }) => vector);
    // One more than asked for: each finds itself.
    const answers = await index.search(scope, space, vectors, LINKED_NEIGHBOURS + 1);
    some.forEach((face, at) => {
      const hits = answers[at]!;
      if (hits.some((hit) => hit.tenantId !== scope.tenantId || hit.collectionId !== collectionId)) {
        throw new Error('The vector index answered with a hit outside the searched space');
      }
      surroundings.push({ face, hits: hits.filter(({ vectorKey }) => vectorKey !== face.vectorKey) });
    });
  }
  return surroundings;
}
