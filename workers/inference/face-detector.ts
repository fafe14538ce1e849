import type { Detection } from '../pipeline/detection';
import type { ImagePyramid } from '../pipeline/image';
import type { Quarter, Region } from '../pipeline/turned-view';

/**
 * How closely a detector looks at a region: FACE at one face that it shall judge, CLOSE at one of which it was not sure, GLANCE at a whole image for little cost,
 * WHOLE at a whole image as well as one look can.
 */
export type Detail = 'FACE' | 'CLOSE' | 'GLANCE' | 'WHOLE';

/** Scores of one detector, 0-1, by which faces are told from what is none. */
export interface DetectorScores {
  /** The least at which a look at the image is worth a second, closer look. */
  readonly candidate: number;
  /** The same for the glance at the image turned. */
  readonly glance: number;
  /** From here on the look at the image shows a face, should a closer look bear it out. */
  readonly seen: number;
  /** The least at which a closer look bears out what was `seen` upright. */
  readonly likely: number;
  /** The least at which a closer look shows a face that was not seen, or not upright. */
  readonly sure: number;
  /** From here on a closer look leaves no doubt, neither that it is a face nor which way is up. */
  readonly clear: number;
  /** By so much one orientation must be surer than the others to be clear. */
  readonly lead: number;
}

/** Finds faces that stand upright, or nearly, in what it is shown. */
export interface FaceDetector {
  /** The turns that a candidate's own roll leaves open, none first: all four, or the half turn alone where its points tell the rest. */
  readonly quarters: readonly Quarter[];
  /** Whether what is small and turned escapes its look at a large image: it is then looked at turned, too. */
  readonly isDeafToTurned: boolean;
  readonly scores: DetectorScores;
  /** Every place of the image with a score of at least `scores.candidate`, without repeats. */
  detect(pyramid: ImagePyramid): Promise<Detection[]>;
  /** Looks at square regions, each turned back by each of the quarters; all that is seen, whatever its score, a list a region. */
  lookAround(
    pyramid: ImagePyramid,
    regions: readonly Region[],
    quarters: readonly Quarter[],
    detail: Detail,
  ): Promise<Detection[][]>;
}
