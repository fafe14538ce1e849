import { createHash } from 'node:crypto';
import { isId } from '../../domain/ids';
import { WeightedGate } from '../../domain/weighted-gate';
import { assertNeighbourCount, assertVector } from '../../domain/vector-rules';
import type {
  IndexedVector,
  KeptVector,
  KeyPage,
  VectorHit,
  VectorIndex,
  VectorIndexOp,
  VectorSpaceStats,
} from '../../ports/vector-index';
import type { VectorSpace } from '../../records/vector-space';
import { hashVector } from './half-precision';
import { ThreadClient } from './thread-client';
import type { PackedHits, PackedOps, PackedVectors, SpaceIdentity } from './thread-protocol';

/** One that the thread works on, and one that it finds when it has answered. */
const SEARCHES_SENT = 2;

export interface UsearchVectorIndexOptions {
  /** Where the snapshots lie: `<directory>/<tenantId>/<collectionId>-<hash>.*`. Made (0700) when missing. */
  readonly directory: string;
  /** Told what went wrong and was made good: a damaged snapshot, a full disk, a thread that died. */
  readonly onWarning?: (message: string) => void;
  /** Up to how many vectors a space is compared one by one; above they move into graphs. @default 16384 (docs/benchmarks.md) */
  readonly exactLimit?: number;
  /** Vectors in one graph at most. @default 100000 */
  readonly shardSize?: number;
  /** ef of a search. @default 160 */
  readonly expansionSearch?: number;
  /** A snapshot is written after so many ops. @default 20000 */
  readonly snapshotAfterOps?: number;
  /** A snapshot is written when a space has been quiet for so long. @default 5000 */
  readonly snapshotAfterMs?: number;
  /** A space that is never quiet is written after so long all the same: until then a deleted vector is in its files. @default 300000 */
  readonly snapshotWithinMs?: number;
  /** After this a call fails with TIMEOUT. @default 30000 */
  readonly callTimeoutMs?: number;
}

/**
 * Nearest neighbours inside this process: exact for small spaces, HNSW graphs of half-precision vectors for large ones.
 * Everything runs in one thread of its own. One process only may use a directory.
 *
 * After the thread has died (a fault of the engine), calls fail with DEPENDENCY_UNAVAILABLE and
 * `details.spaceNotOpen: true` until the space is opened again.
 */
export class UsearchVectorIndex implements VectorIndex {
  readonly engine = 'usearch';
  private readonly thread: ThreadClient;
  /** Tenants' searches take turns here: what the thread has been sent it answers in order. */
  private readonly searches = new WeightedGate(SEARCHES_SENT);

  constructor(options: UsearchVectorIndexOptions) {
    const settings = {
      directory: options.directory,
      exactLimit: options.exactLimit ?? 16_384,
      shardSize: options.shardSize ?? 100_000,
      expansionSearch: options.expansionSearch ?? 160,
      snapshotAfterOps: options.snapshotAfterOps ?? 20_000,
      snapshotAfterMs: options.snapshotAfterMs ?? 5_000,
      snapshotWithinMs: options.snapshotWithinMs ?? 300_000,
    };
    this.thread = new ThreadClient(settings, options.callTimeoutMs ?? 30_000, options.onWarning ?? (() => undefined));
  }

  async open(space: VectorSpace): Promise<bigint> {
    return this.thread.call('open', { space: identify(space) });
  }

  async apply(space: VectorSpace, ops: readonly VectorIndexOp[], watermark: bigint): Promise<void> {
    const { base } = identify(space);
    const packed = pack(space, ops, watermark);
    const buffers = [
      packed.seqs.buffer,
      packed.keys.buffer,
      packed.upserts.buffer,
      packed.vectors.buffer,
    ] as ArrayBuffer[];
    await this.thread.call('apply', { base, ops: packed, watermark }, buffers);
  }

  async load(space: VectorSpace, vectors: readonly IndexedVector[]): Promise<void> {
    const packed = packVectors(space, vectors);
    const buffers = [packed.keys.buffer, packed.vectors.buffer] as ArrayBuffer[];
    await this.thread.call('load', { base: identify(space).base, vectors: packed }, buffers);
  }

  async remove(space: VectorSpace, vectorKeys: readonly bigint[]): Promise<void> {
    const keys = Float64Array.from(vectorKeys, keyToNumber);
    await this.thread.call('remove', { base: identify(space).base, keys }, [keys.buffer]);
  }

  async listKeys(space: VectorSpace, from: bigint, limit: number): Promise<KeyPage> {
    const args = { base: identify(space).base, from: Number(from), limit };
    const { keys, next } = await this.thread.call('listKeys', args);
    return { keys: Array.from(keys, BigInt), next: next === undefined ? null : BigInt(next) };
  }

  /** By hashes that were kept when the vectors came in: what the graphs hold is not read again. */
  async read(space: VectorSpace, vectorKeys: readonly bigint[]): Promise<KeptVector[]> {
    const wanted = Float64Array.from(vectorKeys, keyToNumber);
    const args = { base: identify(space).base, keys: wanted };
    const { keys, hash, check } = await this.thread.call('read', args, [wanted.buffer]);
    return Array.from(keys, (key, i) => ({
      vectorKey: BigInt(key),
      matches: (vector) => {
        const its = hashVector(vector);
        return its.hash === hash[i] && its.check === check[i];
      },
    }));
  }

  async durableSeq(space: VectorSpace): Promise<bigint> {
    return this.thread.call('durableSeq', { space: identify(space) });
  }

  async search(space: VectorSpace, probes: readonly Float32Array[], k: number): Promise<VectorHit[][]> {
    const { base } = identify(space);
    assertNeighbourCount(k);
    if (probes.length === 0) return [];
    const flat = new Float32Array(probes.length * space.dimension);
    probes.forEach((probe, i) => {
      assertVector(probe, space.dimension, space.metric, `probe ${i}`);
      flat.set(probe, i * space.dimension);
    });
    const search = () => this.thread.call('search', { base, probes: flat, k }, [flat.buffer]);
    return unpack(space, await this.searches.run(1, search, space.tenantId));
  }

  async reset(space: VectorSpace): Promise<void> {
    await this.thread.call('reset', { space: identify(space) });
  }

  async drop(space: VectorSpace): Promise<void> {
    await this.thread.call('drop', { space: identify(space) });
  }

  async stats(space: VectorSpace): Promise<VectorSpaceStats> {
    return this.thread.call('stats', { base: identify(space).base });
  }

  async ping(): Promise<void> {
    await this.thread.call('ping', {});
  }

  async close(): Promise<void> {
    await this.thread.close();
  }
}

/** Only ids and a hash reach a path. */
function identify(space: VectorSpace): SpaceIdentity {
  const { tenantId, collectionId, embeddingDigest, dimension, metric } = space;
  if (!isId(tenantId) || !isId(collectionId))
    throw new TypeError('A vector space needs a tenant id and a collection id');
  if (!Number.isInteger(dimension) || dimension < 1 || dimension > 4_096) {
    throw new TypeError('A vector space has 1 to 4,096 dimensions');
  }
  const hash = createHash('sha256').update(`${metric}/${dimension}/${embeddingDigest}`).digest('hex').slice(0, 16);
  const base = `${tenantId}/${collectionId}-${hash}`;
  return { base, tenantId, collectionId, embeddingDigest, dimension, metric };
}

function pack(space: VectorSpace, ops: readonly VectorIndexOp[], watermark: bigint): PackedOps {
  const upsertCount = ops.reduce((count, op) => count + (op.kind === 'UPSERT' ? 1 : 0), 0);
  const packed = {
    seqs: new BigInt64Array(ops.length),
    keys: new Float64Array(ops.length),
    upserts: new Uint8Array(ops.length),
    vectors: new Float32Array(upsertCount * space.dimension),
  };
  let before = 0n;
  let vectorAt = 0;
  ops.forEach((op, i) => {
    if (op.seq <= before || op.seq > watermark) {
      throw new TypeError('Ops come in ascending seq from 1, none above the watermark');
    }
    before = op.seq;
    packed.seqs[i] = op.seq;
    packed.keys[i] = keyToNumber(op.vectorKey);
    if (op.kind === 'DELETE') return;
    assertVector(op.vector, space.dimension, space.metric, `the vector of key ${op.vectorKey}`);
    packed.upserts[i] = 1;
    packed.vectors.set(op.vector, vectorAt);
    vectorAt += space.dimension;
  });
  return packed;
}

function packVectors(space: VectorSpace, vectors: readonly IndexedVector[]): PackedVectors {
  const packed = {
    keys: new Float64Array(vectors.length),
    vectors: new Float32Array(vectors.length * space.dimension),
  };
  vectors.forEach(({ vectorKey, vector }, i) => {
    assertVector(vector, space.dimension, space.metric, `the vector of key ${vectorKey}`);
    packed.keys[i] = keyToNumber(vectorKey);
    packed.vectors.set(vector, i * space.dimension);
  });
  return packed;
}

/** Keys count up from 1 in Postgres, so that numbers hold them exactly for longer than the platform will live. */
function keyToNumber(key: bigint): number {
  if (key < 1n || key > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new TypeError('A vector key is an integer from 1 to 2^53 - 1');
  }
  return Number(key);
}

function unpack({ tenantId, collectionId }: VectorSpace, { counts, keys, distances }: PackedHits): VectorHit[][] {
  let at = 0;
  return Array.from(counts, (count) =>
    Array.from({ length: count }, () => {
      const hit = { tenantId, collectionId, vectorKey: BigInt(keys[at]!), distance: distances[at]! };
      at++;
      return hit;
    }),
  );
}
