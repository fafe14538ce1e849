import { distanceAtSimilarity } from '../../domain/calibration';
import { distanceBetween } from '../../domain/distance';
import { LoopSlice } from '../../domain/loop-slice';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CalibratedPack } from '../../ports/face-analyzer';
import type { CollectionRecord } from '../../records/collection';
import type { PersonFilter } from '../../records/person';
import type { CollectionIndex } from '../collection-index/collection-index.service';
import type { FaceStore } from '../faces/face.store';
import type { FaceOfPerson, FilteredFaceStore, KeyedVector } from './filtered-face.store';
import { IndexSearch } from './index-search';
import { NearestPersons } from './nearest-persons';
import type { ProbeHits } from './probe-hits';
import { groupByPerson, scoreFaces, takeNearest, type PersonMatch } from './search-scoring';
import type { Probe } from './search-shapes';

export interface GallerySearchDependencies {
  readonly faces: FaceStore;
  readonly filteredFaces: FilteredFaceStore;
  readonly collectionIndex: CollectionIndex;
}

export interface GalleryQuery {
  readonly collections: readonly CollectionRecord[];
  readonly pack: CalibratedPack;
  readonly probes: readonly Probe[];
  /** Similarity (0-100) that a match has to reach. */
  readonly threshold: number;
  /** Persons a probe. */
  readonly limit: number;
  readonly filter: PersonFilter | null;
  /** What `candidates` answered for the filter; null without one. */
  readonly candidates: Candidates | null;
}

/** Faces that a filter lets through. */
export interface Candidates {
  /** At most `maxExact` of them and one more. */
  readonly faces: readonly FaceOfPerson[];
  readonly vectors: readonly KeyedVector[];
}

export interface GalleryAnswer {
  /** A probe each, nearest first. */
  readonly matches: PersonMatch[][];
  readonly indexMs: number;
  readonly databaseMs: number;
}

export const GALLERY_LIMITS = {
  /** Neighbours that an index is asked for. */
  maxK: 1_024,
  /** So many faces that pass a filter are all scored: it takes about as long as a look into the index. */
  maxExact: 2_000,
  /** Of more faces than these not all are scored, however little the index finds: so wide a filter hardly hides anybody from it. */
  maxScanned: 100_000,
  /** Faces fetched and scored for one request: many probes in many collections at a low threshold could want a million. */
  maxFetched: 20_000,
};

/** The faces of collections nearest to probes, by their indexes or, where a filter lets few through, by scoring all of these. */
export class GallerySearch {
  private readonly indexSearch: IndexSearch;

  constructor(
    private readonly deps: GallerySearchDependencies,
    private readonly limits: typeof GALLERY_LIMITS = GALLERY_LIMITS,
  ) {
    this.indexSearch = new IndexSearch(deps, limits.maxExact);
  }

  /** What the filter lets through, as far as all of it may be scored. May run while the probes are made. */
  async candidates(
    scope: TenantScope,
    collections: readonly CollectionRecord[],
    { embeddingDigest }: CalibratedPack,
    filter: PersonFilter,
  ): Promise<Candidates> {
    const ids = collections.map(({ id }) => id);
    const { maxExact } = this.limits;
    const faces = await this.deps.filteredFaces.listFaces(scope, ids, filter, maxExact + 1);
    const isNarrow = faces.length <= maxExact;
    return { faces, vectors: isNarrow ? await this.deps.filteredFaces.findVectors(scope, faces, embeddingDigest) : [] };
  }

  async search(scope: TenantScope, query: GalleryQuery): Promise<GalleryAnswer> {
    const clock = new StageClock();
    const { candidates } = query;
    const { maxK, maxExact } = this.limits;
    if (candidates && candidates.faces.length <= maxExact) {
      const nearest = query.probes.map(() => new NearestPersons(query.limit));
      await clock.index(this.scoreAll(query, candidates.vectors, nearest));
      return clock.answer(await clock.database(this.resolve(scope, query, await keysOf(nearest))));
    }
    const maxDistance = distanceAtSimilarity(query.pack.calibration, query.threshold);
    const horizon = horizonOf(query.pack, query.threshold);
    for (let k = Math.min(maxK, Math.max(64, query.limit * 8)); ; k = Math.min(maxK, k * 4)) {
      const hits = await clock.index(this.indexSearch.search(scope, query, k));
      const matches = await clock.database(this.resolve(scope, query, await keysWithin(hits, horizon)));
      // A person with very many faces, or faces that a filter or the probe leaves out, can fill the first k: look deeper while the k-th is
      // still over the threshold.
      const wantsMore = hits.some(
        (perProbe, index) => perProbe.isCut(k, maxDistance) && (matches[index]?.length ?? 0) < query.limit,
      );
      if (!wantsMore) return clock.answer(matches);
      if (k < maxK) continue;
      const all = await clock.index(this.scan(scope, query));
      return clock.answer(all ? await clock.database(this.resolve(scope, query, await keysOf(all))) : matches);
    }
  }

  /**
   * Every face that passes the filter or, without one, is of nobody whom the probe leaves out, scored page by page; null when
   * they are too many, or when there is neither.
   */
  private async scan(scope: TenantScope, query: GalleryQuery): Promise<NearestPersons[] | null> {
    const { embeddingDigest } = query.pack;
    const { maxExact, maxScanned } = this.limits;
    const faces = await this.listWanted(scope, query, maxScanned + 1);
    if (faces.length === 0 || faces.length > maxScanned) return null;
    const nearest = query.probes.map(() => new NearestPersons(query.limit));
    for (let from = 0; from < faces.length; from += maxExact) {
      const page = faces.slice(from, from + maxExact);
      const vectors = await this.deps.filteredFaces.findVectors(scope, page, embeddingDigest);
      await this.scoreAll(query, vectors, nearest);
    }
    return nearest;
  }

  private async listWanted(
    scope: TenantScope,
    { collections, probes, filter }: GalleryQuery,
    limit: number,
  ): Promise<readonly FaceOfPerson[]> {
    const ids = collections.map(({ id }) => id);
    if (filter) return this.deps.filteredFaces.listFaces(scope, ids, filter, limit);
    // Only a stored face or person leaves anybody out, and is the only probe.
    const excluded = probes.length === 1 ? [...(probes[0]!.excludedPersonIds ?? [])] : [];
    return excluded.length > 0 ? this.deps.filteredFaces.listOthers(scope, ids, excluded, limit) : [];
  }

  /** Adds what is near enough to that of its probe. */
  private async scoreAll(
    { pack, probes, threshold }: GalleryQuery,
    vectors: readonly KeyedVector[],
    nearest: readonly NearestPersons[],
  ): Promise<void> {
    const horizon = horizonOf(pack, threshold);
    const slice = new LoopSlice();
    for (const [index, { embedding, excludedPersonIds }] of probes.entries()) {
      for (const { vectorKey, personId, vector } of embedding ? vectors : []) {
        if (excludedPersonIds?.has(personId)) continue;
        const distance = distanceBetween(pack.metric, embedding!, vector);
        if (distance <= horizon) nearest[index]!.add(personId, vectorKey, distance);
      }
      // A group photo has a hundred probes: others get their turn in between.
      await slice.pause();
    }
  }

  /** @param within keys of faces that are near to each probe, those first that matter most. */
  private async resolve(
    scope: TenantScope,
    query: GalleryQuery,
    within: readonly (readonly bigint[])[],
  ): Promise<PersonMatch[][]> {
    const { collections, pack, probes, threshold, limit, filter } = query;
    const faces = await this.deps.faces.findIndexedByVectorKeys(
      scope,
      collections.map(({ id }) => id),
      [...takeNearest(within, this.limits.maxFetched)],
      pack.embeddingDigest,
      filter ?? {},
    );
    return inSlices(probes, (probe, index) => {
      if (!probe.embedding) return [];
      const own = new Set(within[index]);
      const found = faces.filter(
        (face) =>
          own.has(face.vectorKey) &&
          face.id !== probe.excludedFaceId &&
          !(face.person && probe.excludedPersonIds?.has(face.person.id)),
      );
      const scored = scoreFaces(pack, probe.embedding, found, probe.distanceOf).filter(
        (hit) => hit.similarity >= threshold,
      );
      return groupByPerson(scored, limit);
    });
  }
}

/** Of very many, each in its turn: all at once would hold the event loop for seconds. */
async function inSlices<T, R>(items: readonly T[], work: (item: T, index: number) => R): Promise<R[]> {
  const slice = new LoopSlice();
  const results: R[] = [];
  for (const [index, item] of items.entries()) {
    results.push(work(item, index));
    await slice.pause();
  }
  return results;
}

const keysOf = (nearest: readonly NearestPersons[]): Promise<bigint[][]> => inSlices(nearest, (one) => one.keys());

const keysWithin = (hits: readonly ProbeHits[], horizon: number): Promise<bigint[][]> =>
  inSlices(hits, (one) => one.keysWithin(horizon));

/** Half a point of slack: an index's distances are approximate, the exact ones decide later. */
function horizonOf({ calibration }: CalibratedPack, threshold: number): number {
  return distanceAtSimilarity(calibration, Math.max(0, threshold - 0.5)) * 1.02;
}

/** What the stages took, in milliseconds. */
class StageClock {
  private indexMs = 0;
  private databaseMs = 0;

  async index<T>(work: Promise<T>): Promise<T> {
    const begin = performance.now();
    const answer = await work;
    this.indexMs += performance.now() - begin;
    return answer;
  }

  async database<T>(work: Promise<T>): Promise<T> {
    const begin = performance.now();
    const answer = await work;
    this.databaseMs += performance.now() - begin;
    return answer;
  }

  answer(matches: PersonMatch[][]): GalleryAnswer {
    return { matches, indexMs: this.indexMs, databaseMs: this.databaseMs };
  }
}
