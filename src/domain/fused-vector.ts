import type { Metric } from './calibration';

export interface WeightedVector {
  readonly vector: Float32Array;
  /** What it counts beside the others, above 0. */
  readonly weight: number;
}

/**
 * One vector for several faces of one person: their weighted mean, as long as they are on the average, so that its distances
 * are on the scale of theirs (for COSINE: of unit length). Of one face it is that face's.
 *
 * @throws RangeError for no face, or for faces that cancel each other out.
 */
export function fuseVectors(metric: Metric, parts: readonly WeightedVector[]): Float32Array {
  const [first, ...others] = parts;
  if (!first) throw new RangeError('No vector to fuse');
  if (others.length === 0) return first.vector;
  const sum = new Float64Array(first.vector.length);
  let lengths = 0;
  let weights = 0;
  for (const { vector, weight } of parts) {
    vector.forEach((value, i) => (sum[i]! += value * weight));
    lengths += lengthOf(vector) * weight;
    weights += weight;
  }
  const wanted = metric === 'COSINE' ? 1 : lengths / weights;
  const length = lengthOf(sum);
  if (length < weights * 1e-6) throw new RangeError('These vectors cancel each other out');
  return Float32Array.from(sum, (value) => (value * wanted) / length);
}

function lengthOf(vector: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}
