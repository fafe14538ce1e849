import type { Pose } from '../../src/domain/geometry';
import type { FivePoints } from './detection';

/**
 * Where the five points of an average head lie, in units of half the distance between the pupils: x to the image's right,
 * y down, z towards the viewer. The nose's height makes the median pitch of LFW View 1 DevTrain zero.
 */
const HEAD: readonly (readonly [number, number, number])[] = [
  [-1, -1.07, 0],
  [1, -1.07, 0],
  [0, -0.03, 0.9],
  [-0.78, 1.02, -0.02],
  [0.78, 1.02, -0.02],
];

/** Pseudo-inverse of the centred head (5 x 3): maps centred image points to the rows of the affine camera. */
const SOLVER = makeSolver();

function makeSolver(): number[][] {
  const mean = [0, 1, 2].map((k) => HEAD.reduce((sum, point) => sum + point[k]!, 0) / HEAD.length);
  const centred = HEAD.map((point) => point.map((value, k) => value - mean[k]!));
  const gram = [0, 1, 2].map((i) => [0, 1, 2].map((j) => centred.reduce((sum, p) => sum + p[i]! * p[j]!, 0)));
  const inverse = invert3(gram);
  return centred.map((p) => [0, 1, 2].map((k) => p.reduce((sum, value, i) => sum + value * inverse[i]![k]!, 0)));
}

function invert3(m: number[][]): number[][] {
  const at = (r: number, c: number): number => m[r % 3]![c % 3]!;
  const minor = (r: number, c: number): number =>
    at(r + 1, c + 1) * at(r + 2, c + 2) - at(r + 1, c + 2) * at(r + 2, c + 1);
  const determinant = at(0, 0) * minor(0, 0) + at(0, 1) * minor(0, 1) + at(0, 2) * minor(0, 2);
  return [0, 1, 2].map((r) => [0, 1, 2].map((c) => minor(c, r) / determinant));
}

const degrees = (radians: number): number => (radians * 180) / Math.PI;

/**
 * Degrees by which a face is turned clockwise, -180 to 180: the way from between the eyes to the middle of the mouth, which
 * also holds for a profile, whose eyes fall together.
 */
export function rollOf(points: FivePoints): number {
  const dx = points[6]! + points[8]! - points[0]! - points[2]!;
  const dy = points[7]! + points[9]! - points[1]! - points[3]!;
  return degrees(Math.atan2(-dx, dy));
}

/**
 * Pose of a head from its five points, by a least-squares affine camera over an average head. Good to about ten degrees:
 * enough to refuse a profile, not to measure one.
 */
export function estimatePose(points: FivePoints): Pose {
  const meanX = (points[0]! + points[2]! + points[4]! + points[6]! + points[8]!) / 5;
  const meanY = (points[1]! + points[3]! + points[5]! + points[7]! + points[9]!) / 5;
  const rowX = [0, 0, 0];
  const rowY = [0, 0, 0];
  for (let i = 0; i < 5; i++) {
    for (let k = 0; k < 3; k++) {
      rowX[k]! += (points[2 * i]! - meanX) * SOLVER[i]![k]!;
      rowY[k]! += (points[2 * i + 1]! - meanY) * SOLVER[i]![k]!;
    }
  }
  const roll = rollOf(points);
  // Yaw and pitch are read in the head's own upright frame.
  const cos = Math.cos((roll * Math.PI) / 180);
  const sin = Math.sin((roll * Math.PI) / 180);
  const x = rowX.map((value, k) => cos * value + sin * rowY[k]!);
  const y = rowY.map((value, k) => cos * value - sin * rowX[k]!);
  return {
    yaw: degrees(Math.atan2(x[2]!, Math.abs(x[0]!))),
    pitch: degrees(Math.atan2(-y[2]!, Math.abs(y[1]!))),
    roll,
  };
}
