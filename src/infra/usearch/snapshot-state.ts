import type { UniqueColumns } from './unique-vectors';

/** What a space's state file holds. */
export interface StateContent {
  readonly unique: UniqueColumns;
  readonly exact: { readonly ids: Int32Array; readonly rows: Float32Array };
  /** Ids by node, one array a graph, in the sidecar's order. */
  readonly graphIds: readonly Int32Array[];
}

type Column = Float64Array | Float32Array | Uint32Array | Int32Array;

/** Columns one after another, each behind its length in bytes (float64) and padded to 8 bytes. */
export function encodeState({ unique, exact, graphIds }: StateContent): Uint8Array[] {
  const { firstKey, hash, check, shard, row, extra } = unique;
  const columns: Column[] = [firstKey, hash, check, shard, row, extra, exact.ids, exact.rows, ...graphIds];
  return columns.flatMap((column) => [
    new Uint8Array(Float64Array.of(column.byteLength).buffer),
    new Uint8Array(column.buffer, column.byteOffset, column.byteLength),
    new Uint8Array(padding(column.byteLength)),
  ]);
}

/** @throws Error when a column reaches beyond the end. */
export function decodeState(file: Buffer): StateContent {
  let at = 0;
  const next = (): ArrayBuffer => {
    const length = file.readDoubleLE(at);
    const begin = at + 8;
    at = begin + length + padding(length);
    if (!Number.isInteger(length) || length < 0 || at > file.byteLength) throw new Error('its state is cut short');
    const column = new ArrayBuffer(length);
    new Uint8Array(column).set(file.subarray(begin, begin + length));
    return column;
  };
  const unique = {
    firstKey: new Float64Array(next()),
    hash: new Float64Array(next()),
    check: new Uint32Array(next()),
    shard: new Int32Array(next()),
    row: new Int32Array(next()),
    extra: new Float64Array(next()),
  };
  const exact = { ids: new Int32Array(next()), rows: new Float32Array(next()) };
  const graphIds: Int32Array[] = [];
  while (at < file.byteLength) graphIds.push(new Int32Array(next()));
  return { unique, exact, graphIds };
}

function padding(length: number): number {
  return (8 - (length % 8)) % 8;
}
