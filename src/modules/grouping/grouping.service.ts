import { linkByAverage } from '../../domain/average-linkage';
import { distanceAtSimilarity, groupingThreshold, similarityOf } from '../../domain/calibration';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CalibratedPack } from '../../ports/face-analyzer';
import type { CollectionIndex } from '../collection-index/collection-index.service';
import type { CollectionService } from '../collections/collection.service';
import type { CollectionTurns } from './collection-turns';
import type { FaceToGroup, GroupingStore } from './grouping.store';
import { lookAround, type Surroundings } from './neighbourhood';

export interface GroupingDependencies {
  readonly turns: CollectionTurns;
  readonly collections: Pick<CollectionService, 'getMany' | 'getPack'>;
  readonly collectionIndex: Pick<CollectionIndex, 'search'>;
  readonly groupings: Pick<GroupingStore, 'listNewest' | 'findPersons' | 'listBirths' | 'listRejections'>;
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
  /** Faces that were looked at. */
  readonly facesLookedAt: number;
  /** What groups had to reach, 0-100. */
  readonly minSimilarity: number;
  /** The oldest face that was looked at; null: none was. */
  readonly oldestFaceId: string | null;
  /** Whether there are older faces, which were not looked at. */
  readonly isCut: boolean;
}

export interface GroupingRequest {
  readonly which: 'UNASSIGNED' | 'ALL';
  /** 0-100: what the mean of all pairs of two groups must reach for them to be one; null: the pack's own. */
  readonly minSimilarity: number | null;
  /** Only faces that came before this one; null: the newest. */
  readonly olderThan: string | null;
}

export interface Suggestion extends NearestPerson {
  readonly faceId: string;
}

/** Faces that are grouped at once, the newest: some seconds. */
export const MAX_FACES = 5_000;

/** Which faces are one person's, and whose: proposals, nothing is changed. */
export class GroupingService {
  constructor(private readonly deps: GroupingDependencies) {}

  /** @throws DomainError NOT_FOUND, RATE_LIMITED. */
  cluster(scope: TenantScope, collectionId: string, request: GroupingRequest): Promise<Grouping> {
    return this.deps.turns.run(scope, () => this.group(scope, collectionId, request));
  }

  /** Faces of nobody that are like somebody known, the surest first. @throws DomainError NOT_FOUND, RATE_LIMITED. */
  suggest(scope: TenantScope, collectionId: string, minSimilarity: number, limit: number): Promise<Suggestion[]> {
    return this.deps.turns.run(scope, () => this.findSuggestions(scope, collectionId, minSimilarity, limit));
  }

  private async group(
    scope: TenantScope,
    collectionId: string,
    { which, olderThan, ...request }: GroupingRequest,
  ): Promise<Grouping> {
    const pack = await this.packOf(scope, collectionId);
    const minSimilarity = request.minSimilarity ?? groupingThreshold(pack.calibration);
    const { surroundings, isCut } = await this.look(scope, collectionId, pack, which === 'UNASSIGNED', olderThan);
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
    const facesLookedAt = surroundings.length;
    const oldestFaceId = surroundings[0]?.face.id ?? null;
    return { groups, messyFaceIds, facesLookedAt, minSimilarity, oldestFaceId, isCut };
  }

  private async findSuggestions(
    scope: TenantScope,
    collectionId: string,
    minSimilarity: number,
    limit: number,
  ): Promise<Suggestion[]> {
    const pack = await this.packOf(scope, collectionId);
    const { surroundings } = await this.look(scope, collectionId, pack, true, null);
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
    olderThan: string | null,
  ): Promise<{ surroundings: Surroundings<FaceToGroup>[]; isCut: boolean }> {
    const { embeddingDigest } = pack;
    const found = await this.deps.groupings.listNewest(scope, {
      collectionId,
      embeddingDigest,
      unassignedOnly,
      olderThan,
      limit: MAX_FACES + 1,
    });
    const faces = found.slice(0, MAX_FACES).reverse();
    const surroundings = await lookAround(this.deps.collectionIndex, scope, collectionId, pack, faces);
    return { surroundings, isCut: found.length > MAX_FACES };
  }

  /** The person whom each face resembles most, of those who were born and not said to be somebody else. */
  private async nearestOf(
    scope: TenantScope,
    collectionId: string,
    pack: CalibratedPack,
    surroundings: readonly Surroundings<FaceToGroup>[],
  ): Promise<(NearestPerson | null)[]> {
    const { groupings } = this.deps;
    const keys = new Set(surroundings.flatMap(({ hits }) => hits.map(({ vectorKey }) => vectorKey)));
    const owners = await groupings.findPersons(scope, collectionId, [...keys]);
    const births = await groupings.listBirths(scope, [...new Set(owners.values())]);
    const rejected = await groupings.listRejections(
      scope,
      surroundings.map(({ face }) => face.id),
    );
    return surroundings.map(({ face, hits }) => {
      for (const { vectorKey, distance } of hits) {
        const personId = owners.get(vectorKey);
        if (personId === undefined || rejected.has(`${face.id}/${personId}`)) continue;
        if (isBefore(face.takenAt, births.get(personId))) continue;
        return { personId, similarity: similarityOf(pack.calibration, distance) };
      }
      return null;
    });
  }
}

function best(people: readonly NearestPerson[]): NearestPerson | null {
  return people.reduce<NearestPerson | null>(
    (so, one) => (so === null || one.similarity > so.similarity ? one : so),
    null,
  );
}

/** Whether a photograph was taken before somebody was born; false where either is not known. */
function isBefore(takenAt: Date | null, bornOn: Date | undefined): boolean {
  return takenAt !== null && bornOn !== undefined && takenAt < bornOn;
}
