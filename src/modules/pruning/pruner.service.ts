import type { AuditSequence, Pruning } from '../../database/system';
import { newId } from '../../domain/ids';
import { DAY } from '../../domain/units';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { VectorIndex } from '../../ports/vector-index';
import type { UsageDaysStore } from '../usage/usage-days.store';
import type { KeptVectorsStore } from '../reembedding/kept-vectors.store';
import type { VectorOpStore } from '../collection-index/vector-op.store';
import type { PrunableCollection, PruningStore } from './pruning.store';
import type { PersonPlace, RetentionStore } from './retention.store';

/** How long what is over is kept. */
export interface KeptFor {
  readonly jobsMs: number;
  readonly eventsMs: number;
  readonly vectorOpsMs: number;
  readonly usageMs: number;
  /** undefined: for ever. */
  readonly auditMs?: number | undefined;
}

export interface PrunerDependencies {
  readonly rounds: Pruning;
  readonly past: Pick<PruningStore, 'listCollections' | 'pruneEvents' | 'pruneJobs' | 'pruneOperations'>;
  readonly retention: RetentionStore;
  readonly usage: Pick<UsageDaysStore, 'prune'>;
  readonly audit: Pick<AuditSequence, 'beginExpiry' | 'expire'>;
  readonly ops: Pick<VectorOpStore, 'findSpace' | 'prune'>;
  readonly kept: KeptVectorsStore;
  readonly index: Pick<VectorIndex, 'drop' | 'durableSeq'>;
  readonly keptFor: KeptFor;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  /** Between two rounds. @default 600000 */
  readonly pauseMs?: number;
  /** Between two looks whether a round is due. @default 60000 */
  readonly intervalMs?: number;
}

const LEASE_MS = 60_000;
const TENANTS = 100;
/** Rows of one transaction: some tens of milliseconds. */
const ROWS = 2_000;
/** Faces and persons of one transaction, whose ids are told in one event each. */
const FACES = 200;
const PERSONS = 1_000;
/** Operations on who is who, each with up to thousands of changes. */
const OPERATIONS = 20;
/** Batches of one kind before the next collection or tenant has its turn. */
const BATCHES = 50;
/** A search that began before its collection moved to another pack has ended long before. */
const LAST_SEARCH_MS = 10 * 60_000;
/** The queue has forgotten a message long before. */
const OUTBOX_MS = 7 * DAY;

/** Another process has taken the round, or this one is to stop. */
class RoundLost extends Error {}

/**
 * Removes what is past its time: faces by their collection's retention, then ended jobs, events, and what every index has
 * done already. A round goes from tenant to tenant, a small batch at a time, in one process at a time; whoever dies in it
 * is followed by another process after a minute, which begins with the next tenant.
 */
export class Pruner {
  private readonly owner = newId();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopping = false;
  /** Whether something was left for the next round. */
  private isBehind = false;

  constructor(private readonly deps: PrunerDependencies) {}

  start(): void {
    this.timer ??= setInterval(() => {
      this.running ??= this.runOnce()
        .then(() => undefined, this.deps.onError)
        .finally(() => (this.running = undefined));
    }, this.deps.intervalMs ?? 60_000).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping = true;
    await this.running;
  }

  /**
   * Goes on with the round, to its end. Does nothing while another process is at it or none is due.
   * @returns whether it ended a round.
   * @throws what the database or the index throws; whoever is next goes on from there.
   */
  async runOnce(): Promise<boolean> {
    const { rounds } = this.deps;
    const round = await rounds.take(this.owner, LEASE_MS);
    if (!round) return false;
    try {
      if (round.afterTenant === null) this.isBehind = false;
      for (let after = round.afterTenant; ;) {
        const scopes = await rounds.listTenants(after, TENANTS);
        for (const scope of scopes) {
          await this.keep();
          await this.prune(scope);
          await rounds.advance(this.owner, scope.tenantId);
        }
        after = scopes.at(-1)?.tenantId ?? null;
        if (scopes.length < TENANTS) break;
      }
      const outboxBefore = this.ago(OUTBOX_MS);
      await this.inBatches('outbox', ROWS, () => rounds.pruneOutbox(outboxBefore, ROWS));
      await this.inBatches('rate_buckets', ROWS, () => rounds.pruneRateBuckets(ROWS));
      await rounds.finish(this.owner, this.isBehind ? 0 : (this.deps.pauseMs ?? 600_000));
      return true;
    } catch (error) {
      await rounds.release(this.owner);
      if (error instanceof RoundLost) return false;
      throw error;
    }
  }

  private async prune(scope: TenantScope): Promise<void> {
    const { past, keptFor } = this.deps;
    for (const collection of await past.listCollections(scope)) await this.pruneCollection(scope, collection);
    const jobsBefore = this.ago(keptFor.jobsMs);
    await this.inBatches('jobs', 1, () => past.pruneJobs(scope, jobsBefore, ROWS));
    const eventsBefore = this.ago(keptFor.eventsMs);
    await this.inBatches('events', ROWS, () => past.pruneEvents(scope, eventsBefore, ROWS));
    const usageBefore = this.ago(keptFor.usageMs);
    await this.inBatches('usage_days', ROWS, () => this.deps.usage.prune(scope, usageBefore, ROWS));
    if (keptFor.auditMs !== undefined) await this.pruneAudit(scope, keptFor.auditMs);
  }

  /** By whole days: each time leaves a row. */
  private async pruneAudit(scope: TenantScope, keptMs: number): Promise<void> {
    const { audit } = this.deps;
    const before = new Date(Math.floor(this.ago(keptMs).getTime() / DAY) * DAY);
    const through = await audit.beginExpiry(scope, before, keptMs, ROWS * BATCHES);
    if (through !== null) await this.inBatches('audit_entries', ROWS, () => audit.expire(scope, through, ROWS));
  }

  private async pruneCollection(scope: TenantScope, { id, retentionDays }: PrunableCollection): Promise<void> {
    const { past, retention, ops, index, keptFor } = this.deps;
    if (retentionDays !== null) {
      const retained = { collectionId: id, before: this.ago(retentionDays * DAY) };
      await this.inBatches('faces', FACES, () => retention.expireFaces(scope, retained, FACES));
      await this.inBatches('operations', OPERATIONS, () =>
        past.pruneOperations(scope, id, retained.before, OPERATIONS),
      );
      let next: PersonPlace | null = null;
      do {
        await this.keep();
        const page = await retention.expirePersons(scope, retained, next, PERSONS);
        if (page.removed > 0) await this.deps.rounds.count('persons', page.removed);
        next = page.next;
      } while (next);
    }
    await this.pruneVectors(scope, id);
    const state = await ops.findSpace(scope, id);
    if (!state || state.lastSeq === state.prunedSeq) return;
    const durable = await index.durableSeq(state.space);
    const opsBefore = this.ago(keptFor.vectorOpsMs);
    await this.inBatches('vector_ops', ROWS, () => ops.prune(scope, id, durable, opsBefore, ROWS));
  }

  /** Of packs that the collection had, or was to have. */
  private async pruneVectors(scope: TenantScope, collectionId: string): Promise<void> {
    const { kept, index } = this.deps;
    const unsearched = await kept.releaseIndexes(scope, collectionId, this.ago(LAST_SEARCH_MS));
    for (const space of unsearched) await index.drop(space);
    const now = this.ago(0);
    for (const space of await kept.listOver(scope, collectionId, now)) {
      await index.drop(space);
      const removeSome = () => kept.removeVectors(scope, space, ROWS);
      if (!(await this.inBatches('face_embeddings', ROWS, removeSome))) return;
    }
    await kept.removeRows(scope, collectionId, now);
  }

  /** Repeats until a batch is not full. @returns false when something is left for the next round. */
  private async inBatches(what: string, full: number, removeSome: () => Promise<number>): Promise<boolean> {
    for (let batch = 0; batch < BATCHES; batch += 1) {
      await this.keep();
      const removed = await removeSome();
      if (removed > 0) await this.deps.rounds.count(what, removed);
      if (removed < full) return true;
    }
    this.isBehind = true;
    return false;
  }

  private async keep(): Promise<void> {
    if (this.stopping || !(await this.deps.rounds.keep(this.owner, LEASE_MS))) throw new RoundLost();
  }

  private ago(ms: number): Date {
    return new Date(this.deps.clock.now().getTime() - ms);
  }
}
