import type { QualityFilter, UnindexedReason } from '../../domain/quality';
import type { AnalyzedFace, CalibratedPack } from '../../ports/face-analyzer';
import type { PersonFilter } from '../../records/person';
import type { OnAmbiguous } from '../enrollment/enrollment-shapes';
import type { ImageSource } from '../images/image-loader.service';
import type { BudgetHolder } from './search-budgets';
import type { PersonMatch } from './search-scoring';
import type { ThresholdSource } from './search-threshold';

/** What a search is by: exactly one of the four. */
export interface ProbeSource {
  /** Each of its faces is searched for. */
  readonly image?: ImageSource | null;
  /** Photographs of one person, searched for as one face. */
  readonly images?: readonly ImageSource[] | null;
  /** A stored face. */
  readonly faceId?: string | null;
  /** A stored person, whose faces are searched for as one. */
  readonly personId?: string | null;
}

export interface SearchCommand extends ProbeSource {
  readonly collectionIds: readonly string[];
  /** Only persons who fit, and no faces of nobody. @default everybody */
  readonly filter?: PersonFilter | null;
  /** What to do with one of `images` in which more than one face may be meant. @default REFUSE */
  readonly onAmbiguous?: OnAmbiguous | null;
  /** 0-100; null: the collections' own, or automatic. */
  readonly threshold?: number | null;
  /** Persons a probe, 1-100. */
  readonly limit: number;
  readonly qualityFilter?: QualityFilter | null;
  /**
   * Whether the caller may read the gallery anyway. Nobody else may walk through it: by a stored face or person, by a threshold
   * that all faces reach, or by more matches than tell who somebody is.
   */
  readonly mayRead: boolean;
  /** Whose budgets it takes of. @default nobody's */
  readonly holder?: BudgetHolder | null;
}

/** What an answer shows of the face that was searched for. */
export type ProbeFace = Pick<AnalyzedFace, 'boundingBox' | 'landmarks' | 'pose' | 'quality' | 'confidence'>;

/** A face, or several that are searched for as one. */
export interface Probe {
  /** Of several, the one that counts most. */
  readonly shown: ProbeFace;
  /** Of `images`, the face of each; else empty. */
  readonly fusedFaces: readonly ProbeFace[];
  readonly reasons: readonly UnindexedReason[];
  readonly embedding: Float32Array | undefined;
  /** What a distance to `embedding` says of the faces that it was made of. @default the same */
  readonly distanceOf?: (distance: number) => number;
  /** A stored face does not find itself. */
  readonly excludedFaceId?: string;
  /** A stored person does not find themselves, nor does anybody who it was said not to be. */
  readonly excludedPersonIds?: ReadonlySet<string>;
}

export interface LoadedProbes {
  readonly probes: readonly Probe[];
  /** SHA-256 of the images that were sent in. */
  readonly digests: readonly Uint8Array[];
  /** The stored person who was asked about. */
  readonly personId?: string;
  readonly firstFrameOnly: boolean;
  readonly decodeMs: number;
  readonly analysisMs: number;
}

export interface SearchProbe extends Pick<Probe, 'shown' | 'fusedFaces'> {
  /** Why it was not searched for; empty when it was. */
  readonly reasons: readonly UnindexedReason[];
  readonly matches: readonly PersonMatch[];
}

export interface SearchTimings {
  readonly decodeMs: number;
  readonly analysisMs: number;
  readonly indexMs: number;
  readonly databaseMs: number;
  readonly totalMs: number;
}

export interface SearchResult {
  /** The row of the audit that tells of it. */
  readonly auditId: string;
  readonly probes: readonly SearchProbe[];
  readonly threshold: number;
  readonly thresholdSource: ThresholdSource;
  readonly estimatedFpir: number;
  readonly gallerySize: number;
  /** Whether an image that was sent in is an animation. */
  readonly firstFrameOnly: boolean;
  readonly pack: CalibratedPack;
  readonly timings: SearchTimings;
}
