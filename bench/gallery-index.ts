import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newId } from '../src/domain/ids';
import type { TenantScope } from '../src/domain/tenant-scope';
import { makeTenantScope } from '../src/domain/tenant-scope-factory';
import { UsearchVectorIndex } from '../src/infra/usearch/usearch-vector-index';
import type { CalibratedPack } from '../src/ports/face-analyzer';
import type { IndexedVector, VectorHit } from '../src/ports/vector-index';
import type { VectorSpace } from '../src/records/vector-space';

/** A collection's vectors in the index that the product has, without a database. */
export interface GalleryIndex {
  readonly scope: TenantScope;
  readonly collectionId: string;
  search(scope: TenantScope, space: VectorSpace, probes: readonly Float32Array[], k: number): Promise<VectorHit[][]>;
}

/** Lends an index that holds the vectors. */
export async function withGalleryIndex<T>(
  { embeddingDigest, dimension, metric }: CalibratedPack,
  vectors: readonly IndexedVector[],
  use: (index: GalleryIndex) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), 'likeness-bench-index-'));
  const index = new UsearchVectorIndex({ directory, onWarning: (message) => console.error(message) });
  try {
    const scope = makeTenantScope(newId());
    const space = { tenantId: scope.tenantId, collectionId: newId(), embeddingDigest, dimension, metric };
    await index.open(space);
    await index.load(space, vectors);
    return await use({
      scope,
      collectionId: space.collectionId,
      search: (_scope, _space, probes, k) => index.search(space, probes, k),
    });
  } finally {
    await index.close();
    await rm(directory, { recursive: true });
  }
}
