/** Arrays that are kept for another use, the last used first; larger ones than these numbers are left to the collector. */
const MAX_KEPT = 12;
const MAX_KEPT_LENGTH = 512 * 1024;

const kept: Float32Array[] = [];

/**
 * Lends an array of `length` floats, with whatever it held before, for as long as `use` takes. The input of a net is as long
 * for each image as for the last one: a fresh array costs its zeros and its collection each time, which was a tenth of
 * the time of a portrait. Each thread has its own.
 *
 * @param use must overwrite all of it, and keep no reference.
 */
export async function withInput<T>(length: number, use: (data: Float32Array) => T | Promise<T>): Promise<T> {
  const at = kept.findIndex((one) => one.length === length);
  const data = at < 0 ? new Float32Array(length) : kept.splice(at, 1)[0]!;
  const result = await use(data);
  if (length <= MAX_KEPT_LENGTH) {
    kept.unshift(data);
    kept.length = Math.min(kept.length, MAX_KEPT);
  }
  return result;
}
