import { distanceBetween } from '../../domain/distance';
import { LoopSlice } from '../../domain/loop-slice';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CalibratedPack } from '../../ports/face-analyzer';
import type { VectorHit } from '../../ports/vector-index';
import type { CollectionRecord } from '../../records/collection';
import type { VectorSpace } from '../../records/vector-space';
import type { CollectionIndex } from '../collection-index/collection-index.service';
import type { FilteredFaceStore } from './filtered-face.store';
import { ProbeHits } from './probe-hits';
import type { Probe } from './search-shapes';

export interface IndexSearchDependencies {
  readonly filteredFaces: FilteredFaceStore;
  readonly collectionIndex: CollectionIndex;
}

export interface IndexQuery {
  readonly collections: readonly CollectionRecord[];
  readonly pack: CalibratedPack;
  readonly probes: readonly Probe[];
}

/**
 * What the indexes of collections answer for probes. In a graph, vectors that are all but equal (one photograph enrolled by
 * many) hide one another, however widely it is searched. Where an index names fewer faces than it was asked for and the
 * collection holds, the collection's faces are all scored instead.
 */
export class IndexSearch {
  /** @param maxExact of more faces than these not all are scored. */
  constructor(
    private readonly deps: IndexSearchDependencies,
    private readonly maxExact: number,
  ) {}

  /** The `k` nearest of each probe in each collection. */
  async search(scope: TenantScope, { collections, pack, probes }: IndexQuery, k: number): Promise<ProbeHits[]> {
    const answers = probes.map(() => new ProbeHits());
    const embedded = probes.flatMap((probe, index) => (probe.embedding ? [{ index, vector: probe.embedding }] : []));
    if (embedded.length === 0) return answers;
    const vectors = embedded.map(({ vector }) => vector);
    await Promise.all(
      collections.map(async (collection) => {
        const found = await this.searchOne(scope, collection, pack, vectors, k);
        found.forEach((hits, position) => answers[embedded[position]!.index]!.add(hits));
      }),
    );
    return answers;
  }

  private async searchOne(
    scope: TenantScope,
    { id: collectionId, faceCount }: CollectionRecord,
    { embeddingDigest, dimension, metric }: CalibratedPack,
    vectors: readonly Float32Array[],
    k: number,
  ): Promise<VectorHit[][]> {
    const space = { tenantId: scope.tenantId, collectionId, embeddingDigest, dimension, metric };
    const found = await this.deps.collectionIndex.search(scope, space, vectors, k);
    // A hit of somebody else's is a fault of the engine or of its adapter: no answer is better than that one.
    const isForeign = (hit: VectorHit): boolean => hit.tenantId !== scope.tenantId || hit.collectionId !== collectionId;
    if (found.some((hits) => hits.some(isForeign))) {
      throw new Error('The vector index answered with a hit outside the searched space');
    }
    const hides = found.some((hits) => hits.length < Math.min(k, faceCount));
    return hides && faceCount <= this.maxExact ? this.scoreAll(scope, space, vectors, k) : found;
  }

  private async scoreAll(
    scope: TenantScope,
    space: VectorSpace,
    vectors: readonly Float32Array[],
    k: number,
  ): Promise<VectorHit[][]> {
    const { tenantId, collectionId, embeddingDigest, metric } = space;
    const faces = await this.deps.filteredFaces.listOthers(scope, [collectionId], [], this.maxExact);
    const held = await this.deps.filteredFaces.findVectors(scope, faces, embeddingDigest);
    const slice = new LoopSlice();
    const answers: VectorHit[][] = [];
    for (const probe of vectors) {
      const hits = held.map(({ vectorKey, vector }) => {
        return { tenantId, collectionId, vectorKey, distance: distanceBetween(metric, probe, vector) };
      });
      answers.push(hits.sort((a, b) => a.distance - b.distance).slice(0, k));
      // A group photo has a hundred probes: others get their turn in between.
      await slice.pause();
    }
    return answers;
  }
}
