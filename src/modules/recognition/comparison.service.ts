import { COMPARISON_THRESHOLD, similarityOf } from '../../domain/calibration';
import { distanceBetween } from '../../domain/distance';
import { notFound } from '../../domain/errors';
import { estimatedFmr, verificationThreshold } from '../../domain/identification';
import { isId } from '../../domain/ids';
import type { QualityFilter } from '../../domain/quality';
import type { TenantScope } from '../../domain/tenant-scope';
import type { AnalyzedFace, AnalyzedImage, PackDescription } from '../../ports/face-analyzer';
import type { CollectionService } from '../collections/collection.service';
import type { FaceStore } from '../faces/face.store';
import type { PersonStore } from '../persons/person.store';
import type { ImageSource } from '../images/image-loader.service';
import { nearOnes, withinBudgets, type GuardDependencies } from './guarded-search';
import type { ProbeAnalyzer } from './probe-analyzer';
import type { BudgetHolder } from './search-budgets';
import { scoreFaces, type ScoredFace } from './search-scoring';
import { isAmbiguous, largestFaceOf } from './single-face';

export interface ComparisonServiceDependencies extends GuardDependencies {
  readonly collections: CollectionService;
  readonly probes: ProbeAnalyzer;
  readonly faces: FaceStore;
  readonly persons: PersonStore;
}

const MAX_PERSON_FACES = 1_000;

export interface ComparedFace {
  readonly detected: AnalyzedFace;
  /** Null, like `isMatch`, when the pack has no similarity scale. */
  readonly similarity: number | null;
  readonly distance: number;
  readonly isMatch: boolean | null;
}

export interface ComparisonResult {
  /** The row of the audit that tells of it. */
  readonly auditId: string;
  readonly source: AnalyzedFace;
  /** Whether another face of the source may be meant as well. */
  readonly isAmbiguous: boolean;
  /** Every face of the target that passed the quality filter, most similar first. */
  readonly faces: readonly ComparedFace[];
  /** Similarity (0-100) from which two faces match; null when the pack has no similarity scale. */
  readonly threshold: number | null;
  /** Whether one of the images is an animation. */
  readonly firstFrameOnly: boolean;
  readonly pack: PackDescription;
}

export interface VerificationResult {
  /** The row of the audit that tells of it. */
  readonly auditId: string;
  readonly probe: AnalyzedFace;
  /** Whether another face of the image may be meant as well. */
  readonly isAmbiguous: boolean;
  readonly firstFrameOnly: boolean;
  /** Null when the person has no indexed face. */
  readonly best: ScoredFace | null;
  readonly isMatch: boolean;
  /** Similarity (0-100) that the best face must reach: it grows with the number of faces. */
  readonly threshold: number;
  /** The share (0-1) of impostors that reach it. */
  readonly estimatedFmr: number;
  readonly supportingFaces: readonly ScoredFace[];
  readonly pack: PackDescription;
}

/** Detection, and 1:1 verification of an image against an image or a person. */
export class ComparisonService {
  constructor(private readonly deps: ComparisonServiceDependencies) {}

  async detect(
    scope: TenantScope,
    image: ImageSource,
    options: { modelPack?: string; maxFaces: number },
  ): Promise<{ image: AnalyzedImage; pack: PackDescription }> {
    const pack = this.getPack(options.modelPack);
    const analysed = await this.deps.probes.analyze(scope, image, 'image', {
      packId: pack.id,
      embed: false,
    });
    return { image: { ...analysed, faces: analysed.faces.slice(0, options.maxFaces) }, pack };
  }

  /**
   * The largest face of the source against every face of the target.
   * @throws DomainError NO_FACE_FOUND (source); what `SearchAudit.record` throws.
   */
  async compare(
    scope: TenantScope,
    source: ImageSource,
    target: ImageSource,
    options: { modelPack?: string; qualityFilter?: QualityFilter },
  ): Promise<ComparisonResult> {
    const startedAt = new Date();
    const pack = this.getPack(options.modelPack);
    const shared = { packId: pack.id, qualityFilter: options.qualityFilter ?? ('NONE' as const) };
    const [sourceImage, targetImage] = await Promise.all([
      this.deps.probes.analyze(scope, source, 'source', { ...shared, maxFaces: 1 }),
      this.deps.probes.analyze(scope, target, 'target', shared),
    ]);
    const probe = largestFaceOf(sourceImage, 'the source image');
    const faces = targetImage.faces.flatMap((face) => {
      if (!face.embedding) return [];
      const distance = distanceBetween(pack.metric, probe.embedding, face.embedding);
      const similarity = pack.calibration && similarityOf(pack.calibration, distance);
      const isMatch = similarity === null ? null : similarity >= COMPARISON_THRESHOLD;
      return [{ detected: face, distance, similarity, isMatch }];
    });
    const auditId = await this.deps.audit.record(scope, {
      collectionIds: [],
      subjectIds: [],
      probes: [sourceImage.sha256, targetImage.sha256],
      results: faces.filter(({ isMatch }) => isMatch).length,
      startedAt,
    });
    return {
      auditId,
      source: probe,
      isAmbiguous: isAmbiguous(sourceImage),
      faces: faces.sort((a, b) => a.distance - b.distance),
      threshold: pack.calibration && COMPARISON_THRESHOLD,
      firstFrameOnly: sourceImage.firstFrameOnly || targetImage.firstFrameOnly,
      pack,
    };
  }

  /**
   * The largest face of the image against all faces of a person.
   * @param holder whose budgets it takes of; null: nobody's.
   * @throws DomainError NOT_FOUND, NO_FACE_FOUND, RATE_LIMITED (a budget of the key is used up); what `SearchAudit.record` throws.
   */
  async verifyPerson(
    scope: TenantScope,
    personId: string,
    image: ImageSource,
    holder: BudgetHolder | null = null,
  ): Promise<VerificationResult> {
    const startedAt = new Date();
    const person = isId(personId) ? await this.deps.persons.find(scope, personId) : null;
    if (!person) throw notFound('person');
    // Before the analysis: whoever asks many times at once gets no more answers than one after the other.
    await withinBudgets(this.deps, scope, holder, [person.collectionId], (taker, budgets) =>
      budgets.takeNear(taker, personId),
    );
    const [collection] = await this.deps.collections.getMany(scope, [person.collectionId]);
    const pack = this.deps.collections.getPack(collection!);
    const analysed = await this.deps.probes.analyze(scope, image, 'image', { packId: pack.id, maxFaces: 1 });
    const probe = largestFaceOf(analysed, 'the image');
    const faces = await this.deps.faces.findIndexedByPerson(scope, personId, pack.embeddingDigest, MAX_PERSON_FACES);
    const [best, ...others] = scoreFaces(pack, probe.embedding, faces);
    const { identification } = pack.calibration;
    const threshold = verificationThreshold(faces.length, identification);
    const isMatch = best !== undefined && best.similarity >= threshold;
    const isClear = isMatch && nearOnes([{ personId, similarity: best.similarity }], threshold).length === 0;
    if (holder && isClear) this.deps.budgets.giveNearBack(holder, personId);
    const auditId = await this.deps.audit.record(scope, {
      collectionIds: [person.collectionId],
      subjectIds: [personId],
      probes: [analysed.sha256],
      results: isMatch ? 1 : 0,
      startedAt,
    });
    return {
      auditId,
      probe,
      isAmbiguous: isAmbiguous(analysed),
      firstFrameOnly: analysed.firstFrameOnly,
      best: best ?? null,
      isMatch,
      threshold,
      estimatedFmr: estimatedFmr(threshold, faces.length, identification),
      supportingFaces: others.filter((one) => one.similarity >= threshold).slice(0, 10),
      pack,
    };
  }

  private getPack(wanted: string | undefined): PackDescription {
    return this.deps.collections.getServedPack(wanted);
  }
}
