import type { OutcomeError } from '../../records/job';
import type { VectorSpace } from '../../records/vector-space';
import type { StartedItem } from '../jobs/item-runs';
import type { KnownFace } from './face-reembedder';

/** A pack that a collection moves to. */
export interface TargetPack {
  /** `name@version`. */
  readonly packId: string;
  readonly space: VectorSpace;
}

/** An image that a delivery has to work on, with those of its faces that have no vector in the target yet. */
export interface ClaimedImage extends StartedItem {
  readonly ordinal: number;
  readonly imageId: string;
  readonly faces: readonly KnownFace[];
}

/** What a job may go on with. */
export interface OpenReembedding {
  readonly collectionId: string;
  readonly target: TargetPack;
  /** Faces that cannot be embedded may be left out of searches. */
  readonly leavesOut: boolean;
  readonly cancelRequested: boolean;
}

export interface ClaimedImages extends OpenReembedding {
  readonly items: readonly ClaimedImage[];
}

export type Opened<T> =
  | { readonly kind: 'OPEN'; readonly work: T }
  /** The job is gone or finished. */
  | { readonly kind: 'NOTHING' }
  /** It cannot go on. */
  | { readonly kind: 'PROBLEM'; readonly error: OutcomeError };

/** What became of an image, before it is recorded. */
export type ImageOutcome =
  | {
      readonly kind: 'EMBEDDED';
      readonly itemId: string;
      /** By face. */
      readonly vectors: ReadonlyMap<string, Float32Array>;
      /** Faces of it that gave no vector. */
      readonly missing: number;
    }
  | { readonly kind: 'FAILED'; readonly itemId: string; readonly error: OutcomeError }
  | { readonly kind: 'CANCELLED'; readonly itemId: string };

/**
 * How the switch went. AGAIN: faces have come that are not in the target; CANCELLED: somebody has asked for that; ENDED: the job
 * has ended, or cannot go on.
 */
export type SwitchOutcome = 'SWITCHED' | 'AGAIN' | 'CANCELLED' | 'ENDED';
