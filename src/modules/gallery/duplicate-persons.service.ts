import { distanceAtSimilarity, groupingThreshold, similarityOf, type Metric } from '../../domain/calibration';
import { distanceBetween } from '../../domain/distance';
import { createPauses } from '../../domain/pauses';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CalibratedPack } from '../../ports/face-analyzer';
import { lookAround } from '../grouping/neighbourhood';
import type { GalleryDependencies } from './gallery-dependencies';
import type { PersonPair, ReferenceFace, ReferencesWanted } from './gallery.store';
import { groupByPerson, wholePersons } from './reference-faces';

/** Two persons who look like one. */
export interface LikePersons extends PersonPair {
  /** 0-100, of the mean of all pairs of their faces. */
  readonly similarity: number;
  /** Images in which both are: hardly one person. */
  readonly sharedImageIds: readonly string[];
}

export interface DuplicatePersons {
  /** The surest first. */
  readonly pairs: readonly LikePersons[];
  readonly personsLookedAt: number;
  /** What a pair had to reach, 0-100. */
  readonly minSimilarity: number;
  /** The last person that was looked at; null: there was none. */
  readonly lastPersonId: string | null;
  readonly isCut: boolean;
  /** Whether only the surest of the pairs are told, or only the nearest were compared. */
  readonly hasMorePairs: boolean;
}

export interface DuplicatePersonsRequest {
  /** 0-100; null: where the pack's faces are grouped. */
  readonly minSimilarity: number | null;
  readonly afterPerson: string | null;
  readonly limit: number;
}

/** Faces that are looked at in one call. */
const MAX_FACES = 5_000;
/** Of each person, the oldest: more say little more of who they are. */
export const FACES_EACH = 8;
/** Pairs of persons whose faces are compared in one call, the nearest first. */
const MAX_CANDIDATES = 2_000;
/** Faces, or pairs, whose others are looked up together: what is held at once stays small. */
const AT_ONCE = 256;

const keyOf = ({ personId, otherId }: PersonPair): string => `${personId}/${otherId}`;

/** Finds persons who look like one. Changes nothing. */
export class DuplicatePersonsService {
  constructor(private readonly deps: GalleryDependencies) {}

  /** @throws DomainError NOT_FOUND, RATE_LIMITED, DEPENDENCY_UNAVAILABLE. */
  find(scope: TenantScope, collectionId: string, request: DuplicatePersonsRequest): Promise<DuplicatePersons> {
    return this.deps.turns.run(scope, () => this.findPairs(scope, collectionId, request));
  }

  private async findPairs(
    scope: TenantScope,
    collectionId: string,
    request: DuplicatePersonsRequest,
  ): Promise<DuplicatePersons> {
    const startedAt = new Date();
    const { gallery } = this.deps;
    const [collection] = await this.deps.collections.getMany(scope, [collectionId]);
    const pack = this.deps.collections.getPack(collection!);
    const minSimilarity = request.minSimilarity ?? groupingThreshold(pack.calibration);
    const maxDistance = distanceAtSimilarity(pack.calibration, minSimilarity);
    const wanted = { collectionId, embeddingDigest: pack.embeddingDigest, facesEach: FACES_EACH };
    const found = await gallery.listReferences(scope, {
      ...wanted,
      limit: MAX_FACES + 1,
      of: { after: request.afterPerson },
    });
    const { whole, isCut } = wholePersons(found, MAX_FACES);
    // A pair may be found from either side, and be told with each: who is near to somebody may not be among those nearest.
    const candidates = await this.findCandidates(scope, collectionId, pack, whole, maxDistance);
    const open = candidates.slice(0, MAX_CANDIDATES);
    const like = await this.compare(scope, wanted, groupByPerson(whole), open, pack, maxDistance);
    like.sort((a, b) => b.similarity - a.similarity || (keyOf(a) < keyOf(b) ? -1 : 1));
    const told = like.slice(0, request.limit);
    const shared = await gallery.findSamePhotographs(scope, told);
    await this.deps.audit.record(scope, {
      collectionIds: [collectionId],
      subjectIds: [...new Set(told.flatMap(({ personId, otherId }) => [personId, otherId]))],
      probes: [],
      results: told.length,
      startedAt,
    });
    return {
      pairs: told.map((pair) => ({ ...pair, sharedImageIds: shared.get(keyOf(pair)) ?? [] })),
      personsLookedAt: groupByPerson(whole).size,
      minSimilarity,
      lastPersonId: whole.at(-1)?.personId ?? null,
      isCut,
      hasMorePairs: candidates.length > open.length || like.length > told.length,
    };
  }

  /**
   * Pairs of persons of whom two faces are near enough, the nearest first, and nobody said that they are different people.
   * @returns more than MAX_CANDIDATES when there are more, though not all.
   */
  private async findCandidates(
    scope: TenantScope,
    collectionId: string,
    pack: CalibratedPack,
    faces: readonly ReferenceFace[],
    maxDistance: number,
  ): Promise<PersonPair[]> {
    const surroundings = await lookAround(this.deps.collectionIndex, scope, collectionId, pack, faces);
    const pauseIfLong = createPauses();
    const nearest = new Map<string, PersonPair & { readonly distance: number }>();
    for (let from = 0; from < surroundings.length; from += AT_ONCE) {
      const near = surroundings
        .slice(from, from + AT_ONCE)
        .flatMap(({ face, hits }) =>
          hits.filter(({ distance }) => distance <= maxDistance).map((hit) => ({ face, ...hit })),
        );
      const keys = [...new Set(near.map(({ vectorKey }) => vectorKey))];
      const owners = await this.deps.groupings.findPersons(scope, collectionId, keys);
      for (const { face, vectorKey, distance } of near) {
        const owner = owners.get(vectorKey);
        if (owner === undefined || owner === face.personId) continue;
        const [personId, otherId] = face.personId < owner ? [face.personId, owner] : [owner, face.personId];
        const pair = { personId, otherId, distance };
        if (distance < (nearest.get(keyOf(pair))?.distance ?? Infinity)) nearest.set(keyOf(pair), pair);
        await pauseIfLong();
      }
    }
    const pairs = [...nearest.values()].sort((a, b) => a.distance - b.distance);
    const open: PersonPair[] = [];
    for (let from = 0; from < pairs.length && open.length <= MAX_CANDIDATES; from += MAX_CANDIDATES) {
      const some = pairs.slice(from, from + MAX_CANDIDATES).map(({ personId, otherId }) => ({ personId, otherId }));
      const rejected = await this.deps.gallery.findRejected(scope, some);
      open.push(...some.filter((pair) => !rejected.has(keyOf(pair))));
    }
    return open;
  }

  /** Of these pairs, those whose faces are near enough on the whole. */
  private async compare(
    scope: TenantScope,
    wanted: Omit<ReferencesWanted, 'limit' | 'of'>,
    atHand: ReadonlyMap<string, readonly ReferenceFace[]>,
    pairs: readonly PersonPair[],
    { metric, calibration }: CalibratedPack,
    maxDistance: number,
  ): Promise<(PersonPair & { readonly similarity: number })[]> {
    const pauseIfLong = createPauses();
    const like: (PersonPair & { readonly similarity: number })[] = [];
    for (let from = 0; from < pairs.length; from += AT_ONCE) {
      const some = pairs.slice(from, from + AT_ONCE);
      const ids = some.flatMap(({ personId, otherId }) => [personId, otherId]);
      const missing = [...new Set(ids)].filter((id) => !atHand.has(id));
      const others = await this.deps.gallery.listReferences(scope, {
        ...wanted,
        limit: missing.length * wanted.facesEach,
        of: { personIds: missing },
      });
      const faces = new Map([...atHand, ...groupByPerson(others)]);
      for (const pair of some) {
        const distance = meanDistance(metric, faces.get(pair.personId) ?? [], faces.get(pair.otherId) ?? []);
        if (distance <= maxDistance) like.push({ ...pair, similarity: similarityOf(calibration, distance) });
        await pauseIfLong();
      }
    }
    return like;
  }
}

/** Of all pairs of faces; Infinity: one has none. */
function meanDistance(metric: Metric, some: readonly ReferenceFace[], others: readonly ReferenceFace[]): number {
  let sum = 0;
  for (const { vector } of some) for (const other of others) sum += distanceBetween(metric, vector, other.vector);
  return some.length * others.length === 0 ? Infinity : sum / (some.length * others.length);
}
