import { exactSearch, MetricKind } from 'usearch';
import type { Metric } from '../../domain/calibration';

/** Best first; `ids` are those of `UniqueVectors`, distances as the port wants them. */
export interface ShardHits {
  readonly ids: number[];
  readonly distances: number[];
}

export function metricKind(metric: Metric): MetricKind {
  return metric === 'COSINE' ? MetricKind.IP : MetricKind.L2sq;
}

/** The engine answers squared L2, and for unit vectors 1 - dot. */
export function portDistance(metric: Metric, engineDistance: number): number {
  return metric === 'COSINE' ? engineDistance : Math.sqrt(Math.max(0, engineDistance));
}

/** Vectors one after another without holes, all compared with every probe. New vectors always come here first. */
export class ExactShard {
  private rows: Float32Array;
  private ids: Int32Array;
  private length: number;

  constructor(
    private readonly dimension: number,
    private readonly metric: Metric,
    from: { readonly ids: Int32Array; readonly rows: Float32Array } = {
      ids: new Int32Array(0),
      rows: new Float32Array(0),
    },
  ) {
    if (from.rows.length !== from.ids.length * dimension) throw new Error('its exact part has another length');
    this.length = from.ids.length;
    this.ids = from.ids;
    this.rows = from.rows;
  }

  get count(): number {
    return this.length;
  }

  /** Answers the row. */
  add(id: number, vector: Float32Array): number {
    if (this.length === this.ids.length) this.resize(Math.max(16, this.length * 2));
    this.rows.set(vector, this.length * this.dimension);
    this.ids[this.length] = id;
    return this.length++;
  }

  /** Fills the hole with the last row and answers the id that lies there now, if another one does. */
  remove(row: number): number | undefined {
    const last = --this.length;
    const moved = row === last ? undefined : this.ids[last]!;
    if (moved !== undefined) {
      this.rows.copyWithin(row * this.dimension, last * this.dimension, (last + 1) * this.dimension);
      this.ids[row] = moved;
    }
    if (this.ids.length > 1_024 && this.length < this.ids.length / 4) this.resize(this.ids.length / 2);
    return moved;
  }

  /** The vector that was added last, and its id. */
  last(): { readonly id: number; readonly vector: Float32Array } {
    const row = this.length - 1;
    return { id: this.ids[row]!, vector: this.rows.slice(row * this.dimension, this.length * this.dimension) };
  }

  /** @param probes one after another, at offset 0 of their buffer (the engine ignores an offset). */
  search(probes: Float32Array, k: number): ShardHits[] {
    const probeCount = probes.length / this.dimension;
    const wanted = Math.min(k, this.length);
    if (wanted === 0) return Array.from({ length: probeCount }, () => ({ ids: [], distances: [] }));
    const dataset = this.rows.subarray(0, this.length * this.dimension);
    const found = exactSearch(dataset, probes, this.dimension, wanted, metricKind(this.metric), 1);
    return Array.from({ length: probeCount }, (_, probe) => {
      const hits: ShardHits = { ids: [], distances: [] };
      for (let i = probe * wanted; i < (probe + 1) * wanted; i++) {
        hits.ids.push(this.ids[Number(found.keys[i])]!);
        hits.distances.push(portDistance(this.metric, found.distances[i]!));
      }
      return hits;
    });
  }

  copy(): { readonly ids: Int32Array; readonly rows: Float32Array } {
    return { ids: this.ids.slice(0, this.length), rows: this.rows.slice(0, this.length * this.dimension) };
  }

  private resize(capacity: number): void {
    const rows = new Float32Array(capacity * this.dimension);
    rows.set(this.rows.subarray(0, this.length * this.dimension));
    const ids = new Int32Array(capacity);
    ids.set(this.ids.subarray(0, this.length));
    this.rows = rows;
    this.ids = ids;
  }
}
