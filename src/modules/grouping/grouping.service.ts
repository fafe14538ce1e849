import { distanceAtSimilarity, similarityOf } from '../../domain/calibration';
import { linkByAverage } from '../../domain/average-linkage';
import { DomainError } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import { SharedGate } from '../../domain/weighted-gate';
import type { CalibratedPack } from '../../ports/face-analyzer';
import type { VectorHit } from '../../ports/vector-index';
import type { VectorSpace } from '../../records/vector-space';
import type { CollectionIndex } from '../collection-index/collection-index.service';
import type { CollectionService } from '../collections/collection.service';
import type { FaceToGroup, GroupingStore } from './grouping.store';

export interface GroupingDependencies {
  readonly collections: Pick<CollectionService, 'getMany' | 'getPack'>;
  readonly collectionIndex: Pick<CollectionIndex, 'search'>;
  readonly groupings: GroupingStore;
}

/** A person whom a face or a group resembles most. */
export interface NearestPerson {
  readonly personId: string;
  /** 0-100, of the best pair. */
  readonly similarity: number;
}

export interface FaceGroup {
  readonly faceIds: readonly string[];
  readonly nearest: NearestPerson | null;
}

export interface Grouping {
  /** The largest first; of equal ones, that with the oldest face. */
  readonly groups: readonly FaceGroup[];
  /** Faces that are like no other. */
  readonly messyFaceIds: readonly string[];
  /** Whether the collection has more faces than were looked at. */
  readonly isCut: boolean;
}

export interface Suggestion extends NearestPerson {
  readonly faceId: string;
}

/** Faces that are grouped at once: some seconds. */
const MAX_FACES = 5_000;
const NEIGHBOURS = 32;
/** Probes of one call of the index. */
const PROBES = 64;

/** Collections that are looked through at one time: each holds the thread and up to 5,000 vectors. One tenant has half. */
const AT_ONCE = 2;
const MAX_WAIT_MS = 15_000;
const RETRY_AFTER_MS = 5_000;

/** A face with what the index found near it. */
interface Surroundings {
  readonly face: FaceToGroup;
  readonly hits: readonly VectorHit[];
}

/** Which faces are one person's, and whose: proposals, nothing is changed. */
export class GroupingService {
  private readonly turns = new SharedGate(AT_ONCE);

  constructor(private readonly deps: GroupingDependencies) {}

  /**
   * @param minSimilarity 0-100: what the mean of all pairs of two groups must reach for them to be one.
   * @throws DomainError NOT_FOUND, RATE_LIMITED.
   */
  cluster(
    scope: TenantScope,
    collectionId: string,
    which: 'UNASSIGNED' | 'ALL',
    minSimilarity: number,
  ): Promise<Grouping> {
    return this.inTurn(scope, () => this.group(scope, collectionId, which, minSimilarity));
  }

  /** Faces of nobody that are like somebody known, the surest first. @throws DomainError NOT_FOUND, RATE_LIMITED. */
  suggest(scope: TenantScope, collectionId: string, minSimilarity: number, limit: number): Promise<Suggestion[]> {
    return this.inTurn(scope, () => this.findSuggestions(scope, collectionId, minSimilarity, limit));
  }

  private async inTurn<T>(scope: TenantScope, work: () => Promise<T>): Promise<T> {
    const patience = AbortSignal.timeout(MAX_WAIT_MS);
    try {
      return await this.turns.run(scope.tenantId, 1, work, patience);
    } catch (error) {
      throw error === patience.reason ? tooMany() : error;
    }
  }

  private async group(
    scope: TenantScope,
    collectionId: string,
    which: 'UNASSIGNED' | 'ALL',
    minSimilarity: number,
  ): Promise<Grouping> {
    const pack = await this.packOf(scope, collectionId);
    const { surroundings, isCut } = await this.look(scope, collectionId, pack, which === 'UNASSIGNED');
    const places = new Map(surroundings.map(({ face }, at) => [face.vectorKey, at]));
    const linked = await linkByAverage(
      surroundings.map(({ face, hits }) => ({
        vector: face.vector,
        source: face.imageId,
        neighbours: hits.flatMap(({ vectorKey }) => places.get(vectorKey) ?? []),
      })),
      pack.metric,
      distanceAtSimilarity(pack.calibration, minSimilarity),
    );
    const nearest = await this.nearestOf(scope, collectionId, pack, surroundings);
    const groups = linked
      .filter((group) => group.length > 1)
      .sort((a, b) => b.length - a.length || a[0]! - b[0]!)
      .map((group) => ({
        faceIds: group.map((at) => surroundings[at]!.face.id),
        nearest: best(group.flatMap((at) => nearest[at] ?? [])),
      }));
    const messyFaceIds = linked.flatMap((group) => (group.length === 1 ? [surroundings[group[0]!]!.face.id] : []));
    return { groups, messyFaceIds, isCut };
  }

  private async findSuggestions(
    scope: TenantScope,
    collectionId: string,
    minSimilarity: number,
    limit: number,
  ): Promise<Suggestion[]> {
    const pack = await this.packOf(scope, collectionId);
    const { surroundings } = await this.look(scope, collectionId, pack, true);
    const nearest = await this.nearestOf(scope, collectionId, pack, surroundings);
    return surroundings
      .flatMap(({ face }, at) => {
        const person = nearest[at];
        return person && person.similarity >= minSimilarity ? [{ faceId: face.id, ...person }] : [];
      })
      .sort((a, b) => b.similarity - a.similarity || (a.faceId < b.faceId ? -1 : 1))
      .slice(0, limit);
  }

  private async packOf(scope: TenantScope, collectionId: string): Promise<CalibratedPack> {
    const [collection] = await this.deps.collections.getMany(scope, [collectionId]);
    return this.deps.collections.getPack(collection!);
  }

  private async look(
    scope: TenantScope,
    collectionId: string,
    pack: CalibratedPack,
    unassignedOnly: boolean,
  ): Promise<{ surroundings: Surroundings[]; isCut: boolean }> {
    const { embeddingDigest, dimension, metric } = pack;
    const found = await this.deps.groupings.listFaces(
      scope,
      collectionId,
      embeddingDigest,
      unassignedOnly,
      MAX_FACES + 1,
    );
    const faces = found.slice(0, MAX_FACES);
    const space: VectorSpace = { tenantId: scope.tenantId, collectionId, embeddingDigest, dimension, metric };
    const surroundings: Surroundings[] = [];
    for (let from = 0; from < faces.length; from += PROBES) {
      const some = faces.slice(from, from + PROBES);
      const vectors = some.map(({ vector }) => vector);
      // One more than asked for: each finds itself.
      const answers = await this.deps.collectionIndex.search(scope, space, vectors, NEIGHBOURS + 1);
      some.forEach((face, at) => {
        const hits = answers[at]!;
        if (hits.some((hit) => hit.tenantId !== scope.tenantId || hit.collectionId !== collectionId)) {
          throw new Error('The vector index answered with a hit outside the searched space');
        }
        surroundings.push({ face, hits: hits.filter(({ vectorKey }) => vectorKey !== face.vectorKey) });
      });
    }
    return { surroundings, isCut: found.length > MAX_FACES };
  }

  /** The person whom each face resembles most, of those who were not said to be somebody else. */
  private async nearestOf(
    scope: TenantScope,
    collectionId: string,
    pack: CalibratedPack,
    surroundings: readonly Surroundings[],
  ): Promise<(NearestPerson | null)[]> {
    const { groupings } = this.deps;
    const keys = new Set(surroundings.flatMap(({ hits }) => hits.map(({ vectorKey }) => vectorKey)));
    const owners = await groupings.findPersons(scope, collectionId, [...keys]);
    const rejected = await groupings.listRejections(
      scope,
      surroundings.map(({ face }) => face.id),
    );
    return surroundings.map(({ face, hits }) => {
      for (const { vectorKey, distance } of hits) {
        const personId = owners.get(vectorKey);
        if (personId === undefined || rejected.has(`${face.id}/${personId}`)) continue;
        return { personId, similarity: similarityOf(pack.calibration, distance) };
      }
      return null;
    });
  }
}

function tooMany(): DomainError {
  return new DomainError('RATE_LIMITED', 'Too many collections are looked through just now. Ask again in a moment.', {
    details: { retryAfterMs: RETRY_AFTER_MS },
  });
}

function best(people: readonly NearestPerson[]): NearestPerson | null {
  return people.reduce<NearestPerson | null>(
    (so, one) => (so === null || one.similarity > so.similarity ? one : so),
    null,
  );
}
