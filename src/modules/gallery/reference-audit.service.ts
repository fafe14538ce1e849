import { similarityOf, type Metric } from '../../domain/calibration';
import { createPauses } from '../../domain/pauses';
import {
  distanceToPerson,
  doubtOf,
  mayBeDoubted,
  medianWithoutEach,
  type DoubtReason,
  type OtherPerson,
  type OwnFit,
} from '../../domain/reference-audit';
import type { TenantScope } from '../../domain/tenant-scope';
import type { VectorHit } from '../../ports/vector-index';
import { lookAround } from '../grouping/neighbourhood';
import type { GalleryDependencies } from './gallery-dependencies';
import type { ReferenceFace } from './gallery.store';
import { groupByPerson, wholePersons } from './reference-faces';

/** A face that is doubted to be its person's. */
export interface DoubtedFace {
  readonly faceId: string;
  readonly personId: string;
  readonly reason: DoubtReason;
  /** The higher, the surer. */
  readonly score: number;
  /** 0-100: what half of the person's other faces reach. */
  readonly ownSimilarity: number;
  /** Whom it fits better. */
  readonly better: { readonly personId: string; readonly similarity: number } | null;
}

export interface GalleryAudit {
  /** The surest first. */
  readonly doubted: readonly DoubtedFace[];
  /** Faces and persons that were looked at. */
  readonly facesLookedAt: number;
  readonly personsLookedAt: number;
  /** The last of these persons; null: there was none. */
  readonly lastPersonId: string | null;
  /** Whether more persons come after that one. */
  readonly isCut: boolean;
}

export interface GalleryAuditRequest {
  /** Only persons that come after this one. */
  readonly afterPerson: string | null;
  readonly limit: number;
}

/** Faces that are looked at in one call; of a person with more, the oldest. */
export const MAX_REFERENCES = 5_000;
/** Of a person who is looked at in another call, to see whether a face is theirs. */
const FACES_EACH = 8;
/** Faces whose other persons are looked up together: what is held at once stays small. */
const AT_ONCE = 256;

/** A face that may turn out to be doubted. */
interface Judged {
  readonly face: ReferenceFace;
  readonly own: OwnFit;
  /** Of each other person the nearest face, the nearest first. */
  readonly nearest: readonly OtherPerson[];
}

/** Finds reference faces that fit their person badly. Changes nothing. */
export class ReferenceAuditService {
  constructor(private readonly deps: GalleryDependencies) {}

  /** @throws DomainError NOT_FOUND, RATE_LIMITED, DEPENDENCY_UNAVAILABLE. */
  audit(scope: TenantScope, collectionId: string, request: GalleryAuditRequest): Promise<GalleryAudit> {
    return this.deps.turns.run(scope, () => this.findDoubted(scope, collectionId, request));
  }

  private async findDoubted(
    scope: TenantScope,
    collectionId: string,
    { afterPerson, limit }: GalleryAuditRequest,
  ): Promise<GalleryAudit> {
    const startedAt = new Date();
    const [collection] = await this.deps.collections.getMany(scope, [collectionId]);
    const pack = this.deps.collections.getPack(collection!);
    const found = await this.deps.gallery.listReferences(scope, {
      collectionId,
      embeddingDigest: pack.embeddingDigest,
      facesEach: MAX_REFERENCES,
      limit: MAX_REFERENCES + 1,
      of: { after: afterPerson },
    });
    const { whole, isCut } = wholePersons(found, MAX_REFERENCES);
    const surroundings = await lookAround(this.deps.collectionIndex, scope, collectionId, pack, whole);
    const owners = await this.deps.groupings.findPersons(scope, collectionId, [
      ...new Set(surroundings.flatMap(({ hits }) => hits.map(({ vectorKey }) => vectorKey))),
    ]);
    const rejected = await this.deps.groupings.listRejections(
      scope,
      whole.map(({ id }) => id),
    );
    const byPerson = groupByPerson(whole);
    const fits = await ownFits(byPerson.values(), pack.metric);
    const pauseIfLong = createPauses();
    const judged: Judged[] = [];
    for (const { face, hits } of surroundings) {
      await pauseIfLong();
      const own = fits.get(face.id);
      // A face that stands alone is all that is known of its person.
      if (!own) continue;
      const nearest = othersAmong(hits, owners, face.personId).filter(
        ({ personId }) => !rejected.has(`${face.id}/${personId}`),
      );
      if (mayBeDoubted(pack.calibration, own, nearest)) judged.push({ face, own, nearest });
    }
    const similarity = (distance: number): number => similarityOf(pack.calibration, distance);
    const doubted: DoubtedFace[] = [];
    for (let from = 0; from < judged.length; from += AT_ONCE) {
      const some = judged.slice(from, from + AT_ONCE);
      const others = await this.findOthers(
        scope,
        collectionId,
        pack.embeddingDigest,
        byPerson,
        some.flatMap(({ nearest }) => nearest[0]?.personId ?? []),
      );
      for (const { face, own, nearest } of some) {
        await pauseIfLong();
        const theirs = others.get(nearest[0]?.personId ?? '');
        const other = theirs && {
          personId: nearest[0]!.personId,
          distance: distanceToPerson(face.vector, vectorsOf(theirs), pack.metric),
        };
        const doubt = doubtOf(pack.calibration, own, nearest, other ?? null);
        if (!doubt) continue;
        const { reason, score, better } = doubt;
        doubted.push({
          faceId: face.id,
          personId: face.personId,
          reason,
          score,
          ownSimilarity: similarity(own.distance),
          better: better && { personId: better.personId, similarity: similarity(better.distance) },
        });
      }
    }
    doubted.sort((a, b) => b.score - a.score || (a.faceId < b.faceId ? -1 : 1));
    const told = doubted.slice(0, limit);
    await this.deps.audit.record(scope, {
      collectionIds: [collectionId],
      subjectIds: [
        ...new Set(told.flatMap(({ personId, better }) => [personId, ...(better ? [better.personId] : [])])),
      ],
      probes: [],
      results: told.length,
      startedAt,
    });
    return {
      doubted: told,
      facesLookedAt: whole.length,
      personsLookedAt: byPerson.size,
      lastPersonId: whole.at(-1)?.personId ?? null,
      isCut,
    };
  }

  /** Faces of these persons: those that are at hand, and some of each of the others. */
  private async findOthers(
    scope: TenantScope,
    collectionId: string,
    embeddingDigest: string,
    atHand: ReadonlyMap<string, readonly ReferenceFace[]>,
    personIds: readonly string[],
  ): Promise<ReadonlyMap<string, readonly ReferenceFace[]>> {
    const missing = [...new Set(personIds)].filter((id) => !atHand.has(id));
    if (missing.length === 0) return atHand;
    const found = await this.deps.gallery.listReferences(scope, {
      collectionId,
      embeddingDigest,
      facesEach: FACES_EACH,
      limit: missing.length * FACES_EACH,
      of: { personIds: missing },
    });
    return new Map([...atHand, ...groupByPerson(found)]);
  }
}

/** How well each face fits its person, of those who have several. */
async function ownFits(
  persons: Iterable<readonly ReferenceFace[]>,
  metric: Metric,
): Promise<ReadonlyMap<string, OwnFit>> {
  const pauseIfLong = createPauses();
  const fits = new Map<string, OwnFit>();
  for (const faces of persons) {
    const distances: number[] = [];
    for (const { id, vector } of faces) {
      const peers = faces.filter((one) => one.id !== id);
      if (peers.length > 0) distances.push(distanceToPerson(vector, vectorsOf(peers), metric));
      await pauseIfLong();
    }
    const peers = medianWithoutEach(distances);
    distances.forEach((distance, at) => fits.set(faces[at]!.id, { distance, peerDistance: peers[at]! }));
  }
  return fits;
}

const vectorsOf = (faces: readonly ReferenceFace[]): Float32Array[] => faces.map(({ vector }) => vector);

/** Faces of other persons, each person once by the nearest. */
function othersAmong(
  hits: readonly VectorHit[],
  owners: ReadonlyMap<bigint, string>,
  personId: string,
): readonly OtherPerson[] {
  const nearest = new Map<string, OtherPerson>();
  for (const { vectorKey, distance } of hits) {
    const owner = owners.get(vectorKey);
    if (owner === undefined || owner === personId || nearest.has(owner)) continue;
    nearest.set(owner, { personId: owner, distance });
  }
  return [...nearest.values()];
}
