/** So many directions more than wanted are followed, so that the wanted ones settle sooner. */
const SPARE = 16;
const ROUNDS = 60;

/**
 * An orthonormal basis of the subspace in which vectors vary most, by subspace iteration on their covariance. In no order:
 * distances in the subspace are the same in any basis of it.
 *
 * @returns `dimension` rows, each as long as the vectors.
 */
export function principalSubspace(vectors: readonly Float32Array[], dimension: number): Float32Array[] {
  const covariance = covarianceOf(vectors);
  const length = vectors[0]!.length;
  let basis: Float64Array[] = vectors.slice(0, dimension + SPARE).map((vector) => Float64Array.from(vector));
  orthonormalise(basis);
  for (let round = 0; round < ROUNDS; round++) {
    basis = basis.map((row) => multiply(covariance, row, length));
    orthonormalise(basis);
  }
  // What the spare directions followed varies least: Gram-Schmidt in turn leaves it last.
  return basis.slice(0, dimension).map((row) => Float32Array.from(row));
}

/** The mean vector. */
export function meanOf(vectors: readonly Float32Array[]): Float64Array {
  const sum = new Float64Array(vectors[0]!.length);
  for (const vector of vectors) for (let k = 0; k < sum.length; k++) sum[k]! += vector[k]!;
  return sum.map((value) => value / vectors.length);
}

function covarianceOf(vectors: readonly Float32Array[]): Float64Array {
  const length = vectors[0]!.length;
  const mean = meanOf(vectors);
  const covariance = new Float64Array(length * length);
  for (const vector of vectors) {
    const centred = Float64Array.from(vector, (value, k) => value - mean[k]!);
    for (let i = 0; i < length; i++) {
      const factor = centred[i]! / vectors.length;
      for (let k = 0, at = i * length; k < length; k++, at++) covariance[at]! += factor * centred[k]!;
    }
  }
  return covariance;
}

function multiply(matrix: Float64Array, vector: Float64Array, length: number): Float64Array {
  const result = new Float64Array(length);
  for (let i = 0, at = 0; i < length; i++) {
    let sum = 0;
    for (let k = 0; k < length; k++, at++) sum += matrix[at]! * vector[k]!;
    result[i] = sum;
  }
  return result;
}

/** Gram-Schmidt, in place. */
function orthonormalise(rows: readonly Float64Array[]): void {
  rows.forEach((row, i) => {
    for (const earlier of rows.slice(0, i)) {
      const shared = dot(row, earlier);
      for (let k = 0; k < row.length; k++) row[k]! -= shared * earlier[k]!;
    }
    const length = Math.sqrt(dot(row, row));
    for (let k = 0; k < row.length; k++) row[k]! /= length;
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
