import type { Metric } from './calibration';

/** Beyond this a half-precision engine overflows, and an overflow answers distance 0: a false match. */
const MAX_COMPONENT = 10_000;
const MIN_NORM = 1e-6;
const UNIT_NORM_TOLERANCE = 1e-3;

/**
 * Holds a vector to what an engine can be trusted with.
 * @param what names the vector in the message ("probe 0", "the vector of key 12").
 * @throws TypeError when it is no Float32Array of `dimension` finite values of magnitude <= 10,000 and norm > 1e-6, or,
 *   for COSINE, not of unit length (within 1e-3). The message never holds the values.
 */
export function assertVector(
  vector: unknown,
  dimension: number,
  metric: Metric,
  what: string,
): asserts vector is Float32Array {
  if (!isFloat32Array(vector)) throw new TypeError(`${what} must be a Float32Array`);
  if (vector.length !== dimension) {
    throw new TypeError(`${what} has ${vector.length} values; its space holds vectors of ${dimension}`);
  }
  let sum = 0;
  for (const value of vector) {
    if (!(Math.abs(value) <= MAX_COMPONENT)) {
      throw new TypeError(`${what} holds a value that is not finite or beyond ${MAX_COMPONENT}`);
    }
    sum += value * value;
  }
  const norm = Math.sqrt(sum);
  if (norm <= MIN_NORM) throw new TypeError(`${what} has no direction: its norm is ${MIN_NORM} or less`);
  if (metric === 'COSINE' && Math.abs(norm - 1) > UNIT_NORM_TOLERANCE) {
    throw new TypeError(`${what} must have unit length for a COSINE space`);
  }
}

/** The most neighbours one search may ask for. */
const MAX_NEIGHBOURS = 1_024;

/** @throws TypeError when `k` is no integer of 1-1,024. */
export function assertNeighbourCount(k: number): void {
  if (!Number.isInteger(k) || k < 1 || k > MAX_NEIGHBOURS) {
    throw new TypeError(`k must be an integer from 1 to ${MAX_NEIGHBOURS}`);
  }
}

/** By tag, not by `instanceof`: arrays that come from another realm or thread must pass. */
function isFloat32Array(value: unknown): value is Float32Array {
  return ArrayBuffer.isView(value) && (value as Float32Array)[Symbol.toStringTag] === 'Float32Array';
}
