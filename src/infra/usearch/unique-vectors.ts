import type { VectorHash } from './half-precision';

/** Columns of a space's distinct vectors, as they go to a snapshot. */
export interface UniqueColumns {
  readonly firstKey: Float64Array<ArrayBuffer>;
  readonly hash: Float64Array<ArrayBuffer>;
  readonly check: Uint32Array<ArrayBuffer>;
  readonly shard: Int32Array<ArrayBuffer>;
  readonly row: Int32Array<ArrayBuffer>;
  /** Pairs (id, key) of the keys beyond the first. */
  readonly extra: Float64Array;
}

/**
 * The distinct vectors of a space: which keys carry each, and where it lies. Faces with the same vector (one image
 * enrolled many times) are one entry here and one vector in the engine, because equal vectors hide others in a graph.
 * Ids are small integers and are used again. Shard 0 is the exact part; the others are graphs.
 */
export class UniqueVectors {
  private firstKey = new Float64Array(64);
  private hash = new Float64Array(64);
  private check = new Uint32Array(64);
  private shard = new Int32Array(64);
  private row = new Int32Array(64);
  private length = 0;
  private readonly free: number[] = [];
  private readonly extra = new Map<number, number[]>();
  private readonly byKey = new Map<number, number>();
  private readonly byHash = new Map<number, number>();

  static restore(columns: UniqueColumns): UniqueVectors {
    const unique = new UniqueVectors();
    const length = columns.firstKey.length;
    for (const name of ['hash', 'check', 'shard', 'row'] as const) {
      if (columns[name].length !== length) throw new Error(`its ${name} column has another length`);
    }
    unique.firstKey = columns.firstKey;
    unique.hash = columns.hash;
    unique.check = columns.check;
    unique.shard = columns.shard;
    unique.row = columns.row;
    unique.length = length;
    for (let id = 0; id < length; id++) {
      if (columns.firstKey[id] === 0) {
        unique.free.push(id);
        continue;
      }
      unique.byKey.set(columns.firstKey[id]!, id);
      unique.byHash.set(columns.hash[id]!, id);
    }
    for (let i = 0; i < columns.extra.length; i += 2) unique.attach(columns.extra[i]!, columns.extra[i + 1]!);
    return unique;
  }

  /** Copies, so that a snapshot can be written while ops go on. */
  columns(): UniqueColumns {
    const extra: number[] = [];
    for (const [id, keys] of this.extra) for (const key of keys) extra.push(id, key);
    return {
      firstKey: this.firstKey.slice(0, this.length),
      hash: this.hash.slice(0, this.length),
      check: this.check.slice(0, this.length),
      shard: this.shard.slice(0, this.length),
      row: this.row.slice(0, this.length),
      extra: Float64Array.from(extra),
    };
  }

  /** How many keys there are, equal vectors counted each. */
  get keyCount(): number {
    return this.byKey.size;
  }

  get uniqueCount(): number {
    return this.length - this.free.length;
  }

  idOfKey(key: number): number | undefined {
    return this.byKey.get(key);
  }

  /** The id of an equal vector. */
  idOfHash(hash: number, check: number): number | undefined {
    const id = this.byHash.get(hash);
    return id !== undefined && this.check[id] === check ? id : undefined;
  }

  shardOf(id: number): number {
    return this.shard[id]!;
  }

  rowOf(id: number): number {
    return this.row[id]!;
  }

  place(id: number, shard: number, row: number): void {
    this.shard[id] = shard;
    this.row[id] = row;
  }

  add(key: number, hash: number, check: number): number {
    const id = this.free.pop() ?? this.length++;
    if (id >= this.firstKey.length) this.grow();
    this.firstKey[id] = key;
    this.hash[id] = hash;
    this.check[id] = check;
    this.byKey.set(key, id);
    if (!this.byHash.has(hash)) this.byHash.set(hash, id);
    return id;
  }

  /** One more key for a vector that is there. */
  attach(id: number, key: number): void {
    const keys = this.extra.get(id);
    if (keys) keys.push(key);
    else this.extra.set(id, [key]);
    this.byKey.set(key, id);
  }

  /** Takes a key from its vector. Answers whether the vector has no key left, and so is gone from here. */
  detach(key: number, id: number): boolean {
    this.byKey.delete(key);
    const others = this.extra.get(id);
    if (this.firstKey[id] === key) {
      const next = others?.pop();
      this.firstKey[id] = next ?? 0;
    } else if (others) {
      others.splice(others.indexOf(key), 1);
    }
    if (others?.length === 0) this.extra.delete(id);
    if (this.firstKey[id] !== 0) return false;
    if (this.byHash.get(this.hash[id]!) === id) this.byHash.delete(this.hash[id]!);
    // Else the state file would tell of a deleted vector what it was equal to.
    this.hash[id] = 0;
    this.check[id] = 0;
    this.free.push(id);
    return true;
  }

  /** At most `limit` keys of the vector, in no order that means anything. */
  keysOf(id: number, limit: number): number[] {
    const others = this.extra.get(id);
    return others ? [this.firstKey[id]!, ...others.slice(0, limit - 1)] : [this.firstKey[id]!];
  }

  /** Keys of the vectors from id `from` on: all of one vector's, until there are `limit`. `next` is undefined at the end. */
  listKeys(from: number, limit: number): { readonly keys: number[]; readonly next: number | undefined } {
    const keys: number[] = [];
    let id = from;
    for (; id < this.length && keys.length < limit; id++) {
      if (this.firstKey[id] !== 0) keys.push(...this.keysOf(id, Infinity));
    }
    return { keys, next: id < this.length ? id : undefined };
  }

  hashOf(id: number): VectorHash {
    return { hash: this.hash[id]!, check: this.check[id]! };
  }

  private grow(): void {
    const size = Math.max(64, this.firstKey.length * 2);
    this.firstKey = extended(this.firstKey, new Float64Array(size));
    this.hash = extended(this.hash, new Float64Array(size));
    this.check = extended(this.check, new Uint32Array(size));
    this.shard = extended(this.shard, new Int32Array(size));
    this.row = extended(this.row, new Int32Array(size));
  }
}

function extended<T extends Float64Array | Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
