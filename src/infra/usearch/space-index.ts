import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { ExactShard, type ShardHits } from './exact-shard';
import { GraphFile } from './graph-file';
import { GraphShard } from './graph-shard';
import { hashVector } from './half-precision';
import type {
  PackedHashes,
  PackedHits,
  PackedKeys,
  PackedOps,
  PackedVectors,
  SpaceIdentity,
  ThreadSettings,
  ThreadStats,
} from './thread-protocol';
import { UniqueVectors, type UniqueColumns } from './unique-vectors';

/** All of a space's state but the graphs' own files. */
export interface SpaceState {
  readonly watermark: bigint;
  readonly unique: UniqueColumns;
  readonly exact: { readonly ids: Int32Array; readonly rows: Float32Array };
  readonly graphs: readonly { readonly id: number; readonly ids: Int32Array; readonly file: string }[];
}

const EXACT = 0;

/**
 * The vectors of one space: new ones in an exact part; when that outgrows `exactLimit` they move, one at a time, into
 * graphs of `shardSize`. Each vector lies in exactly one part at any moment, so a search between two moves misses and
 * repeats nothing. Lives in the thread; single-threaded; every method but the snapshot's returns without waiting.
 */
export class SpaceIndex {
  private readonly unique: UniqueVectors;
  private readonly exact: ExactShard;
  readonly graphs = new Map<number, GraphShard>();
  private moving: { readonly shard: GraphShard; readonly file: GraphFile; row: number } | undefined;
  private draining = false;
  private currentWatermark: bigint;
  /** Whether something has changed since the last snapshot: ops, or where vectors lie. */
  changed = false;

  constructor(
    readonly identity: SpaceIdentity,
    private readonly settings: ThreadSettings,
    /** Path without extension that its files begin with. */
    readonly basePath: string,
    state?: SpaceState,
  ) {
    const { dimension, metric } = identity;
    this.unique = state ? UniqueVectors.restore(state.unique) : new UniqueVectors();
    this.exact = new ExactShard(dimension, metric, state?.exact);
    this.currentWatermark = state?.watermark ?? 0n;
    for (const { id, ids, file } of state?.graphs ?? []) {
      this.graphs.set(id, new GraphShard(id, dimension, metric, settings.expansionSearch, { ids, file }));
    }
  }

  get watermark(): bigint {
    return this.currentWatermark;
  }

  /** Whether the exact part has grown so far that whoever adds more should wait. */
  get overfull(): boolean {
    return this.exact.count > 2 * this.settings.exactLimit;
  }

  /** Answers how many ops were new. */
  apply(ops: PackedOps, watermark: bigint): number {
    const { dimension } = this.identity;
    let vectorAt = 0;
    let applied = 0;
    for (let i = 0; i < ops.keys.length; i++) {
      const vector = ops.upserts[i] ? ops.vectors.subarray(vectorAt, (vectorAt += dimension)) : undefined;
      if (ops.seqs[i]! <= this.currentWatermark) continue;
      if (vector) this.upsert(ops.keys[i]!, vector);
      else this.remove(ops.keys[i]!);
      applied++;
    }
    if (watermark > this.currentWatermark) {
      this.currentWatermark = watermark;
      this.changed = true;
    }
    return applied;
  }

  /** Takes vectors in without moving the watermark. */
  load({ keys, vectors }: PackedVectors): void {
    const { dimension } = this.identity;
    for (let i = 0; i < keys.length; i++) this.upsert(keys[i]!, vectors.subarray(i * dimension, (i + 1) * dimension));
    this.changed = true;
  }

  /** Takes keys out without moving the watermark. */
  removeKeys(keys: Float64Array): void {
    for (const key of keys) this.remove(key);
    this.changed = true;
  }

  listKeys(from: number, limit: number): PackedKeys {
    const { keys, next } = this.unique.listKeys(from, limit);
    return { keys: Float64Array.from(keys), next };
  }

  /** Of those keys that are there. */
  read(keys: Float64Array): PackedHashes {
    const here = keys.filter((key) => this.unique.idOfKey(key) !== undefined);
    const hashes = Array.from(here, (key) => this.unique.hashOf(this.unique.idOfKey(key)!));
    return {
      keys: here,
      hash: Float64Array.from(hashes, ({ hash }) => hash),
      check: Uint32Array.from(hashes, ({ check }) => check),
    };
  }

  search(probes: Float32Array, k: number): PackedHits {
    const parts = [this.exact, ...this.graphs.values()].map((shard) => shard.search(probes, k));
    const probeCount = probes.length / this.identity.dimension;
    const counts = new Uint32Array(probeCount);
    const keys: number[] = [];
    const distances: number[] = [];
    for (let probe = 0; probe < probeCount; probe++) {
      const before = keys.length;
      for (const { id, distance } of merged(parts.map((part) => part[probe]!))) {
        const room = k - (keys.length - before);
        if (room === 0) break;
        for (const key of this.unique.keysOf(id, room)) {
          keys.push(key);
          distances.push(distance);
        }
      }
      counts[probe] = keys.length - before;
    }
    return { counts, keys: Float64Array.from(keys), distances: Float32Array.from(distances) };
  }

  stats(): ThreadStats {
    const method = this.graphs.size === 0 ? 'exact' : 'hnsw';
    return { count: this.unique.keyCount, method, watermark: this.currentWatermark };
  }

  /** Whether `maintain` has something to do. */
  needsMaintenance(): boolean {
    if (this.exact.count > this.settings.exactLimit) this.draining = true;
    return this.draining || this.moving !== undefined || this.findSparse() !== undefined;
  }

  /**
   * Moves vectors for about `budgetMs`: out of a graph of which more than half was removed, then out of the exact part.
   * @throws Error of the engine or the disk; nothing is lost, and the same call may work later.
   */
  maintain(budgetMs: number): void {
    const until = performance.now() + budgetMs;
    while (this.needsMaintenance() && performance.now() < until) {
      const sparse = this.findSparse();
      if (this.moving) this.moveOne(this.moving);
      else if (sparse) this.beginMoving(sparse);
      else this.drainOne();
    }
  }

  /** Copies what a snapshot needs. `fileOf` names the file of each graph. */
  state(fileOf: (graph: GraphShard) => string): SpaceState {
    return {
      watermark: this.currentWatermark,
      unique: this.unique.columns(),
      exact: this.exact.copy(),
      graphs: [...this.graphs.values()].map((graph) => ({ id: graph.id, ids: graph.copyIds(), file: fileOf(graph) })),
    };
  }

  dispose(): void {
    this.moving?.file.close();
    this.moving = undefined;
    for (const graph of this.graphs.values()) this.disposeGraph(graph);
  }

  private upsert(key: number, vector: Float32Array): void {
    const { hash, check } = hashVector(vector);
    const equal = this.unique.idOfHash(hash, check);
    const current = this.unique.idOfKey(key);
    if (current !== undefined) {
      if (current === equal) return;
      this.remove(key);
    }
    if (equal !== undefined) {
      this.unique.attach(equal, key);
      return;
    }
    const id = this.unique.add(key, hash, check);
    this.unique.place(id, EXACT, this.exact.add(id, vector));
  }

  private remove(key: number): void {
    const id = this.unique.idOfKey(key);
    if (id !== undefined && this.unique.detach(key, id)) this.takeOut(this.unique.shardOf(id), this.unique.rowOf(id));
  }

  private takeOut(shard: number, row: number): void {
    if (shard !== EXACT) {
      this.graphs.get(shard)!.remove(row);
      return;
    }
    const moved = this.exact.remove(row);
    if (moved !== undefined) this.unique.place(moved, EXACT, row);
  }

  private findSparse(): GraphShard | undefined {
    for (const graph of this.graphs.values()) {
      if (!graph.sealed && !graph.stuck && graph.liveCount * 2 < graph.nodeCount) return graph;
    }
    return undefined;
  }

  private beginMoving(shard: GraphShard): void {
    if (shard.liveCount === 0) {
      this.dropGraph(shard);
      return;
    }
    const path = `${this.basePath}.moving.tmp`;
    try {
      mkdirSync(dirname(this.basePath), { recursive: true, mode: 0o700 });
      shard.save(path);
      this.moving = { shard, file: new GraphFile(path, shard.nodeCount, this.identity.dimension), row: 0 };
      shard.sealed = true;
    } catch (error) {
      shard.stuck = true;
      throw error;
    } finally {
      rmSync(path, { force: true });
    }
  }

  private moveOne(moving: NonNullable<SpaceIndex['moving']>): void {
    const { shard, file } = moving;
    if (moving.row === shard.nodeCount || shard.liveCount === 0) {
      file.close();
      this.moving = undefined;
      this.dropGraph(shard);
      return;
    }
    const id = shard.idAt(moving.row);
    if (id !== undefined) {
      const small = this.unique.uniqueCount <= this.settings.exactLimit / 2;
      this.move(id, file.vectorAt(moving.row), small ? this.exact : this.openGraph());
    }
    moving.row++;
  }

  private drainOne(): void {
    // Leaving a part behind keeps the next few thousand from filling and emptying it again and again.
    if (this.exact.count <= this.settings.exactLimit / 4) {
      this.draining = false;
      return;
    }
    const { id, vector } = this.exact.last();
    this.move(id, vector, this.openGraph());
  }

  private move(id: number, vector: Float32Array, to: ExactShard | GraphShard): void {
    const row = to.add(id, vector);
    this.changed = true;
    this.takeOut(this.unique.shardOf(id), this.unique.rowOf(id));
    this.unique.place(id, to instanceof GraphShard ? to.id : EXACT, row);
  }

  private openGraph(): GraphShard {
    for (const graph of this.graphs.values()) {
      if (!graph.sealed && graph.nodeCount < this.settings.shardSize) return graph;
    }
    const id = Math.max(EXACT, ...this.graphs.keys()) + 1;
    const { dimension, metric } = this.identity;
    const graph = new GraphShard(id, dimension, metric, this.settings.expansionSearch);
    this.graphs.set(id, graph);
    return graph;
  }

  private dropGraph(graph: GraphShard): void {
    this.graphs.delete(graph.id);
    this.changed = true;
    this.disposeGraph(graph);
  }

  private disposeGraph(graph: GraphShard): void {
    graph.dispose(`${this.basePath}.empty.tmp`);
  }
}

function merged(parts: readonly ShardHits[]): { readonly id: number; readonly distance: number }[] {
  const all = parts.flatMap(({ ids, distances }) => ids.map((id, i) => ({ id, distance: distances[i]! })));
  return parts.length === 1 ? all : all.sort((a, b) => a.distance - b.distance);
}
