import type { ErrorCode } from '../../src/domain/errors';
import type { AnalyzedImage, AnalyzeRequest } from '../../src/ports/face-analyzer';
import type { ClassifiedImage, ClassifyRequest } from '../../src/ports/image-analyzer';
import type { AnyManifest } from './manifests';
import type { EngineOptions } from './pack-engine';
import type { LocatedPack } from './pack-files';

/** One image whose faces a thread is to look at. */
export interface FacesJob extends Omit<AnalyzeRequest, 'signal' | 'priority' | 'party'> {
  readonly id: number;
  readonly kind: 'FACES';
}

/** One image that a thread is to classify. */
export interface LabelsJob extends Omit<ClassifyRequest, 'signal' | 'priority' | 'party'> {
  readonly id: number;
  readonly kind: 'LABELS';
}

/** One image for a thread. */
export type ThreadJob = FacesJob | LabelsJob;

/** What comes of a job of a kind. */
export type AnswerOf<Kind extends ThreadJob['kind']> = Kind extends 'FACES' ? AnalyzedImage : ClassifiedImage;
export type ThreadAnswer = AnswerOf<ThreadJob['kind']>;

/** What a thread is started with. */
export interface ThreadSettings {
  readonly packs: readonly LocatedPack<AnyManifest>[];
  readonly engine: EngineOptions;
  /** Of the thread's time while it has bulk images: what searches may not take from them, 0-1. */
  readonly bulkShare: number;
  /** One number: how many interactive images the thread was ever given. Tells it what a look at its messages would, for next to nothing. */
  readonly interactiveGiven: Int32Array<SharedArrayBuffer>;
}

export type ToThread =
  /** Images of one pack to be analysed one by one, their faces embedded together. */
  | { readonly kind: 'bulk'; readonly jobs: readonly ThreadJob[] }
  /** One image that goes ahead of what the thread is doing, as soon as the step under way is over and bulk has had its share. */
  | { readonly kind: 'interactive'; readonly job: ThreadJob }
  /** More packs to serve. */
  | { readonly kind: 'load'; readonly packs: readonly LocatedPack<AnyManifest>[] }
  | { readonly kind: 'close' };

/** A DomainError in a form that survives the way between threads. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export type FromThread =
  | {
      readonly kind: 'ready';
      readonly runtimes: Readonly<Record<string, string>>;
      readonly failures: readonly PackFailure[];
    }
  | { readonly kind: 'result'; readonly id: number; readonly answer: ThreadAnswer }
  | { readonly kind: 'error'; readonly id: number; readonly error: PlainError };

export interface PackFailure {
  readonly packId: string;
  readonly reason: string;
}
