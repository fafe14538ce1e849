import type { Calibration, Metric } from '../domain/calibration';
import type { BoundingBox, FaceQuality, Landmarks, Pose } from '../domain/geometry';
import type { QualityFilter, UnindexedReason } from '../domain/quality';
import type { ImageMime } from '../records/image';

/** Where a face is known to be. Ratios of the image. */
export interface FacePlace {
  readonly boundingBox: BoundingBox;
  readonly landmarks: Landmarks;
}

/** Where a face is said to be. `landmarks` null: they are to be found about the box. */
export interface PointedPlace {
  readonly boundingBox: BoundingBox;
  readonly landmarks: Landmarks | null;
}

/** INTERACTIVE requests (a search, a comparison) go ahead of BULK ones (enrolment), which keep a share of the threads all the same. */
export type AnalysisPriority = 'INTERACTIVE' | 'BULK';

export interface AnalyzeRequest {
  /** `name@version` of a pack from `packs()`. */
  readonly packId: string;
  /** The encoded image as it was received: JPEG, PNG or WebP by its magic bytes. */
  readonly image: Uint8Array;
  /** At most this many faces get an embedding (1-100); the rest are answered with EXCEEDS_MAX_FACES. */
  readonly maxFaces: number;
  /** Which faces stay when there are more than `maxFaces`: the largest, or the best (drop lowest quality first, then smallest). */
  readonly keep: 'LARGEST' | 'BEST';
  readonly qualityFilter: QualityFilter;
  /**
   * Faces that are known already: nothing is looked for. The answer has one face for each, in this order, with its box and
   * landmarks, a `confidence` of 0 (no detector was asked) and an embedding that was aligned by these landmarks; the only
   * rejections are MISALIGNED, of landmarks that cannot be a face's, and LOW_FACE_QUALITY, of pixels that give no usable vector. `maxFaces`, `keep` and `qualityFilter` do not count.
   * Of a place without landmarks the answer has the box and landmarks of the face that the pack's own nets see there, as sure as they
   * are; where they see none it is MISALIGNED, at the box as it was given.
   */
  readonly places?: readonly PointedPlace[];
  /** false: detection, landmarks, pose and quality only. */
  readonly embed: boolean;
  /** true: also answer the image as it may be kept: upright and without metadata. */
  readonly clean: boolean;
  readonly priority: AnalysisPriority;
  /** Parties that wait take turns; a tenant's id. @default one for all that name none */
  readonly party?: string;
  /** Epoch milliseconds after which nobody waits for the answer any more. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface AnalyzedFace {
  readonly boundingBox: BoundingBox;
  readonly landmarks: Landmarks;
  readonly pose: Pose;
  readonly quality: FaceQuality;
  /** Detector confidence, 0-100. */
  readonly confidence: number;
  /** Shorter side of the box in pixels of the oriented image. */
  readonly sizePx: number;
  /** Why the face got no embedding; empty when it passed. */
  readonly rejections: readonly UnindexedReason[];
  /**
   * Length `dimension` of the pack, all finite, as its metric wants it (unit norm for COSINE). Present exactly when
   * `embed` was asked for and `rejections` is empty. Never leaves the platform.
   */
  readonly embedding?: Float32Array;
}

export interface StageTimingsMs {
  readonly queue: number;
  readonly decode: number;
  readonly detect: number;
  readonly landmarks: number;
  readonly align: number;
  readonly embed: number;
  readonly encode: number;
}

export interface AnalyzedImage {
  /** Pixels, after EXIF rotation. */
  readonly width: number;
  readonly height: number;
  /** Mime of what was received, by its magic bytes. */
  readonly mime: ImageMime;
  /** Whether it is an animation: only its first frame was looked at. */
  readonly firstFrameOnly: boolean;
  /** Largest first, by `prominenceOf`, or in the order of `places`. Empty when there is no face. */
  readonly faces: readonly AnalyzedFace[];
  /** Present when `clean` was asked for. */
  readonly cleaned?: { readonly bytes: Uint8Array; readonly mime: ImageMime };
  readonly timings: StageTimingsMs;
}

/** What the inside knows of a recognition pack. */
export interface PackDescription {
  /** `name@version`. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** SHA-256 (hex) over everything that can change a vector. */
  readonly embeddingDigest: string;
  readonly dimension: number;
  readonly metric: Metric;
  /** null: it was never calibrated, so that its distances say nothing of false matches. */
  readonly calibration: Calibration | null;
  readonly licence: string;
  readonly commercialUse: boolean;
  /** One sentence for a person: which nets, from where, measured how. */
  readonly description: string;
}

/** A pack that has a similarity scale: what collections are made of. */
export type CalibratedPack = PackDescription & { readonly calibration: Calibration };

/**
 * Turns an encoded image into faces. Knows packs, threads and runtimes; of tenants only that parties take turns.
 *
 * `analyze` throws DomainError: IMAGE_UNREADABLE (a part of the image is missing or damaged), IMAGE_UNSUPPORTED (another format, with how to
 * convert), IMAGE_TOO_LARGE (> 64 megapixels), MODEL_MISMATCH (unknown pack), TIMEOUT (deadline passed before it began, or the
 * signal was aborted), RATE_LIMITED (too many bytes of images wait already, or so many requests that an
 * INTERACTIVE one will not be begun, or was not, before its deadline; `retryAfterMs` says when to come again),
 * DEPENDENCY_UNAVAILABLE (closing, or its threads died and the retry failed). Never mixes requests: a face's embedding is the same
 * (max difference 1e-5) alone and in a batch.
 */
export interface FaceAnalyzer {
  /** Packs that passed their checksums and self-test. */
  packs(): readonly PackDescription[];
  analyze(request: AnalyzeRequest): Promise<AnalyzedImage>;
  /** Runtime and backend of each pack, for logs and /readyz: e.g. `tfjs (wasm, simd)`. */
  runtimes(): Readonly<Record<string, string>>;
  /** Finishes what has begun, refuses the rest. */
  close(): Promise<void>;
}
