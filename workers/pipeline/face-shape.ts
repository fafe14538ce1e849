import type { Detection, FivePoints } from './detection';
import { rollOf } from './pose';
import { regionOf, toRegion, turnBetween, type Region } from './turned-view';

/**
 * What five points of a face keep to, however it is turned or lit, in widths and heights of its box. Every face of cfp-dev's fold
 * 1 (197 profiles among them) and of LFW View 1's DevTrain turned by every 30 degrees does, by a wide margin: the nearest are told.
 */
const SHAPE = {
  /** From between the eyes down to the middle of the mouth; .22 at the least. */
  eyesToMouth: 0.14,
  /** From the left eye to the right one, and between the corners of the mouth; .16 at the least, and crossed a little in profiles. */
  acrossEyes: -0.1,
  acrossMouth: -0.1,
  /** The wider of the two: eyes and mouth in one place are no face. */
  widest: 0.1,
  /** The nose between the eyes (0) and the mouth (1); .17 to .84. */
  noseAbove: -0.15,
  noseBelow: 1.15,
  /** Any point from the middle of the box; .49 at the most. */
  reach: 0.75,
  /** Degrees between the points' roll and that of the look that found them; 33 at the most. */
  roll: 50,
  /** From the detector's own points, on average; .21 at the most. */
  disagreement: 0.35,
} as const;

/** Whether points, found in a look turned by the detection's roll, can be those of a face. */
export function arePointsOfAFace({ box, roll, points: rough }: Detection, points: FivePoints): boolean {
  const region = regionOf(box, roll);
  const place = (i: number): Part => toRegion(region, points[2 * i]!, points[2 * i + 1]!);
  const at = [place(0), place(1), place(2), place(3), place(4)] as const;
  const [eyeLeft, eyeRight, nose, mouthLeft, mouthRight] = at;
  const eyesY = (eyeLeft[1] + eyeRight[1]) / 2;
  const eyesToMouth = (mouthLeft[1] + mouthRight[1]) / 2 - eyesY;
  const acrossEyes = eyeRight[0] - eyeLeft[0];
  const acrossMouth = mouthRight[0] - mouthLeft[0];
  const noseAt = (nose[1] - eyesY) / eyesToMouth;
  return (
    eyesToMouth >= SHAPE.eyesToMouth &&
    acrossEyes >= SHAPE.acrossEyes &&
    acrossMouth >= SHAPE.acrossMouth &&
    Math.max(acrossEyes, acrossMouth) >= SHAPE.widest &&
    noseAt >= SHAPE.noseAbove &&
    noseAt <= SHAPE.noseBelow &&
    at.every(([x, y]) => Math.max(Math.abs(x - 0.5), Math.abs(y - 0.5)) <= SHAPE.reach) &&
    Math.abs(turnBetween(roll, rollOf(points))) <= SHAPE.roll &&
    (rough === undefined || disagreement(region, rough, at) <= SHAPE.disagreement)
  );
}

type Part = readonly [number, number];

function disagreement(region: Region, rough: FivePoints, at: readonly Part[]): number {
  return at.reduce((sum, [x, y], i) => {
    const [rx, ry] = toRegion(region, rough[2 * i]!, rough[2 * i + 1]!);
    return sum + Math.hypot(rx - x, ry - y) / at.length;
  }, 0);
}
