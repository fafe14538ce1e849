import type { BoundingBox, Landmarks, Point } from './geometry';
import { overlapOf } from './overlap';

/** So much of two boxes is common to both of one face, whoever measured them. */
const ONE_FACE = 0.5;
/** So much is common to the boxes of one face that was named twice. */
const SAME_BOX = 0.95;
/** What rounding may put past a border. */
const SLACK = 1e-6;
/** Points of a face that is cut by the border lie outside the image, and not further than this. */
const OUTSIDE = 1;

const LANDMARKS = ['eyeLeft', 'eyeRight', 'nose', 'mouthLeft', 'mouthRight'] as const;

/** The rule that a box breaks; undefined for one that lies in the image. */
export function findBoxProblem({ left, top, width, height }: BoundingBox): string | undefined {
  if (!(width > 0 && height > 0)) return 'must be wider and higher than 0';
  const isInside = left >= -SLACK && top >= -SLACK && left + width <= 1 + SLACK && top + height <= 1 + SLACK;
  return isInside
    ? undefined
    : 'must lie in the image: left and top are 0 or more, left + width and top + height 1 or less, as ratios of the image';
}

/** The rule that landmarks break; undefined where they are numbers that lie about the image. Whether they can be a face's, the pixels tell. */
export function findLandmarksProblem(landmarks: Landmarks): string | undefined {
  const isNear = ({ x, y }: Point): boolean => x >= -OUTSIDE && x <= 1 + OUTSIDE && y >= -OUTSIDE && y <= 1 + OUTSIDE;
  return LANDMARKS.every((name) => isNear(landmarks[name]))
    ? undefined
    : 'must lie in the image or near it, as ratios of the image';
}

/** Whether boxes in one image are of one face, by whichever detector. */
export function areOfOneFace(a: BoundingBox, b: BoundingBox): boolean {
  return overlapOf(a, b) >= ONE_FACE;
}

/** The first box that is named a second time, with its earlier self; undefined where all differ. */
export function findRepeatedBox(
  boxes: readonly BoundingBox[],
): { readonly index: number; readonly of: number } | undefined {
  for (const [index, box] of boxes.entries()) {
    const of = boxes.slice(0, index).findIndex((other) => overlapOf(box, other) >= SAME_BOX);
    if (of >= 0) return { index, of };
  }
  return undefined;
}
