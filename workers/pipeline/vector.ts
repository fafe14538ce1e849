/** Euclidean length. */
export function norm(vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  return Math.sqrt(sum);
}

/**
 * Scales to unit length in place.
 *
 * @throws RangeError when the vector is (nearly) zero or not finite: dividing by it would make a face like any other.
 */
export function normalise(vector: Float32Array): Float32Array {
  const length = norm(vector);
  if (!(length > 1e-6) || !Number.isFinite(length)) throw new RangeError('An embedding has no direction');
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
  return vector;
}

/** Unit length, minus `centre`, unit length again, in place: what takes out the part that all faces share. */
export function centreUnit(vector: Float32Array, centre: Float32Array): Float32Array {
  normalise(vector);
  for (let i = 0; i < vector.length; i++) vector[i]! -= centre[i]!;
  return normalise(vector);
}

/** Distance of two embeddings as their metric defines it: 1 - cosine of unit vectors (0-2), or the Euclidean norm of the difference. */
export function distanceBetween(metric: 'COSINE' | 'EUCLIDEAN', a: Float32Array, b: Float32Array): number {
  let sum = 0;
  if (metric === 'COSINE') {
    for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
    return 1 - sum;
  }
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}
