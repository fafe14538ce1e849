import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { halfToNumber } from './half-precision';

/** M. With it and half precision a face of 256-d costs 660 bytes. */
export const CONNECTIVITY = 16;
/** In place of the id of a node whose vector was removed. */
export const GONE = -1;

const MATRIX_HEADER_BYTES = 8;
const DENSE_HEADER_BYTES = 64;
const GRAPH_HEADER_BYTES = 40;
const LINKS_AT = 8 + 2;
const NODE_BYTES = LINKS_AT + (4 + 2 * CONNECTIVITY * 4);
const LEVEL_BYTES = 4 + CONNECTIVITY * 4;

/** So many vectors are written over in one go; then whoever searches has a turn. */
const ROWS_PER_TURN = 100;

/**
 * Reads a file of the engine (2.26: rows and columns, the matrix of half-precision vectors in slot order, headers, the
 * level of each node, the nodes with their links), and writes over the vectors that it must not hold.
 */
export class GraphFile {
  private readonly descriptor: number;

  /** @throws Error when the file is not the whole graph of `nodes` nodes: a full disk can cut it short in silence. */
  constructor(
    file: string,
    private readonly nodes: number,
    private readonly dimension: number,
  ) {
    this.descriptor = openSync(file, 'r+');
    try {
      this.assertWhole();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  vectorAt(row: number): Float32Array {
    const bytes = this.rowAt(row);
    return Float32Array.from({ length: this.dimension }, (_, i) => halfToNumber(bytes.readUInt16LE(i * 2)));
  }

  /**
   * Writes over each removed vector with that of a node nearby which is still there: searches of the loaded graph find
   * their way through such a node as before, which they would not through zeros (in Euclidean space nearer to most
   * probes than their neighbours are). All of them each time, since what one was given before may have been removed.
   *
   * @param ids by node, GONE for a removed one.
   * @throws Error of the disk.
   */
  async forget(ids: Int32Array): Promise<void> {
    const sources = this.nearestPresent(ids);
    let written = 0;
    for (let row = 0; row < this.nodes; row++) {
      if (ids[row] !== GONE) continue;
      const source = sources[row]!;
      const bytes = source === GONE ? Buffer.alloc(this.dimension * 2) : this.rowAt(source);
      if (writeSync(this.descriptor, bytes, 0, bytes.length, this.positionOf(row)) !== bytes.length) {
        throw new Error('a removed vector could not be written over');
      }
      if (++written % ROWS_PER_TURN === 0) await nextTurn();
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  /** By node: itself, or the node fewest links away that is present; GONE when none is. */
  private nearestPresent(ids: Int32Array): Int32Array {
    const sources = new Int32Array(this.nodes);
    let open: number[] = [];
    let anyPresent = GONE;
    for (let row = 0; row < this.nodes; row++) {
      if (ids[row] === GONE) open.push(row);
      else anyPresent = row;
      sources[row] = ids[row] === GONE ? GONE : row;
    }
    const { starts, bytes } = this.readNodes();
    while (open.length > 0) {
      const found: [row: number, source: number][] = [];
      for (const row of open) {
        const linksAt = starts[row]! + LINKS_AT;
        const linksEnd = linksAt + 4 + bytes.readUInt32LE(linksAt) * 4;
        for (let at = linksAt + 4; at < linksEnd; at += 4) {
          const source = sources[bytes.readUInt32LE(at)]!;
          if (source === GONE) continue;
          found.push([row, source]);
          break;
        }
      }
      if (found.length === 0) break;
      for (const [row, source] of found) sources[row] = source;
      open = open.filter((row) => sources[row] === GONE);
    }
    for (const row of open) sources[row] = anyPresent;
    return sources;
  }

  private readNodes(): { readonly starts: Float64Array; readonly bytes: Buffer } {
    const starts = new Float64Array(this.nodes);
    const levels = this.readLevels();
    let end = 0;
    for (let i = 0; i < this.nodes; i++) {
      starts[i] = end;
      end += NODE_BYTES + levels.readInt16LE(i * 2) * LEVEL_BYTES;
    }
    return { starts, bytes: this.read(this.levelsAt + levels.length, end) };
  }

  private assertWhole(): void {
    const header = this.read(0, MATRIX_HEADER_BYTES);
    if (header.readUInt32LE(0) !== this.nodes || header.readUInt32LE(4) !== this.dimension * 2) {
      throw new Error('the graph file does not begin with the matrix of its vectors');
    }
    const levels = this.readLevels();
    let expected = this.levelsAt + levels.length;
    for (let i = 0; i < this.nodes; i++) expected += NODE_BYTES + levels.readInt16LE(i * 2) * LEVEL_BYTES;
    const actual = fstatSync(this.descriptor).size;
    if (actual !== expected) throw new Error(`the graph file has ${actual} bytes instead of ${expected}`);
  }

  private get levelsAt(): number {
    return this.positionOf(this.nodes) + DENSE_HEADER_BYTES + GRAPH_HEADER_BYTES;
  }

  private positionOf(row: number): number {
    return MATRIX_HEADER_BYTES + row * this.dimension * 2;
  }

  private readLevels(): Buffer {
    return this.read(this.levelsAt, this.nodes * 2);
  }

  private rowAt(row: number): Buffer {
    return this.read(this.positionOf(row), this.dimension * 2);
  }

  private read(position: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    if (readSync(this.descriptor, bytes, 0, length, position) !== length)
      throw new Error('the graph file is cut short');
    return bytes;
  }
}
