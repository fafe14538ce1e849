import { notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import { coarsenSimilarity } from '../../domain/rounding';
import { sealId } from '../../domain/sealed-id';
import type { QualityFilter } from '../../domain/quality';
import type { TenantScope } from '../../domain/tenant-scope';
import type { AnalyzedFace, CalibratedPack } from '../../ports/face-analyzer';
import type { VectorHit } from '../../ports/vector-index';
import type { OpenGallery } from '../../records/shared-gallery';
import type { VectorSpace } from '../../records/vector-space';
import type { CollectionService } from '../collections/collection.service';
import type { ImageSource } from '../images/image-loader.service';
import { nearOnes, withinBudgets, type GuardDependencies } from '../recognition/guarded-search';
import type { ProbeAnalyzer } from '../recognition/probe-analyzer';
import type { BudgetHolder } from '../recognition/search-budgets';
import { togetherOf, type SeenFace } from './celebrity-faces';
import { nearestOf, type Nearest } from './celebrity-scoring';
import { accessEnded, type GrantedGalleryStore } from './granted-gallery.store';

export interface CelebrityServiceDependencies extends GuardDependencies {
  readonly granted: Pick<GrantedGalleryStore, 'open' | 'countOpen' | 'findFaces'>;
  readonly packs: Pick<CollectionService, 'getPack'>;
  readonly probes: Pick<ProbeAnalyzer, 'analyzeByEach'>;
  /** Looks into the index of a collection; the platform itself keeps it up to date. */
  readonly searchSpace: (space: VectorSpace, probes: readonly Float32Array[], k: number) => Promise<VectorHit[][]>;
}

export interface RecognizeCommand {
  readonly image: ImageSource;
  /** Ids of grants. */
  readonly galleryIds: readonly string[];
  /** 0-100, whole; a gallery's own floor holds where it is higher. */
  readonly minSimilarity: number;
  readonly qualityFilter: QualityFilter;
  readonly holder: BudgetHolder;
}

export interface RecognizedFace {
  readonly face: AnalyzedFace;
  readonly galleryId: string;
  /** Sealed for this grant. */
  readonly id: string;
  readonly name: string;
  readonly urls: readonly string[];
  readonly knownFor: string | null;
  /** 0-100, whole. */
  readonly similarity: number;
  readonly showsCover: boolean;
}

export interface RecognitionAnswer {
  readonly auditId: string;
  readonly recognized: readonly RecognizedFace[];
  readonly unrecognized: readonly AnalyzedFace[];
  readonly firstFrameOnly: boolean;
}

/**
 * Neighbours of a face that each index is asked for, and of these the faces that are scored: as many for a face that is found as for one
 * that is not, so that what it takes tells neither of them.
 */
const NEIGHBOURS = 128;
const SCORED = 8;

/** Whom galleries know of the faces of an image. Nothing of a search is kept, counted or told on the side of a gallery's owner. */
export class CelebrityService {
  constructor(private readonly deps: CelebrityServiceDependencies) {}

  /**
   * @throws DomainError NOT_FOUND (a gallery), FORBIDDEN when one was withdrawn meanwhile, MODEL_MISMATCH (a pack is not served),
   * RATE_LIMITED (a budget of the key is used up), and what loading and analysing the image and `SearchAudit.record` throw.
   */
  async recognize(scope: TenantScope, command: RecognizeCommand): Promise<RecognitionAnswer> {
    const startedAt = new Date();
    const galleryIds = [...new Set(command.galleryIds)];
    const galleries = await this.open(scope, galleryIds);
    const packs = new Map(galleries.map((one) => [one.embeddingDigest, this.deps.packs.getPack(one)]));
    const served = [...packs.values()];
    const analysed = await this.deps.probes.analyzeByEach(
      scope,
      command.image,
      'image',
      served.map(({ id }) => ({ packId: id, qualityFilter: command.qualityFilter })),
    );
    const faces = togetherOf(
      served.map(({ embeddingDigest }, place) => ({ embeddingDigest, image: analysed[place]! })),
    );
    const nearest = await Promise.all(
      galleries.map((gallery) => this.nearestIn(gallery, packs.get(gallery.embeddingDigest)!, faces)),
    );
    const told = faces.map((face, place) => best(face, galleries, nearest, place, command.minSimilarity));
    const recognized = told.filter((one) => one !== null);
    // Whoever has withdrawn a gallery since is not answered from it.
    if ((await this.deps.granted.countOpen(scope, galleryIds)) < galleryIds.length) throw accessEnded();
    await this.take(scope, command, recognized);
    const auditId = await this.deps.audit.record(scope, {
      collectionIds: [],
      subjectIds: [...galleryIds, ...recognized.map(({ id }) => id)],
      probes: [analysed[0]!.sha256],
      results: recognized.length,
      startedAt,
      details: { minSimilarity: command.minSimilarity },
    });
    return {
      auditId,
      recognized,
      unrecognized: faces.flatMap(({ shown }, place) => (told[place] ? [] : [shown])),
      firstFrameOnly: analysed.some(({ firstFrameOnly }) => firstFrameOnly),
    };
  }

  /** In the order of `ids`. */
  private async open(scope: TenantScope, ids: readonly string[]): Promise<OpenGallery[]> {
    const found = new Map(
      (ids.every(isId) ? await this.deps.granted.open(scope, ids) : []).map((one) => [one.id, one]),
    );
    return ids.map((id) => {
      const gallery = found.get(id);
      if (!gallery) throw notFound('gallery, one of those given');
      return gallery;
    });
  }

  /** For each face the nearest person of the gallery, however far; null: there is nobody. */
  private async nearestIn(
    gallery: OpenGallery,
    pack: CalibratedPack,
    faces: readonly SeenFace[],
  ): Promise<(Nearest | null)[]> {
    const { embeddingDigest, dimension, metric } = pack;
    const vectors = faces.flatMap(({ embeddings }) => embeddings.get(embeddingDigest) ?? []);
    if (vectors.length === 0) return faces.map(() => null);
    const space = { ...gallery.space, embeddingDigest, dimension, metric };
    const hits = await this.deps.searchSpace(space, vectors, NEIGHBOURS);
    const { tenantId, collectionId } = gallery.space;
    // A hit of somebody else's is a fault of the engine or of its adapter: no answer is better than that one.
    if (hits.flat().some((hit) => hit.tenantId !== tenantId || hit.collectionId !== collectionId)) {
      throw new Error('The vector index answered with a hit outside the searched space');
    }
    const keys = hits.map((ofProbe) => ofProbe.map(({ vectorKey }) => vectorKey));
    const published = await this.deps.granted.findFaces(gallery.scope, keys, embeddingDigest, SCORED);
    let place = 0;
    return faces.map(({ embeddings }) => {
      const vector = embeddings.get(embeddingDigest);
      return vector ? nearestOf(pack, vector, published, new Set(keys[place++])) : null;
    });
  }

  private async take(
    scope: TenantScope,
    { holder, minSimilarity }: RecognizeCommand,
    found: readonly (RecognizedFace & { readonly threshold: number })[],
  ): Promise<void> {
    await withinBudgets(this.deps, scope, holder, [], (taker, budgets) => {
      for (const { id, similarity, threshold } of found) {
        for (const personId of nearOnes([{ personId: id, similarity }], Math.max(threshold, minSimilarity))) {
          budgets.takeNear(taker, personId);
        }
      }
      budgets.name(
        taker,
        found.map(({ id }) => id),
      );
    });
  }
}

/** Whom the face is told to be: the one of all galleries who is most like it, if they are like enough for their gallery. */
function best(
  { shown }: SeenFace,
  galleries: readonly OpenGallery[],
  nearest: readonly (readonly (Nearest | null)[])[],
  place: number,
  minSimilarity: number,
): (RecognizedFace & { readonly threshold: number }) | null {
  const all = galleries.flatMap((gallery, index) => {
    const one = nearest[index]![place];
    if (!one) return [];
    const threshold = Math.max(gallery.similarityFloor, minSimilarity);
    // Also for those who are too far: found or not, it takes as long.
    const id = sealId(gallery.idSecret, one.person.personId);
    return [{ gallery, one, threshold, id }];
  });
  const [first] = all
    .filter(({ one, threshold }) => one.similarity >= threshold)
    .sort((a, b) => b.one.similarity - a.one.similarity);
  if (!first) return null;
  const { gallery, one, threshold, id } = first;
  const { name, urls, knownFor } = one.person;
  return {
    face: shown,
    galleryId: gallery.id,
    id,
    name,
    urls,
    knownFor,
    similarity: coarsenSimilarity(one.similarity, threshold),
    showsCover: gallery.showsCovers,
    threshold,
  };
}
