import { floats, sizeOf, type FloatConstant } from './graph';

/** @param order for each dimension of the result, the source's dimension that it is. */
export function transposed({ dims, data }: FloatConstant, order: readonly number[]): FloatConstant {
  const strides = dims.map((_, i) => sizeOf(dims.slice(i + 1)));
  const to = order.map((from) => dims[from]!);
  const steps = order.map((from) => strides[from]!);
  const result = new Float32Array(data.length);
  const at = new Array<number>(to.length).fill(0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[from]!;
    for (let d = to.length - 1; d >= 0; d--) {
      from += steps[d]!;
      if (++at[d]! < to[d]!) break;
      from -= steps[d]! * to[d]!;
      at[d] = 0;
    }
  }
  return floats(to, result);
}

/** Shape with ones before it until it has that many dimensions: how shapes of different length are broadcast. */
export function padShape(dims: readonly number[], rank: number): number[] {
  return [...new Array<number>(Math.max(rank - dims.length, 0)).fill(1), ...dims];
}

/** A number of 16 bits as IEEE 754 writes it. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Every number of 16 bits, made when the first is asked for: a net has millions of them. */
let table: Float32Array | undefined;

/** @param bytes half-precision numbers, lowest byte first. */
export function halves(bytes: Uint8Array): Float32Array {
  table ??= Float32Array.from({ length: 65_536 }, (_, bits) => fromHalf(bits));
  const data = new Float32Array(bytes.length >> 1);
  for (let i = 0; i < data.length; i++) data[i] = table[bytes[2 * i]! | (bytes[2 * i + 1]! << 8)]!;
  return data;
}

/** @param bytes single-precision numbers, lowest byte first; copied, since they may begin anywhere. */
export function singles(bytes: Uint8Array): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/** @param bytes whole numbers of 32 bits, lowest byte first. */
export function int32s(bytes: Uint8Array): number[] {
  return [...new Int32Array(Uint8Array.from(bytes).buffer)];
}
