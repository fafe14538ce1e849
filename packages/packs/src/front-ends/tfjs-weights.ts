import { halves, int32s, singles } from '../constants';
import { sizeOf } from '../graph';
import { ModelError } from '../model-error';
import type { ModelFile } from './front-end';

/** One entry of a weights manifest: https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts */
export interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

export interface Weight {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

/** @throws ModelError when the file is no JSON. */
export function readJson(file: ModelFile): unknown {
  try {
    return JSON.parse(Buffer.from(file.bytes).toString('utf8'));
  } catch (error) {
    throw new ModelError(`${file.name} is no JSON: ${(error as Error).message}`);
  }
}

/**
 * The weights that a manifest's entries describe, one after the other in the files; quantised ones as they were meant.
 *
 * @throws ModelError when the files are longer or shorter than the manifest says, or an entry is of a type not known.
 */
export function readWeights(entries: readonly WeightEntry[], files: readonly ModelFile[]): Map<string, Weight> {
  const bytes = files.length === 1 ? files[0]!.bytes : Buffer.concat(files.map((file) => file.bytes));
  const names = files.map(({ name }) => name).join(', ');
  const weights = new Map<string, Weight>();
  let at = 0;
  for (const entry of entries) {
    const stored = entry.quantization?.dtype ?? entry.dtype;
    const width = BYTES[stored];
    if (width === undefined)
      throw new ModelError(`The weight ${entry.name} has numbers of a type not known: ${stored}`);
    const length = sizeOf(entry.shape) * width;
    if (at + length > bytes.length)
      throw new ModelError(`${names || 'The file of weights'} is cut short at the weight ${entry.name}`);
    weights.set(entry.name, decode(entry, stored, bytes.subarray(at, at + length)));
    at += length;
  }
  if (at !== bytes.length)
    throw new ModelError(`${names} holds ${bytes.length - at} bytes more than its manifest says`);
  return weights;
}

function decode(entry: WeightEntry, stored: string, bytes: Uint8Array): Weight {
  const isWhole = entry.dtype !== 'float32';
  const numbers = storedNumbers(stored, bytes);
  const { scale, min } = entry.quantization ?? {};
  if (scale === undefined || min === undefined) return { dims: entry.shape, data: numbers };
  for (let i = 0; i < numbers.length; i++) {
    const meant = numbers[i]! * scale + min;
    numbers[i] = isWhole ? Math.round(meant) : meant;
  }
  return { dims: entry.shape, data: numbers };
}

function storedNumbers(stored: string, bytes: Uint8Array): Float32Array {
  if (stored === 'float32') return singles(bytes);
  if (stored === 'int32') return Float32Array.from(int32s(bytes));
  if (stored === 'float16') return halves(bytes);
  if (stored === 'bool' || stored === 'uint8') return Float32Array.from(bytes);
  return Float32Array.from(new Uint16Array(Uint8Array.from(bytes).buffer));
}
