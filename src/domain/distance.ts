import type { Metric } from './calibration';

/**
 * Exact distance of two embeddings of one pack; lower is nearer. COSINE: 1 - a.b for unit vectors (0-2). EUCLIDEAN: the
 * L2 norm of a - b.
 * @throws TypeError when the lengths differ: vectors of different packs never meet.
 */
export function distanceBetween(metric: Metric, a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new TypeError('Embeddings of different dimension');
  let sum = 0;
  if (metric === 'COSINE') {
    for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
    return Math.max(0, 1 - sum);
  }
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}
