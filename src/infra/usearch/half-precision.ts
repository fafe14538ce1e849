const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** The value of an IEEE 754 half-precision number given by its bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  word[0] = ((bits & 0x8000) << 16) | ((exponent + 112) << 23) | (mantissa << 13);
  return float[0]!;
}

export interface VectorHash {
  /** 53 bits. */
  readonly hash: number;
  /** 32 more, to tell a collision from an equal vector. */
  readonly check: number;
}

/**
 * Equal for vectors that are equal to the engine, which keeps 11 significant bits of each value: what differs only
 * below that would be the same node many times over.
 */
export function hashVector(vector: Float32Array): VectorHash {
  const words = new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  let c = 0xc2b2ae35;
  for (const value of words) {
    const rounded = (value + 0x1000) >>> 13;
    a = Math.imul(a ^ rounded, 0xcc9e2d51);
    a = (a << 15) | (a >>> 17);
    b = Math.imul(b ^ rounded, 0x1b873593) + a;
    b = (b << 13) | (b >>> 19);
    c = Math.imul(c + rounded, 0x27d4eb2f) ^ b;
    c = (c << 17) | (c >>> 15);
  }
  a = mix(a);
  b = mix(b ^ a);
  c = mix(c ^ b);
  return { hash: (a >>> 11) * 4_294_967_296 + (b >>> 0), check: c >>> 0 };
}

function mix(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
