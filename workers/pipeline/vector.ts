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

/** Multiplies a vector by a matrix that has a row for each number of the result. */
export function project(vector: Float32Array, matrix: Float32Array): Float32Array {
  const columns = vector.length;
  const result = new Float32Array(matrix.length / columns);
  for (let row = 0, at = 0; row < result.length; row++) {
    let sum = 0;
    for (let k = 0; k < columns; k++, at++) sum += vector[k]! * matrix[at]!;
    result[row] = sum;
  }
  return result;
}
