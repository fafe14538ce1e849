import { similarityOf } from '../../domain/calibration';
import { DomainError } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CalibratedPack } from '../../ports/face-analyzer';
import type { CollectionRecord } from '../../records/collection';
import type { CollectionIndex } from '../collection-index/collection-index.service';
import type { CollectionService } from '../collections/collection.service';
import type { KnownPerson } from '../../records/job';
import type { FaceStore } from '../faces/face.store';
import type { GroupingStore } from '../grouping/grouping.store';
import type { PersonStore } from '../persons/person.store';
import { measureGallery } from '../recognition/gallery-size';
import { chooseThreshold } from '../recognition/search-threshold';
import type { ClaimedRange } from './enrollment-shapes';

export interface KnownElsewhereDependencies {
  readonly collections: Pick<CollectionService, 'getMany' | 'getPack'>;
  readonly collectionIndex: Pick<CollectionIndex, 'search'>;
  readonly faces: Pick<FaceStore, 'countUnassigned'>;
  readonly groupings: Pick<GroupingStore, 'findPersons'>;
  readonly persons: Pick<PersonStore, 'findRejected'>;
}

/** Faces that are looked at: at first and, as long as all of them are the person's own, at most. */
const FIRST_NEAREST = 64;
const MAX_NEAREST = 1_024;

/** Looks, before a face is given to somebody, whether it is somebody else's already. */
export class KnownElsewhere {
  /** Of each range: what its own items add hardly moves it, and it may have to count many faces. */
  private readonly thresholds = new WeakMap<object, number>();

  constructor(private readonly deps: KnownElsewhereDependencies) {}

  /**
   * @param range that the face is of; its items are held to one threshold.
   * @param subjectId whose it is to be.
   * @returns who has the nearest face of somebody else, when a search would answer with them. Who was said to be somebody else
   * than the person, a twin perhaps, is not meant.
   * @throws DomainError NOT_FOUND, DEPENDENCY_UNAVAILABLE, TIMEOUT.
   */
  async find(
    scope: TenantScope,
    range: Pick<ClaimedRange, 'collectionId'>,
    subjectId: string,
    embedding: Float32Array,
  ): Promise<KnownPerson | null> {
    const { collections, collectionIndex, groupings, persons } = this.deps;
    const { collectionId } = range;
    const found = await collections.getMany(scope, [collectionId]);
    const pack = collections.getPack(found[0]!);
    const { embeddingDigest, dimension, metric, calibration } = pack;
    const space = { tenantId: scope.tenantId, collectionId, embeddingDigest, dimension, metric };
    const exempt = new Set([subjectId, ...(await persons.findRejected(scope, subjectId))]);
    for (let k = FIRST_NEAREST; ; k *= 4) {
      const [hits = []] = await collectionIndex.search(scope, space, [embedding], k);
      if (hits.length === 0) return null;
      const threshold = await this.thresholdOf(scope, range, found, pack);
      const near = hits.filter(({ distance }) => similarityOf(calibration, distance) >= threshold);
      const keys = near.map(({ vectorKey }) => vectorKey);
      const owners = await groupings.findPersons(scope, collectionId, keys);
      for (const { vectorKey, distance } of near) {
        const personId = owners.get(vectorKey);
        if (personId === undefined || exempt.has(personId)) continue;
        return { personId, similarity: similarityOf(calibration, distance) };
      }
      if (near.length < k || k >= MAX_NEAREST) return null;
    }
  }

  private async thresholdOf(
    scope: TenantScope,
    range: object,
    found: readonly CollectionRecord[],
    { calibration }: CalibratedPack,
  ): Promise<number> {
    const known = this.thresholds.get(range);
    if (known !== undefined) return known;
    const gallery = await measureGallery(this.deps.faces, scope, found);
    const { threshold } = chooseThreshold(null, found, gallery, calibration.identification);
    this.thresholds.set(range, threshold);
    return threshold;
  }
}

/** The face of an item that was to be refused is somebody else's. */
export class KnownElsewhereError extends DomainError {
  constructor(readonly known: KnownPerson) {
    super(
      'KNOWN_ELSEWHERE',
      'This face is like that of another person of the collection, so nothing of the image was stored. Look whose it is, then enrol it for them, or with onKnownElsewhere: ALLOW.',
    );
  }
}
