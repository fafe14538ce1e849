import { similarityOf } from '../../domain/calibration';
import { DomainError } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import type { CollectionIndex } from '../collection-index/collection-index.service';
import type { CollectionService } from '../collections/collection.service';
import type { KnownPerson } from '../../records/job';
import type { FaceStore } from '../faces/face.store';
import type { GroupingStore } from '../grouping/grouping.store';
import { measureGallery } from '../recognition/gallery-size';
import { chooseThreshold } from '../recognition/search-threshold';

export interface KnownElsewhereDependencies {
  readonly collections: Pick<CollectionService, 'getMany' | 'getPack'>;
  readonly collectionIndex: Pick<CollectionIndex, 'search'>;
  readonly faces: Pick<FaceStore, 'countUnassigned'>;
  readonly groupings: Pick<GroupingStore, 'findPersons'>;
}

/** Faces that are looked at: those of the person themselves may be the nearest. */
const NEAREST = 64;

/** Looks, before a face is given to somebody, whether it is somebody else's already. */
export class KnownElsewhere {
  constructor(private readonly deps: KnownElsewhereDependencies) {}

  /**
   * @param subjectId whose it is to be.
   * @returns who has the nearest face of somebody else, when a search would answer with them.
   * @throws DomainError NOT_FOUND, DEPENDENCY_UNAVAILABLE, TIMEOUT.
   */
  async find(
    scope: TenantScope,
    collectionId: string,
    subjectId: string,
    embedding: Float32Array,
  ): Promise<KnownPerson | null> {
    const { collections, collectionIndex, faces, groupings } = this.deps;
    const found = await collections.getMany(scope, [collectionId]);
    const pack = collections.getPack(found[0]!);
    const { embeddingDigest, dimension, metric, calibration } = pack;
    const space = { tenantId: scope.tenantId, collectionId, embeddingDigest, dimension, metric };
    const [hits = []] = await collectionIndex.search(scope, space, [embedding], NEAREST);
    if (hits.length === 0) return null;
    const gallery = await measureGallery(faces, scope, found);
    const { threshold } = chooseThreshold(null, found, gallery, calibration.identification);
    const near = hits.filter(({ distance }) => similarityOf(calibration, distance) >= threshold);
    const owners = await groupings.findPersons(
      scope,
      collectionId,
      near.map(({ vectorKey }) => vectorKey),
    );
    for (const { vectorKey, distance } of near) {
      const personId = owners.get(vectorKey);
      if (personId === undefined || personId === subjectId) continue;
      return { personId, similarity: similarityOf(calibration, distance) };
    }
    return null;
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
