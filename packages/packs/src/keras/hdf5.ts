import type * as H5 from 'h5wasm' with { 'resolution-mode': 'import' };
import { floats, type FloatConstant } from '../graph';
import { ModelError } from '../model-error';

type Library = typeof H5;
type Entity = InstanceType<Library['Group']> | InstanceType<Library['Dataset']>;

/** Numbers that are read at once: they pass through the library's own memory, which never shrinks. */
const PIECE = 4_194_304;
/** What a file's numbers may take in memory: compressed, a small file could claim any size. */
const LEAST_LIMIT_BYTES = 67_108_864;
const TIMES_FILE = 20;

let library: Library | undefined;

/** Makes HDF5 files readable and writable. The library is WebAssembly over a file system of its own in memory: no file can lead it to another. */
export async function loadHdf5(): Promise<void> {
  const loaded = await import('h5wasm');
  // It would print its errors otherwise.
  (await loaded.ready).activate_throwing_error_handler();
  library = loaded;
}

/** @throws Error when {@link loadHdf5} was not awaited before. */
export function hdf5Library(): Library {
  if (library === undefined) throw new Error('HDF5 files are read after loadHdf5()');
  return library;
}

export const isHdf5 = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 8)).equals(Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'));

/** An HDF5 file held in memory, read-only. Whatever is wrong with it is a ModelError that names it. */
export class Hdf5File {
  static #opened = 0;
  readonly #path = `/model-${Hdf5File.#opened++}.h5`;
  readonly #file: InstanceType<Library['File']>;
  #bytesLeft: number;

  /** @param name for messages. @throws ModelError when the bytes are no HDF5 file, or cut short. */
  constructor(
    readonly name: string,
    bytes: Uint8Array,
  ) {
    const { FS, File } = hdf5Library();
    this.#bytesLeft = Math.max(LEAST_LIMIT_BYTES, bytes.length * TIMES_FILE);
    const stream = FS!.open(this.#path, 'w');
    // Owned: written without a copy.
    FS!.write(stream, bytes, 0, bytes.length, 0, true);
    FS!.close(stream);
    try {
      this.#file = this.#guarded('', () => new File(this.#path, 'r'));
      if (this.#file.file_id < 0n) throw this.#unreadable('');
    } catch (error) {
      FS!.unlink(this.#path);
      throw error;
    }
  }

  close(): void {
    this.#file.close();
    hdf5Library().FS!.unlink(this.#path);
  }

  /** Names in a group; empty when there is no such group. */
  keys(path: string): string[] {
    const group = this.#get(path);
    return group !== undefined && 'keys' in group ? this.#guarded(path, () => group.keys()) : [];
  }

  /** An attribute that is a text, or several; undefined when it is not there or something else. */
  texts(path: string, attribute: string): string[] | undefined {
    const entity = this.#get(path);
    if (entity === undefined) return undefined;
    const value = this.#guarded(path, () => entity.attrs[attribute]?.value);
    if (typeof value === 'string') return [value];
    return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
  }

  /** Shape of a dataset; undefined when there is none of that name. */
  dims(path: string): readonly number[] | undefined {
    const entity = this.#get(path);
    return entity !== undefined && 'shape' in entity ? (this.#guarded(path, () => entity.shape) ?? []) : undefined;
  }

  /** The numbers of a dataset as floats. @throws ModelError when there is none, or it holds no numbers. */
  numbers(path: string): FloatConstant {
    const entity = this.#get(path);
    const dims = this.dims(path);
    if (entity === undefined || dims === undefined || !('slice' in entity)) {
      throw new ModelError(`${this.name} has no weights at ${path}`);
    }
    const count = dims.reduce((product, dim) => product * dim, 1);
    this.#bytesLeft -= count * 4;
    if (!(this.#bytesLeft >= 0)) throw new ModelError(`${this.name} claims more numbers at ${path} than it can hold`);
    const data = new Float32Array(count);
    const [rows = 1] = dims;
    const each = count / Math.max(rows, 1);
    const step = Math.max(1, Math.floor(PIECE / Math.max(each, 1)));
    for (let row = 0; row < rows; row += step) {
      const piece = this.#guarded(path, () =>
        dims.length === 0
          ? entity.value
          : entity.slice([[row, Math.min(row + step, rows)], ...dims.slice(1).map((): [] => [])]),
      );
      this.#copy(piece, data, row * each, path);
    }
    return floats(dims, data);
  }

  #copy(piece: unknown, data: Float32Array, at: number, path: string): void {
    if (typeof piece === 'number' || typeof piece === 'bigint') data[at] = Number(piece);
    else if (piece instanceof BigInt64Array || piece instanceof BigUint64Array) data.set(Array.from(piece, Number), at);
    else if (ArrayBuffer.isView(piece) && !(piece instanceof DataView)) data.set(piece as Float32Array, at);
    else throw new ModelError(`${this.name} holds no numbers at ${path}`);
  }

  #get(path: string): Entity | undefined {
    const { Group, Dataset } = hdf5Library();
    const found = this.#guarded(path, () => this.#file.get(path || '/'));
    return found instanceof Group || found instanceof Dataset ? found : undefined;
  }

  #guarded<T>(path: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof ModelError) throw error;
      throw this.#unreadable(path);
    }
  }

  #unreadable(path: string): ModelError {
    return new ModelError(`${this.name} is no HDF5 file, or it is cut short or damaged${path && ` at ${path}`}`);
  }
}
