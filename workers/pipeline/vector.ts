/** Euclidean length. */
export function norm(vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  return Math.sqrt(sum);
}

/** Scales to unit length in place; false when the vector is (nearly) zero or not finite and has no direction to keep. */
export function makeUnit(vector: Float32Array): boolean {
  const length = norm(vector);
  if (!(length > 1e-6) || !Number.isFinite(length)) return false;
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
  return true;
}

/** Takes `centre` off a unit vector and makes it a unit vector again, in place: out goes the part that all faces share. */
export function centreUnit(vector: Float32Array, centre: Float32Array): boolean {
  for (let i = 0; i < vector.length; i++) vector[i]! -= centre[i]!;
  return makeUnit(vector);
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
