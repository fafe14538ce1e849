import type { ImageMime } from '../records/image';
import type { AnalysisPriority } from './face-analyzer';

/** What the inside knows of an image classifier. */
export interface ClassifierDescription {
  /** `name@version`. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** In the order of the net's output. */
  readonly labels: readonly string[];
  readonly licence: string;
  readonly commercialUse: boolean;
  readonly description: string;
}

export interface ClassifyRequest {
  /** `name@version` of a classifier from `classifiers()`. */
  readonly packId: string;
  /** The encoded image as it was received: JPEG, PNG or WebP by its magic bytes. */
  readonly image: Uint8Array;
  /** How many labels to answer, the surest first; at least 1. */
  readonly top: number;
  readonly priority: AnalysisPriority;
  /** Parties that wait take turns; a tenant's id. @default one for all that name none */
  readonly party?: string;
  /** Epoch milliseconds after which nobody waits for the answer any more. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface LabelScore {
  readonly label: string;
  /** 0-100. */
  readonly confidence: number;
}

export interface ClassifiedImage {
  /** Pixels, after EXIF rotation. */
  readonly width: number;
  readonly height: number;
  /** Mime of what was received, by its magic bytes. */
  readonly mime: ImageMime;
  /** Whether it is an animation: only its first frame was looked at. */
  readonly firstFrameOnly: boolean;
  /** The surest first; of equals, in the order of the classifier's labels. */
  readonly labels: readonly LabelScore[];
  /** Milliseconds: waiting for a thread, decoding, resizing and normalising, the net. */
  readonly timings: { readonly queue: number; readonly decode: number; readonly prepare: number; readonly net: number };
}

/**
 * Says what a whole image shows, by classifiers that were added. Shares its threads with FaceAnalyzer: requests of both wait in the
 * same turns.
 *
 * `classify` throws DomainError as FaceAnalyzer does: IMAGE_UNREADABLE, IMAGE_UNSUPPORTED, IMAGE_TOO_LARGE, TIMEOUT, RATE_LIMITED,
 * DEPENDENCY_UNAVAILABLE (also when the net gives what is no number); MODEL_MISMATCH when no such classifier serves.
 */
export interface ImageAnalyzer {
  /** Classifiers that passed their checksums and self-test. */
  classifiers(): readonly ClassifierDescription[];
  classify(request: ClassifyRequest): Promise<ClassifiedImage>;
}
