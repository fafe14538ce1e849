import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Index, ScalarKind } from 'usearch';
import type { Metric } from '../../domain/calibration';
import { metricKind, portDistance, type ShardHits } from './exact-shard';
import { CONNECTIVITY, GONE } from './graph-file';

const EXPANSION_ADD = 128;

/**
 * One HNSW graph. Nodes are only ever added: node n lies in slot n - 1 of the engine under key n, so that the engine's
 * file tells a node's vector by its place. A removed vector stays as a node that no search answers with (the engine's
 * own removal would hand its slot to the next vector), until the space moves the rest to another shard. Its file does not
 * hold the vector: see `GraphFile.forget`.
 */
export class GraphShard {
  private index: Index;
  private ids: Int32Array;
  private length: number;
  private live = 0;
  /** Whether its file no longer holds all of its nodes. */
  dirty = true;
  /** Whether its file still holds a vector that was removed. */
  unforgotten = false;
  /** Takes no vector any more: what is left is being moved out. */
  sealed = false;
  /** The disk refused to have it moved; the next start tries again. */
  stuck = false;

  constructor(
    readonly id: number,
    private readonly dimension: number,
    private readonly metric: Metric,
    private readonly expansionSearch: number,
    from?: { readonly ids: Int32Array; readonly file: string },
  ) {
    this.index = this.emptyIndex();
    this.ids = from?.ids ?? new Int32Array(1_024);
    this.length = from?.ids.length ?? 0;
    if (!from) return;
    this.index.load(from.file);
    if (this.index.size() !== this.length || this.index.dimensions() !== dimension) {
      throw new Error('its graph does not hold the nodes that it should');
    }
    for (const id of from.ids) if (id !== GONE) this.live++;
    this.dirty = false;
  }

  /** Nodes, removed ones too. */
  get nodeCount(): number {
    return this.length;
  }

  get liveCount(): number {
    return this.live;
  }

  /** Answers the row. Nothing has changed when it throws. */
  add(id: number, vector: Float32Array): number {
    if (this.length === this.ids.length) {
      const ids = new Int32Array(this.ids.length * 2 || 1_024);
      ids.set(this.ids);
      this.ids = ids;
    }
    this.index.add(BigInt(this.length + 1), vector, 1);
    this.dirty = true;
    this.ids[this.length] = id;
    this.live++;
    return this.length++;
  }

  remove(row: number): void {
    this.ids[row] = GONE;
    this.live--;
    this.unforgotten = true;
  }

  /** The id of a node, or undefined when its vector was removed. */
  idAt(row: number): number | undefined {
    const id = this.ids[row]!;
    return id === GONE ? undefined : id;
  }

  /** @param probes one after another. */
  search(probes: Float32Array, k: number): ShardHits[] {
    const answers: ShardHits[] = [];
    for (let at = 0; at < probes.length; at += this.dimension) {
      answers.push(this.searchOne(probes.slice(at, at + this.dimension), k));
    }
    return answers;
  }

  copyIds(): Int32Array {
    return this.ids.slice(0, this.length);
  }

  save(file: string): void {
    this.index.save(file);
  }

  /** Hands the engine's memory back now; the collector does not know how large it is. The shard is of no use after it. */
  dispose(scratchFile: string): void {
    try {
      mkdirSync(dirname(scratchFile), { recursive: true, mode: 0o700 });
      this.emptyIndex().save(scratchFile);
      this.index.load(scratchFile);
    } catch {
      this.index = this.emptyIndex(); // a full disk: then the collector has to do it
    } finally {
      rmSync(scratchFile, { force: true });
    }
  }

  private searchOne(probe: Float32Array, k: number): ShardHits {
    const wanted = Math.min(k, this.live);
    let ask = Math.min(this.length, wanted + Math.ceil((2 * wanted * (this.length - this.live)) / this.length));
    for (;;) {
      const hits: ShardHits = { ids: [], distances: [] };
      if (wanted === 0) return hits;
      const found = this.index.search(probe, ask, 1);
      for (let i = 0; i < found.keys.length && hits.ids.length < wanted; i++) {
        const id = this.ids[Number(found.keys[i]) - 1];
        if (id === undefined || id === GONE) continue;
        hits.ids.push(id);
        hits.distances.push(portDistance(this.metric, found.distances[i]!));
      }
      // Removed vectors lie in a heap where a person was deleted: ask further until enough of the others come.
      if (hits.ids.length === wanted || ask === this.length) return hits;
      ask = Math.min(this.length, ask * 4);
    }
  }

  private emptyIndex(): Index {
    return new Index({
      dimensions: this.dimension,
      metric: metricKind(this.metric),
      quantization: ScalarKind.F16,
      connectivity: CONNECTIVITY,
      expansion_add: EXPANSION_ADD,
      expansion_search: this.expansionSearch,
      multi: false,
    });
  }
}
