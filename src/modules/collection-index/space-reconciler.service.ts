import type { TenantScope } from '../../domain/tenant-scope';
import type { IndexedVector, VectorIndex } from '../../ports/vector-index';
import type { VectorSpace } from '../../records/vector-space';
import type { CollectionIndex } from './collection-index.service';
import type { IndexTruthStore } from './index-truth.store';
import type { VectorOpStore } from './vector-op.store';

/** How many vectors were looked at, and what was found. */
export interface Reconciled {
  /** Of Postgres. */
  readonly checked: number;
  /** Not in the index. */
  readonly missing: number;
  /** In the index and not, or no longer, in Postgres. */
  readonly ghosts: number;
  /** Another vector than Postgres has. */
  readonly wrong: number;
  /** Of all these, the ones that the index did not take. */
  readonly unmended: number;
}

export interface SpaceReconcilerDependencies {
  readonly truth: IndexTruthStore;
  readonly ops: Pick<VectorOpStore, 'listVectors'>;
  readonly index: VectorIndex;
  readonly collectionIndex: Pick<CollectionIndex, 'catchUp' | 'whileStill'>;
  /** Vectors that are held in memory. @default 1000 */
  readonly pageSize?: number;
}

export interface ReconcileOptions {
  /** Tells what differs and leaves it as it is. */
  readonly dryRun: boolean;
  /** Goes on after this key. @default 0n */
  readonly afterKey?: bigint;
  /**
   * Called after each page, with what it brought and the last key that was looked at. What it throws ends the walk, which can go on
   * from that key.
   */
  readonly onPage?: (found: Reconciled, lastKey: bigint) => Promise<void>;
}

const PAGE = 1_000;
const NOTHING: Reconciled = { checked: 0, missing: 0, ghosts: 0, wrong: 0, unmended: 0 };

export function sumOf(one: Reconciled, other: Reconciled): Reconciled {
  return {
    checked: one.checked + other.checked,
    missing: one.missing + other.missing,
    ghosts: one.ghosts + other.ghosts,
    wrong: one.wrong + other.wrong,
    unmended: one.unmended + other.unmended,
  };
}

/**
 * Holds an index against Postgres, page by page, and mends it. What a page suspects is looked at again at a moment in which
 * nobody applies ops, and without the keys of ops that are still to be applied: a face that is enrolled or deleted meanwhile is
 * no difference.
 */
export class SpaceReconciler {
  constructor(private readonly deps: SpaceReconcilerDependencies) {}

  /** @throws DomainError DEPENDENCY_UNAVAILABLE or TIMEOUT when the engine cannot answer, and what `onPage` throws. */
  async reconcile(
    scope: TenantScope,
    space: VectorSpace,
    { dryRun, afterKey = 0n, onPage = () => Promise.resolve() }: ReconcileOptions,
  ): Promise<Reconciled> {
    const limit = this.deps.pageSize ?? PAGE;
    let total = NOTHING;
    const tell = async (found: Reconciled, lastKey: bigint): Promise<void> => {
      total = sumOf(total, found);
      await onPage(found, lastKey);
    };

    await this.deps.collectionIndex.catchUp(scope, space.collectionId);
    let lastKey = afterKey;
    for (;;) {
      const vectors = await this.deps.ops.listVectors(scope, space, lastKey, limit);
      if (vectors.length === 0) break;
      const suspects = await this.findUnlike(space, vectors);
      lastKey = vectors.at(-1)!.vectorKey;
      await tell({ ...(await this.settle(scope, space, suspects, dryRun)), checked: vectors.length }, lastKey);
    }
    for (let from: bigint | null = 0n; from !== null;) {
      const { keys, next } = await this.deps.index.listKeys(space, from, limit);
      const present = await this.deps.truth.listPresent(scope, space, keys);
      const suspects = keys.filter((key) => !present.has(key));
      await tell(await this.settle(scope, space, suspects, dryRun), lastKey);
      from = next;
    }
    return total;
  }

  /** Keys under which the index has another vector, or none. */
  private async findUnlike(space: VectorSpace, vectors: readonly IndexedVector[]): Promise<bigint[]> {
    const keys = vectors.map(({ vectorKey }) => vectorKey);
    const kept = new Map((await this.deps.index.read(space, keys)).map((one) => [one.vectorKey, one]));
    return vectors.filter((one) => !kept.get(one.vectorKey)?.matches(one.vector)).map(({ vectorKey }) => vectorKey);
  }

  private async settle(
    scope: TenantScope,
    space: VectorSpace,
    suspects: readonly bigint[],
    dryRun: boolean,
  ): Promise<Reconciled> {
    if (suspects.length === 0) return NOTHING;
    return this.deps.collectionIndex.whileStill(scope, space, async (watermark) => {
      const found = await this.compare(scope, space, suspects, watermark);
      const { missing, ghosts, wrong } = found;
      const counts = { checked: 0, missing: missing.length, ghosts: ghosts.length, wrong: wrong.length };
      if (dryRun) return { ...counts, unmended: missing.length + ghosts.length + wrong.length };
      await this.mend(scope, space, found, watermark);
      const left = await this.compare(scope, space, suspects, watermark);
      return { ...counts, unmended: left.missing.length + left.ghosts.length + left.wrong.length };
    });
  }

  private async compare(scope: TenantScope, space: VectorSpace, keys: readonly bigint[], watermark: bigint) {
    const missing: IndexedVector[] = [];
    const wrong: IndexedVector[] = [];
    const ghosts: bigint[] = [];
    const truth = await this.deps.truth.find(scope, space, keys, watermark);
    const kept = new Map((await this.deps.index.read(space, keys)).map((one) => [one.vectorKey, one]));
    for (const [vectorKey, { vector, isPending }] of truth ?? []) {
      if (isPending) continue;
      const one = kept.get(vectorKey);
      if (!vector && one) ghosts.push(vectorKey);
      else if (vector && !one) missing.push({ vectorKey, vector });
      else if (vector && one && !one.matches(vector)) wrong.push({ vectorKey, vector });
    }
    return { missing, ghosts, wrong };
  }

  private async mend(
    scope: TenantScope,
    space: VectorSpace,
    { missing, ghosts, wrong }: Awaited<ReturnType<SpaceReconciler['compare']>>,
    watermark: bigint,
  ): Promise<void> {
    const { index, truth } = this.deps;
    const vectors = [...missing, ...wrong];
    // This process may have stood still for longer than its lease. What came or went then has been applied already.
    if (ghosts.length > 0) {
      await index.remove(space, ghosts);
      for (const [vectorKey, { vector }] of (await truth.find(scope, space, ghosts, watermark)) ?? []) {
        if (vector) vectors.push({ vectorKey, vector });
      }
    }
    if (vectors.length === 0) return;
    await index.load(space, vectors);
    const keys = vectors.map(({ vectorKey }) => vectorKey);
    const present = await truth.listPresent(scope, space, keys);
    const gone = keys.filter((key) => !present.has(key));
    if (gone.length > 0) await index.remove(space, gone);
  }
}
