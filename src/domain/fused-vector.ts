import type { Metric } from './calibration';

export interface WeightedVector {
  readonly vector: Float32Array;
  /** What it counts beside the others, above 0. */
  readonly weight: number;
}

/** Several faces of one person as one. */
export interface FusedVector {
  /** Of unit length for COSINE. */
  readonly vector: Float32Array;
  /**
   * The weighted mean distance of a vector to the faces (for EUCLIDEAN the root of the mean square), by its distance to `vector`: grows with
   * it and is never less while that is below 1. A mean lies nearer to everybody than the faces do; this keeps the scale of theirs.
   */
  readonly distanceOf: (distance: number) => number;
}

/**
 * The weighted mean of several faces of one person. Of one face it is that face's vector.
 *
 * @throws RangeError for no face, or for faces that cancel each other out.
 */
export function fuseVectors(metric: Metric, parts: readonly WeightedVector[]): FusedVector {
  const [first, ...others] = parts;
  if (!first) throw new RangeError('No vector to fuse');
  if (others.length === 0) return { vector: first.vector, distanceOf: (distance) => distance };
  const mean = new Float64Array(first.vector.length);
  const weights = parts.reduce((sum, { weight }) => sum + weight, 0);
  let squares = 0;
  for (const { vector, weight } of parts) {
    vector.forEach((value, i) => (mean[i]! += (value * weight) / weights));
    squares += (squareOf(vector) * weight) / weights;
  }
  const square = squareOf(mean);
  if (square < 1e-12) throw new RangeError('These vectors cancel each other out');
  if (metric === 'EUCLIDEAN') {
    const spread = Math.max(0, squares - square);
    return { vector: Float32Array.from(mean), distanceOf: (distance) => Math.sqrt(distance * distance + spread) };
  }
  const length = Math.sqrt(square);
  return {
    vector: Float32Array.from(mean, (value) => value / length),
    distanceOf: (distance) => 1 - length + length * distance,
  };
}

function squareOf(vector: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return sum;
}
