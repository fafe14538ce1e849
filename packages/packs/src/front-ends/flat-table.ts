import { ModelError } from '../model-error';

/**
 * A table of a FlatBuffers file, read where it lies: https://flatbuffers.dev/internals/. Every access is checked against the file's end,
 * which the format's own library does not do.
 */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;
  readonly #fields: number;
  readonly #fieldBytes: number;

  private constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
    this.#fields = at - read(view, at, 4, () => view.getInt32(at, true));
    this.#fieldBytes = read(view, this.#fields, 2, () => view.getUint16(this.#fields, true));
  }

  /** @param identifier the four letters that mark the kind of file. @throws ModelError when they are others. */
  static root(bytes: Uint8Array, identifier: string): FlatTable {
    const found = Buffer.from(bytes.subarray(4, 8)).toString('latin1');
    if (found !== identifier) throw new ModelError(`The file is no ${identifier} file`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(
      view,
      read(view, 0, 4, () => view.getUint32(0, true)),
    );
  }

  byte(field: number, otherwise = 0): number {
    return this.#scalar(field, 1, otherwise, (at) => this.#view.getInt8(at));
  }

  flag(field: number): boolean {
    return this.byte(field) !== 0;
  }

  int(field: number, otherwise = 0): number {
    return this.#scalar(field, 4, otherwise, (at) => this.#view.getInt32(at, true));
  }

  float(field: number): number {
    return this.#scalar(field, 4, 0, (at) => this.#view.getFloat32(at, true));
  }

  text(field: number): string {
    return Buffer.from(this.bytes(field)).toString('utf8');
  }

  /** Empty when the field is not there. */
  bytes(field: number): Uint8Array {
    const [at, length] = this.#vector(field, 1);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, length);
  }

  ints(field: number): number[] {
    const [at, length] = this.#vector(field, 4);
    return Array.from({ length }, (_, i) => this.#view.getInt32(at + i * 4, true));
  }

  table(field: number): FlatTable | undefined {
    const at = this.#place(field);
    return at === undefined ? undefined : this.#follow(at);
  }

  tables(field: number): FlatTable[] {
    const [at, length] = this.#vector(field, 4);
    return Array.from({ length }, (_, i) => this.#follow(at + i * 4));
  }

  #follow(at: number): FlatTable {
    return new FlatTable(this.#view, at + read(this.#view, at, 4, () => this.#view.getUint32(at, true)));
  }

  /** Where the field lies; undefined when the file leaves it out. */
  #place(field: number): number | undefined {
    const entry = 4 + field * 2;
    if (entry >= this.#fieldBytes) return undefined;
    const at = this.#fields + entry;
    const offset = read(this.#view, at, 2, () => this.#view.getUint16(at, true));
    return offset === 0 ? undefined : this.#at + offset;
  }

  #scalar(field: number, bytes: number, otherwise: number, get: (at: number) => number): number {
    const at = this.#place(field);
    return at === undefined ? otherwise : read(this.#view, at, bytes, () => get(at));
  }

  #vector(field: number, bytes: number): [at: number, length: number] {
    const place = this.#place(field);
    if (place === undefined) return [0, 0];
    const start = place + read(this.#view, place, 4, () => this.#view.getUint32(place, true));
    const length = read(this.#view, start, 4, () => this.#view.getUint32(start, true));
    return read(this.#view, start + 4, length * bytes, () => [start + 4, length]);
  }
}

function read<T>(view: DataView, at: number, bytes: number, get: () => T): T {
  if (at < 0 || at + bytes > view.byteLength) throw new ModelError('The file is cut short or damaged');
  return get();
}
