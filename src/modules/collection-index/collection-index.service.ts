import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '../../domain/errors';
import { newId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { VectorHit, VectorIndex } from '../../ports/vector-index';
import type { ApplyFence, VectorSpace, VectorSpaceState } from '../../records/vector-space';
import type { VectorOpStore } from './vector-op.store';

export interface CollectionIndexDependencies {
  readonly ops: VectorOpStore;
  readonly index: VectorIndex;
  /** Whether several processes may write this index, so that one has to hold the space's lease while it applies. */
  readonly sharedBetweenProcesses: boolean;
  /** How long to wait for another process that is applying. @default 30000 */
  readonly patienceMs?: number;
}

const PAGE = 1_000;
const LEASE_MS = 15_000;
const LEASE_POLL_MS = 25;
/** So long a search may go on with a space that another process is building anew. */
const LOOK_AGAIN_MS = 1_000;
/** What was seen longer ago says nothing: a space may have gone far meanwhile, been lost and be as far again in part only. */
const SEEN_FOR_MS = 60_000;

const keyOf = ({ collectionId, embeddingDigest }: VectorSpace): string => `${collectionId} ${embeddingDigest}`;

/**
 * The index of each collection, searched, and brought up to the ops that Postgres has for it: after an enrolment, at start
 * (the tail since the snapshot) and after a rebuild (all of it, or the vectors themselves where ops were pruned). The only
 * caller of `VectorIndex.apply` and `load`.
 */
export class CollectionIndex {
  private readonly owner = newId();
  private readonly running = new Map<string, Promise<void>>();
  private readonly queued = new Map<string, Promise<void>>();
  /** What waits for a moment in which nobody applies ops. */
  private readonly turns = new Map<string, Set<() => Promise<void>>>();
  private readonly building = new Map<string, Promise<unknown>>();
  /** Spaces that this process has brought up to date once, how far, and when that was last seen to be so. */
  private readonly caughtUp = new Map<string, { readonly seq: bigint; readonly seenAt: number }>();

  constructor(private readonly deps: CollectionIndexDependencies) {}

  /**
   * When it resolves, a search sees every op of the collection that was committed before the call.
   * @throws DomainError DEPENDENCY_UNAVAILABLE or TIMEOUT when the engine cannot follow.
   */
  catchUp(scope: TenantScope, collectionId: string): Promise<void> {
    const current = this.running.get(collectionId);
    if (!current) return this.start(scope, collectionId);
    // The run under way may have read its last page before our ops were committed: all who wait share the next one.
    const next =
      this.queued.get(collectionId) ??
      current
        .catch(() => undefined)
        .then(() => {
          this.queued.delete(collectionId);
          return this.start(scope, collectionId);
        });
    this.queued.set(collectionId, next);
    return next;
  }

  /**
   * The `k` nearest of each probe among everything that was committed and applied.
   * @throws DomainError DEPENDENCY_UNAVAILABLE or TIMEOUT when the engine cannot answer.
   */
  async search(
    scope: TenantScope,
    space: VectorSpace,
    probes: readonly Float32Array[],
    k: number,
  ): Promise<VectorHit[][]> {
    await this.open(scope, space);
    try {
      return await this.deps.index.search(space, probes, k);
    } catch (error) {
      // The engine lost the space (its thread died, its server was reset): it is opened and caught up anew, once.
      if (!(error instanceof DomainError) || error.details?.['spaceNotOpen'] !== true) throw error;
      this.caughtUp.delete(keyOf(space));
      await this.open(scope, space);
      return this.deps.index.search(space, probes, k);
    }
  }

  /**
   * Makes the space ready for a search: loaded, and caught up with what was committed before this process began. After
   * that whoever commits ops also applies them, so it costs nothing; but an engine that serves several processes may have
   * lost the space, and another process been the one that noticed: then it is behind where it was.
   */
  async open(scope: TenantScope, space: VectorSpace): Promise<void> {
    const key = keyOf(space);
    if (this.caughtUp.has(key) && !(await this.hasFallenBack(space))) return;
    await this.catchUp(scope, space.collectionId);
    const seq = this.deps.sharedBetweenProcesses ? await this.deps.index.durableSeq(space) : 0n;
    this.caughtUp.set(key, { seq, seenAt: performance.now() });
  }

  /** Whether a space that was caught up is behind where it was then. Of all who ask within a second one looks. */
  private async hasFallenBack(space: VectorSpace): Promise<boolean> {
    const key = keyOf(space);
    const known = this.caughtUp.get(key)!;
    const age = performance.now() - known.seenAt;
    if (!this.deps.sharedBetweenProcesses || age < LOOK_AGAIN_MS) return false;
    const looking = { ...known, seenAt: performance.now() };
    this.caughtUp.set(key, looking);
    const seq = age < SEEN_FOR_MS ? await this.deps.index.durableSeq(space) : -1n;
    if (seq >= known.seq) {
      // How far others have brought it: where it falls back to less than that, it has been lost.
      if (this.caughtUp.get(key) === looking) this.caughtUp.set(key, { ...looking, seq });
      return false;
    }
    this.caughtUp.delete(key);
    return true;
  }

  /** Empties the space and builds it again from Postgres. */
  async rebuild(scope: TenantScope, collectionId: string): Promise<void> {
    const state = await this.deps.ops.findSpace(scope, collectionId);
    if (!state) return;
    await this.deps.index.open(state.space);
    await this.withLease(scope, state.space, () => this.deps.index.reset(state.space));
    await this.catchUp(scope, collectionId);
  }

  /**
   * Builds the space of a pack that the collection is about to move to, beside the one that searches use, and calls
   * `switchOver` while nobody else builds it.
   * @returns what that answers; null, with nothing done, when the collection is of that pack already, or gone.
   * @throws DomainError DEPENDENCY_UNAVAILABLE or TIMEOUT when the engine cannot follow, and what `switchOver` throws.
   */
  async buildBeside<T>(scope: TenantScope, space: VectorSpace, switchOver: () => Promise<T>): Promise<T | null> {
    const key = keyOf(space);
    const before = this.building.get(key) ?? Promise.resolve();
    const mine = before
      .catch(() => undefined)
      // Before the lease: where the engine has nothing of this embedding yet, opening it ends every lease of it.
      .then(() => this.deps.index.open(space))
      .then(() => this.withLease(scope, space, () => this.buildAlone(scope, space, switchOver)));
    this.building.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.building.get(key) === mine) this.building.delete(key);
    }
  }

  private async buildAlone<T>(scope: TenantScope, space: VectorSpace, switchOver: () => Promise<T>): Promise<T | null> {
    const state = await this.deps.ops.findSpace(scope, space.collectionId);
    if (!state || state.space.embeddingDigest === space.embeddingDigest) return null;
    const built = await this.build(scope, space, state.lastSeq);
    const current = await this.deps.ops.findSpace(scope, space.collectionId);
    if (!current) return null;
    await this.follow(scope, space, built, current);
    // Whoever has taken the lease meanwhile has emptied the space, and switches in our place.
    await this.fence(scope, space, current.lastSeq);
    return switchOver();
  }

  /** Drops a space that `buildBeside` has built for a move that came to nothing; never the one that searches use. */
  async dropBeside(scope: TenantScope, space: VectorSpace): Promise<void> {
    await this.withLease(scope, space, async () => {
      const state = await this.deps.ops.findSpace(scope, space.collectionId);
      if (state?.space.embeddingDigest !== space.embeddingDigest) await this.deps.index.drop(space);
    });
  }

  /**
   * Does something to a space that is caught up, while nobody applies ops to it.
   * @param work is given the watermark: every op up to it has been applied, those above may have been.
   * @throws DomainError DEPENDENCY_UNAVAILABLE or TIMEOUT when the engine cannot follow, and what `work` throws.
   */
  whileStill<T>(scope: TenantScope, space: VectorSpace, work: (watermark: bigint) => Promise<T>): Promise<T> {
    const { collectionId } = space;
    return new Promise<T>((resolve, reject) => {
      const turn = () =>
        this.withLease(scope, space, async () => work(await this.deps.index.open(space))).then(resolve, reject);
      const turns = this.turns.get(collectionId) ?? new Set();
      this.turns.set(collectionId, turns.add(turn));
      // Turns come after ops: none is kept waiting for long, however much is enrolled.
      this.catchUp(scope, collectionId).catch((error: unknown) => {
        if (turns.delete(turn)) reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
  }

  private start(scope: TenantScope, collectionId: string): Promise<void> {
    const run = this.applyOps(scope, collectionId)
      .then(() => this.giveTurns(collectionId))
      .finally(() => {
        if (this.running.get(collectionId) === run) this.running.delete(collectionId);
      });
    this.running.set(collectionId, run);
    return run;
  }

  private async giveTurns(collectionId: string): Promise<void> {
    const turns = this.turns.get(collectionId);
    this.turns.delete(collectionId);
    for (const turn of turns ?? []) {
      turns!.delete(turn);
      await turn();
    }
  }

  private async applyOps(scope: TenantScope, collectionId: string): Promise<void> {
    for (const { space, lastSeq } of await this.deps.ops.listSpaces(scope, collectionId)) {
      if ((await this.deps.index.open(space)) === lastSeq) continue;
      await this.withLease(scope, space, async () => {
        const watermark = await this.deps.index.open(space);
        // After the watermark: it counts committed ops alone, so that a number above the last one is of another database.
        const current = await this.deps.ops.findSpace(scope, collectionId);
        if (current) await this.follow(scope, space, watermark, current);
      });
    }
  }

  /** Brings a space from its watermark to the collection's last op. */
  private async follow(
    scope: TenantScope,
    space: VectorSpace,
    watermark: bigint,
    { lastSeq, prunedSeq }: Pick<VectorSpaceState, 'lastSeq' | 'prunedSeq'>,
  ): Promise<void> {
    let reached = watermark;
    if (reached < prunedSeq || reached > lastSeq) reached = await this.build(scope, space, lastSeq);
    while (reached < lastSeq) {
      const { ops, throughSeq } = await this.deps.ops.listOps(scope, space, reached, PAGE);
      if (throughSeq <= reached) return;
      const fence = await this.fence(scope, space, reached);
      await this.deps.index.apply(space, ops, throughSeq, fence);
      reached = throughSeq;
    }
  }

  /**
   * Makes the space of the vectors that there are: its ops are no longer kept, or it is ahead of a database that was put
   * back. Whoever dies in between leaves a watermark of 0n, and the next builds it anew. A vector that comes or goes
   * meanwhile has an op above `throughSeq`.
   */
  private async build(scope: TenantScope, space: VectorSpace, throughSeq: bigint): Promise<bigint> {
    await this.deps.index.reset(space);
    for (let after = 0n; ;) {
      const vectors = await this.deps.ops.listVectors(scope, space, after, PAGE);
      const fence = await this.fence(scope, space, 0n);
      const last = vectors.at(-1);
      if (!last) {
        await this.deps.index.apply(space, [], throughSeq, fence);
        return throughSeq;
      }
      await this.deps.index.load(space, vectors);
      after = last.vectorKey;
    }
  }

  private async withLease<T>(scope: TenantScope, space: VectorSpace, work: () => Promise<T>): Promise<T> {
    if (!this.deps.sharedBetweenProcesses) return work();
    const giveUpAt = Date.now() + (this.deps.patienceMs ?? 30_000);
    while (!(await this.deps.ops.acquireLease(scope, space, this.owner, LEASE_MS))) {
      if (Date.now() > giveUpAt) {
        throw new DomainError('TIMEOUT', 'Another process has been updating this index for too long. Try again.');
      }
      await delay(LEASE_POLL_MS);
    }
    // One page may take longer than the lease lasts. Whether it was kept is asked, and answered for, by `fence`.
    const keep = () => void this.deps.ops.renewLease(scope, space, this.owner, LEASE_MS).catch(() => undefined);
    const timer = setInterval(keep, LEASE_MS / 3);
    try {
      return await work();
    } finally {
      clearInterval(timer);
      await this.deps.ops.releaseLease(scope, space, this.owner);
    }
  }

  /**
   * What has to hold until a page of ops is applied. A process that stood still for longer than its lease may have read
   * ops that another one has overtaken: a vector that was deleted since would come back, under a full watermark.
   * @throws DomainError DEPENDENCY_UNAVAILABLE when another process has had the lease.
   */
  private async fence(scope: TenantScope, space: VectorSpace, afterSeq: bigint): Promise<ApplyFence | undefined> {
    if (!this.deps.sharedBetweenProcesses) return undefined;
    if (!(await this.deps.ops.renewLease(scope, space, this.owner, LEASE_MS))) {
      throw new DomainError(
        'DEPENDENCY_UNAVAILABLE',
        'Another process has taken over this index meanwhile. Try again.',
      );
    }
    return { leaseOwner: this.owner, afterSeq };
  }
}
