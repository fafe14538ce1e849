import { createHash } from 'node:crypto';
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
import type { WatermarkStore } from '../../ports/watermark-store';
import type { ApplyFence, VectorSpace } from '../../records/vector-space';
import { refusalOf } from './milvus-answer';
import { assertKey, spaceExpression, spaceExpressionAfter } from './milvus-expression';
import { MilvusGateway, type CollectionShape, type MilvusHit, type MilvusRow } from './milvus-gateway';

export interface MilvusVectorIndexOptions {
  /** host:port */
  readonly address: string;
  /** `user:password` or an API key, where the server asks for one. */
  readonly token?: string;
  /** @default the server's default database */
  readonly database?: string;
  /** How far each space has come; Milvus itself keeps no such thing. */
  readonly watermarks: WatermarkStore;
  /** How long one call to Milvus may take, with all retries. @default 15000 */
  readonly deadlineMs?: number;
  /** What the names of our collections in Milvus begin with. @default 'likeness' */
  readonly namePrefix?: string;
}

const ROWS_PER_CALL = 500;
const KEYS_PER_CALL = 1_000;
const PROBES_PER_CALL = 64;
const NEAR = 2 ** -11;

/**
 * Nearest neighbours in Milvus. All tenants of one embedding share a Milvus collection, with the tenant as its partition
 * key; every read and every deletion names tenant and collection, and every hit is held against them. Keys are unique
 * on the platform, so a key is the primary key.
 *
 * When a Milvus collection was lost, calls fail with DEPENDENCY_UNAVAILABLE and `details.spaceNotOpen: true` until the
 * space is opened, which makes the collection anew and answers 0n.
 */
export class MilvusVectorIndex implements VectorIndex {
  readonly engine = 'milvus';
  private readonly gateway: MilvusGateway;
  private readonly watermarks: WatermarkStore;
  private readonly namePrefix: string;
  /** Spaces whose watermark has been held against what Milvus has. */
  private readonly verified = new Set<string>();

  constructor(options: MilvusVectorIndexOptions) {
    const { address, token, database } = options;
    this.gateway = new MilvusGateway({ address, token, database, deadlineMs: options.deadlineMs ?? 15_000 });
    this.watermarks = options.watermarks;
    this.namePrefix = options.namePrefix ?? 'likeness';
  }

  async open(space: VectorSpace): Promise<bigint> {
    const expression = spaceExpression(space);
    const shape = this.shapeOf(space);
    await this.ensureCollection(space);
    const id = `${shape.name}/${expression}`;
    const watermark = await this.watermarks.get(space);
    if (this.verified.has(id)) return watermark;
    const trusted = watermark === 0n || (await this.gateway.count(shape.name, expression)) > 0;
    this.verified.add(id);
    if (trusted) return watermark;
    // All was deleted, or Milvus has lost it: replaying is right for both.
    await this.watermarks.set(space, 0n);
    return 0n;
  }

  async apply(space: VectorSpace, ops: readonly VectorIndexOp[], watermark: bigint, fence?: ApplyFence): Promise<void> {
    spaceExpression(space);
    assertOps(space, ops, watermark);
    const { name } = this.shapeOf(space);
    const current = await this.watermarks.get(space);
    if (watermark <= current) return;
    const last = new Map(ops.filter((op) => op.seq > current).map((op) => [op.vectorKey, op]));
    const rows: MilvusRow[] = [];
    const deletions: bigint[] = [];
    for (const [vectorKey, op] of last) {
      if (op.kind === 'DELETE') deletions.push(vectorKey);
      else rows.push(rowOf(space, { vectorKey, vector: op.vector }));
    }
    await this.forgetting(space, async () => {
      for (const page of pages(deletions, KEYS_PER_CALL)) await this.gateway.delete(name, spaceExpression(space, page));
      for (const page of pages(rows, ROWS_PER_CALL)) await this.gateway.upsert(name, page);
    });
    await this.watermarks.set(space, watermark, fence);
  }

  async load(space: VectorSpace, vectors: readonly IndexedVector[]): Promise<void> {
    spaceExpression(space);
    for (const { vectorKey, vector } of vectors) {
      assertKey(vectorKey);
      assertVector(vector, space.dimension, space.metric, `the vector of key ${vectorKey}`);
    }
    const { name } = this.shapeOf(space);
    await this.forgetting(space, async () => {
      for (const page of pages(vectors, ROWS_PER_CALL)) {
        await this.gateway.upsert(
          name,
          page.map((one) => rowOf(space, one)),
        );
      }
    });
  }

  async remove(space: VectorSpace, vectorKeys: readonly bigint[]): Promise<void> {
    const { name } = this.shapeOf(space);
    await this.forgetting(space, async () => {
      for (const page of pages(vectorKeys, KEYS_PER_CALL))
        await this.gateway.delete(name, spaceExpression(space, page));
    });
  }

  async listKeys(space: VectorSpace, from: bigint, limit: number): Promise<KeyPage> {
    const expression = spaceExpressionAfter(space, from);
    const { name } = this.shapeOf(space);
    const keys = await this.forgetting(space, () => this.gateway.listKeys(name, expression, limit));
    return { keys, next: keys.length < limit ? null : keys.at(-1)! };
  }

  async read(space: VectorSpace, vectorKeys: readonly bigint[]): Promise<KeptVector[]> {
    const { name } = this.shapeOf(space);
    const kept: KeptVector[] = [];
    await this.forgetting(space, async () => {
      for (const page of pages(vectorKeys, ROWS_PER_CALL)) {
        for (const row of await this.gateway.readVectors(name, spaceExpression(space, page))) {
          kept.push({ vectorKey: row.vectorKey, matches: (vector) => isNear(row.vector, vector) });
        }
      }
    });
    return kept;
  }

  /** What Milvus has taken it does not lose in a crash, so it is the one that is applied. */
  durableSeq(space: VectorSpace): Promise<bigint> {
    return this.watermarks.get(space);
  }

  async search(space: VectorSpace, probes: readonly Float32Array[], k: number): Promise<VectorHit[][]> {
    const expression = spaceExpression(space);
    assertNeighbourCount(k);
    probes.forEach((probe, i) => assertVector(probe, space.dimension, space.metric, `probe ${i}`));
    const shape = this.shapeOf(space);
    const answers: VectorHit[][] = [];
    await this.forgetting(space, async () => {
      for (const page of pages(probes, PROBES_PER_CALL)) {
        const lists = await this.gateway.search(shape, { expression, probes: page, k });
        for (const hits of lists) answers.push(hits.map((hit) => toHit(space, hit)).sort(byDistance));
      }
    });
    return answers;
  }

  async reset(space: VectorSpace): Promise<void> {
    const expression = spaceExpression(space);
    const shape = this.shapeOf(space);
    await this.ensureCollection(space);
    await this.gateway.delete(shape.name, expression);
    await this.watermarks.set(space, 0n);
  }

  async drop(space: VectorSpace): Promise<void> {
    const expression = spaceExpression(space);
    try {
      await this.gateway.delete(this.shapeOf(space).name, expression);
    } catch (error) {
      if (refusalOf(error) !== 'NO_COLLECTION') throw error;
    }
    await this.watermarks.set(space, 0n);
  }

  async stats(space: VectorSpace): Promise<VectorSpaceStats> {
    const expression = spaceExpression(space);
    const { name } = this.shapeOf(space);
    const count = await this.forgetting(space, () => this.gateway.count(name, expression));
    return { count, method: 'milvus', watermark: await this.watermarks.get(space) };
  }

  async ping(): Promise<void> {
    await this.gateway.ping();
  }

  async close(): Promise<void> {
    await this.gateway.close();
  }

  /**
   * Spaces of all tenants share a collection: whoever makes it anew says of each that it is gone, since to the others it
   * would look as if theirs were still there.
   */
  private ensureCollection(space: VectorSpace): Promise<void> {
    return this.gateway.ensureCollection(this.shapeOf(space), () => this.watermarks.forget(space.embeddingDigest));
  }

  private shapeOf({ embeddingDigest, dimension, metric }: VectorSpace): CollectionShape {
    const hash = createHash('sha256').update(`${metric}/${dimension}/${embeddingDigest}`).digest('hex').slice(0, 32);
    return { name: `${this.namePrefix}_${hash}`, dimension, metric };
  }

  /** Where the collection turns out to be gone, the next `open` looks again at what Milvus has. */
  private async forgetting<T>(space: VectorSpace, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (refusalOf(error) === 'NO_COLLECTION') this.verified.clear();
      throw error;
    }
  }
}

function rowOf({ tenantId, collectionId }: VectorSpace, { vectorKey, vector }: IndexedVector): MilvusRow {
  return { vectorKey, tenantId, collectionId, vector };
}

/**
 * A hit as the port has it; Milvus answers the cosine, or the squared L2.
 * @throws Error when the hit is not of the space that was asked: it must go nowhere.
 */
function toHit(space: VectorSpace, hit: MilvusHit): VectorHit {
  if (hit.tenantId !== space.tenantId || hit.collectionId !== space.collectionId) {
    throw new Error('Milvus answered with a vector of another tenant or collection; the search was stopped');
  }
  const distance = space.metric === 'COSINE' ? 1 - hit.score : Math.sqrt(Math.max(0, hit.score));
  if (!Number.isFinite(distance)) throw new Error('Milvus answered with a distance that is no number');
  return { tenantId: hit.tenantId, collectionId: hit.collectionId, vectorKey: BigInt(hit.vectorKey), distance };
}

/** A server may keep vectors in half precision. */
function isNear(kept: readonly number[], vector: Float32Array): boolean {
  return (
    kept.length === vector.length &&
    kept.every((value, i) => Math.abs(value - vector[i]!) <= NEAR * Math.max(1, Math.abs(value)))
  );
}

function byDistance(a: VectorHit, b: VectorHit): number {
  return a.distance - b.distance;
}

function assertOps(space: VectorSpace, ops: readonly VectorIndexOp[], watermark: bigint): void {
  let before = 0n;
  for (const op of ops) {
    if (op.seq <= before || op.seq > watermark) {
      throw new TypeError('Ops come in ascending seq from 1, none above the watermark');
    }
    before = op.seq;
    assertKey(op.vectorKey);
    if (op.kind === 'UPSERT') {
      assertVector(op.vector, space.dimension, space.metric, `the vector of key ${op.vectorKey}`);
    }
  }
}

function pages<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
