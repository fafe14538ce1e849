import { setTimeout as delay } from 'node:timers/promises';
import type { Collections, PlacedCollection, Reconciling, ReconcilingPlace } from '../../database/system';
import { newId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { VectorIndex } from '../../ports/vector-index';
import type { VectorSpace } from '../../records/vector-space';
import type { Reconciled, SpaceReconciler } from './space-reconciler.service';
import type { VectorOpStore } from './vector-op.store';

export interface IndexReconcilerDependencies {
  readonly rounds: Reconciling;
  readonly collections: Pick<Collections, 'listFrom'>;
  readonly ops: Pick<VectorOpStore, 'listSpaces'>;
  readonly spaces: SpaceReconciler;
  readonly index: Pick<VectorIndex, 'ping'>;
  /** Told of every page. */
  readonly onFound: (found: Reconciled, space: VectorSpace) => void;
  readonly onError: (error: unknown) => void;
  /** Told of a space that could not be held against Postgres although the engine answers: the next round comes to it again. */
  readonly onSkipped: (error: unknown, space: VectorSpace) => void;
  /** Between two rounds. */
  readonly pauseMs: number;
  /** Between two pages, so that searches and enrolments come first. @default 0 */
  readonly breathMs?: number;
  /** Between two looks whether a round is due. @default 60000 */
  readonly intervalMs?: number;
}

/** Longer than a page may wait for another process that applies ops. */
const LEASE_MS = 120_000;
const COLLECTIONS = 100;

/** Another process has taken the round, or this one is to stop. */
class RoundLost extends Error {}

/**
 * Holds the indexes of all collections against Postgres and mends them, in rounds: one process at a time, a page at a time. Whoever
 * dies in one is followed by another process, which goes on after the last page.
 */
export class IndexReconciler {
  private readonly owner = newId();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<boolean> | undefined;
  private readonly stopping = new AbortController();

  constructor(private readonly deps: IndexReconcilerDependencies) {}

  start(): void {
    this.timer ??= setInterval(() => {
      if (!this.running) this.runOnce().catch(this.deps.onError);
    }, this.deps.intervalMs ?? 60_000).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    await this.running?.catch(() => undefined);
  }

  /**
   * Goes on with the round, to its end.
   * @param now begins one although none is due.
   * @returns whether it ended a round: not while another process is at it, none is due or this one is to stop.
   * @throws DomainError DEPENDENCY_UNAVAILABLE or TIMEOUT when the engine or Postgres does not answer; whoever is next goes on from
   * there.
   */
  async runOnce({ now = false } = {}): Promise<boolean> {
    this.running = this.round(now).finally(() => (this.running = undefined));
    return this.running;
  }

  private async round(now: boolean): Promise<boolean> {
    const { rounds, collections } = this.deps;
    const round = await rounds.take(this.owner, LEASE_MS, now);
    if (!round) return false;
    try {
      const { place } = round;
      for (let from = place?.collectionId ?? null; ;) {
        const page = await collections.listFrom(from, COLLECTIONS + 1);
        for (const collection of page.slice(0, COLLECTIONS)) await this.reconcile(collection, place);
        const next = page[COLLECTIONS];
        if (!next) break;
        from = next.collectionId;
      }
      await rounds.finish(this.owner, this.deps.pauseMs);
      return true;
    } catch (error) {
      await rounds.release(this.owner);
      if (error instanceof RoundLost) return false;
      throw error;
    }
  }

  private async reconcile({ scope, collectionId }: PlacedCollection, place: ReconcilingPlace | null): Promise<void> {
    const states = await this.deps.ops.listSpaces(scope, collectionId);
    const spaces = states.map(({ space }) => space).sort((a, b) => (a.embeddingDigest < b.embeddingDigest ? -1 : 1));
    for (const space of spaces) {
      const { embeddingDigest } = space;
      const isHere = place?.collectionId === collectionId;
      if (isHere && embeddingDigest < place.embeddingDigest) continue;
      const isAt = isHere && embeddingDigest === place.embeddingDigest;
      if (isAt && place.lastKey === null) continue;
      await this.reconcileSpace(scope, space, (isAt ? place.lastKey : null) ?? 0n);
      await this.advance(collectionId, embeddingDigest, null);
    }
  }

  /** One space that cannot be looked at keeps none back that come after it; an engine that is away ends the round for now. */
  private async reconcileSpace(scope: TenantScope, space: VectorSpace, afterKey: bigint): Promise<void> {
    const { collectionId, embeddingDigest } = space;
    const onPage = async (found: Reconciled, lastKey: bigint): Promise<void> => {
      await this.deps.rounds.count(embeddingDigest, { ...found });
      this.deps.onFound(found, space);
      await this.advance(collectionId, embeddingDigest, lastKey);
      if (this.deps.breathMs) await delay(this.deps.breathMs, undefined, { ref: false });
    };
    try {
      await this.deps.spaces.reconcile(scope, space, { dryRun: false, afterKey, onPage });
    } catch (error) {
      if (error instanceof RoundLost) throw error;
      await this.deps.index.ping();
      this.deps.onSkipped(error, space);
    }
  }

  private async advance(collectionId: string, embeddingDigest: string, lastKey: bigint | null): Promise<void> {
    const place = { collectionId, embeddingDigest, lastKey };
    const isOurs = await this.deps.rounds.advance(this.owner, LEASE_MS, place);
    if (!isOurs || this.stopping.signal.aborted) throw new RoundLost();
  }
}
