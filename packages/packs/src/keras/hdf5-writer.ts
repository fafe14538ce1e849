import { hdf5Library } from './hdf5';
import type { FloatConstant } from '../graph';

/** Writes an HDF5 file into memory. */
export class Hdf5Writer {
  static #opened = 0;
  readonly #path = `/written-${Hdf5Writer.#opened++}.h5`;
  readonly #file = new (hdf5Library().File)(this.#path, 'w');

  /** Makes a group, and those that it lies in. */
  group(path: string): void {
    let at = '';
    for (const part of path.split('/')) {
      const parent = at === '' ? this.#file : this.#file.get(at);
      at = at === '' ? part : `${at}/${part}`;
      if (parent !== null && 'create_group' in parent && !parent.keys().includes(part)) parent.create_group(part);
    }
  }

  /** @param path of a group; empty is the file itself. */
  attribute(path: string, name: string, value: string | readonly string[]): void {
    const group = path === '' ? this.#file : this.#file.get(path);
    if (group !== null && 'create_attribute' in group) {
      group.create_attribute(name, typeof value === 'string' ? value : [...value]);
    }
  }

  /** @param path its group is made where it is not there. */
  numbers(path: string, { dims, data }: FloatConstant): void {
    const at = path.lastIndexOf('/');
    this.group(path.slice(0, at));
    const group = this.#file.get(path.slice(0, at));
    if (group !== null && 'create_dataset' in group) {
      group.create_dataset({ name: path.slice(at + 1), data, shape: [...dims], dtype: '<f' });
    }
  }

  /** Ends the file. @returns its bytes. */
  finish(): Uint8Array {
    const { FS } = hdf5Library();
    this.#file.close();
    const bytes = FS!.readFile(this.#path, { encoding: 'binary' });
    FS!.unlink(this.#path);
    return bytes;
  }
}
