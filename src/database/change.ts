import type { AuditFact } from '../domain/audit';
import { isJobEnd, type NewEvent } from '../domain/events';
import { newId } from '../domain/ids';
import type { TenantScope } from '../domain/tenant-scope';
import type { NewMessage } from '../records/job-definition';
import { auditRowOfChange, writeAuditRows } from './audit-trail';
import type { Prisma } from './generated/client';
import type { Tx } from './tx';

export type { Tx } from './tx';

export interface NewVectorOp {
  readonly kind: 'UPSERT' | 'DELETE';
  readonly vectorKey: bigint;
}

/** What a transaction has to write into one collection's books. */
interface CollectionEntry {
  readonly ops: NewVectorOp[];
  persons: number;
  imageBytes: number;
  requireActive: boolean;
  requirePackId: string | null;
}

/** Thrown by the flush, which it rolls back with all that came before. */
export class CollectionGone extends Error {}

/** Thrown by the flush, likewise: the collection is of another pack than what comes is embedded in. */
export class CollectionMoved extends Error {}

/** Whether subscribers have something to read, the relay something to send, and the audit a row. */
export interface Flushed {
  readonly events: boolean;
  readonly messages: boolean;
  readonly audited: boolean;
}

/**
 * One change of a tenant's data, as `Database.change` gives it to what makes it: stores write rows at once (through
 * `txOf`), and what must be written with them (vector ops and the collection's counts, queue messages, the audit, events) is collected here
 * and flushed at the end of the transaction. Each attempt of a retried transaction has a Change of its own.
 *
 * Locks are taken in this order, by everyone, so that no two changes can wait for each other:
 * job items by ordinal, persons, images, faces, the job (all by the stores), then in the flush
 * the collections by id and last the tenant's counter of events. The last two are held to the commit only for as long as
 * the flush takes, and they are what makes commit order sequence order: a reader that has seen number n of a collection's
 * ops or of a tenant's events has missed nothing below n.
 */
export class Change {
  private readonly collections = new Map<string, CollectionEntry>();
  private readonly messages: NewMessage[] = [];
  private readonly endedJobs: string[] = [];
  private readonly events: NewEvent[] = [];
  private noted: AuditFact = {};
  private isFlushed = false;

  constructor(
    readonly scope: TenantScope,
    private readonly transaction: Tx,
  ) {}

  /**
   * Vectors that the collection's index has to take or to lose; its number of faces follows.
   * @param options.requireActive the flush throws {@link CollectionGone} when the collection's deletion has begun: one
   * that begins later will see what this change writes.
   * @param options.requirePackId the flush throws {@link CollectionMoved} when the collection is of another pack by now: a
   * move that ends later will see what this change writes.
   */
  ops(
    collectionId: string,
    ops: readonly NewVectorOp[],
    options: { requireActive?: boolean; requirePackId?: string } = {},
  ): void {
    const entry = this.entryOf(collectionId);
    entry.ops.push(...ops);
    entry.requireActive ||= options.requireActive ?? false;
    entry.requirePackId ??= options.requirePackId ?? null;
  }

  /** Persons that the collection has gained (negative: lost). Options as in `ops`. */
  persons(collectionId: string, gained: number, options: { requireActive?: boolean } = {}): void {
    const entry = this.entryOf(collectionId);
    entry.persons += gained;
    entry.requireActive ||= options.requireActive ?? false;
  }

  /** Bytes of images that the collection has gained (negative: lost). */
  imageBytes(collectionId: string, gained: number): void {
    this.entryOf(collectionId).imageBytes += gained;
  }

  /** Messages for the queue; the relay sends them after the commit. */
  message(...messages: readonly NewMessage[]): void {
    this.assertOpen();
    this.messages.push(...messages);
  }

  /** Lets go of the messages that the job has so far: it has ended, or others take their place. */
  forgetMessages(jobId: string): void {
    this.assertOpen();
    this.endedJobs.push(jobId);
  }

  /** What subscribers are told, in this order; the end of a job comes after everything else of the same change. */
  event(...events: readonly NewEvent[]): void {
    this.assertOpen();
    this.events.push(...events);
  }

  /** What the audit has to know beside the events and their ids. Who made the change is known (`onTrail`). */
  note(fact: Pick<AuditFact, 'collectionIds' | 'subjectIds' | 'details'>): void {
    this.assertOpen();
    this.noted = {
      collectionIds: [...(this.noted.collectionIds ?? []), ...(fact.collectionIds ?? [])],
      subjectIds: [...(this.noted.subjectIds ?? []), ...(fact.subjectIds ?? [])],
      details: { ...this.noted.details, ...fact.details },
    };
  }

  /**
   * Writes what was collected; for `Database.change` alone. Nothing can be collected afterwards.
   * @throws CollectionGone when a collection has no row any more, or is being deleted where it may not be; CollectionMoved when
   * it is of another pack than it has to be.
   */
  async flush(): Promise<Flushed> {
    this.assertOpen();
    this.isFlushed = true;
    for (const collectionId of [...this.collections.keys()].sort()) {
      await writeOps(this.transaction, this.scope, collectionId, this.collections.get(collectionId)!);
    }
    if (this.endedJobs.length > 0) await forgetMessages(this.transaction, this.endedJobs);
    if (this.messages.length > 0) await writeMessages(this.transaction, this.scope, this.messages);
    const row = auditRowOfChange(this.events, this.noted);
    if (row) await writeAuditRows(this.transaction, this.scope.tenantId, [row]);
    if (this.events.length > 0) {
      const ends = this.events.filter(({ type }) => isJobEnd(type));
      const others = this.events.filter(({ type }) => !isJobEnd(type));
      await writeEvents(this.transaction, this.scope, [...others, ...ends]);
    }
    return { events: this.events.length > 0, messages: this.messages.length > 0, audited: row !== null };
  }

  private entryOf(collectionId: string): CollectionEntry {
    this.assertOpen();
    const known = this.collections.get(collectionId);
    if (known) return known;
    const entry = { ops: [], persons: 0, imageBytes: 0, requireActive: false, requirePackId: null };
    this.collections.set(collectionId, entry);
    return entry;
  }

  private assertOpen(): void {
    if (this.isFlushed) throw new Error('This change has been flushed: nothing can be added to it');
  }
}

/** The transaction of a change, for what writes rows: stores alone import it, by `database/sql`. */
export function txOf(change: Change): Tx {
  return change['transaction'];
}

async function writeOps(tx: Tx, scope: TenantScope, collectionId: string, entry: CollectionEntry): Promise<void> {
  const { ops, persons, imageBytes, requireActive, requirePackId } = entry;
  const faces = ops.reduce((sum, { kind }) => sum + (kind === 'UPSERT' ? 1 : -1), 0);
  const rows = await tx.$queryRaw<{ vector_seq: bigint; state: 'ACTIVE' | 'DELETING'; model_pack_id: string }[]>`
    UPDATE collections
       SET vector_seq = vector_seq + ${ops.length}, face_count = face_count + ${faces},
           person_count = person_count + ${persons}, image_bytes = image_bytes + ${imageBytes}
     WHERE id = ${collectionId}::uuid
    RETURNING vector_seq, state::text AS state, model_pack_id`;
  const collection = rows[0];
  if (!collection) throw new CollectionGone('The collection has no row any more');
  if (requireActive && collection.state !== 'ACTIVE') throw new CollectionGone('The collection is being deleted');
  if (requirePackId !== null && collection.model_pack_id !== requirePackId) {
    throw new CollectionMoved('The collection has moved to another pack');
  }
  if (ops.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO vector_ops (collection_id, seq, tenant_id, kind, vector_key)
    SELECT ${collectionId}::uuid, ${collection.vector_seq - BigInt(ops.length)} + o.ordinality, ${scope.tenantId}::uuid,
           o.kind::"VectorOpKind", o.vector_key
      FROM unnest(${ops.map((op) => op.kind)}::text[], ${ops.map((op) => op.vectorKey)}::bigint[])
           WITH ORDINALITY AS o(kind, vector_key, ordinality)`;
}

/** One that is being sent at this moment stays: its delivery finds that there is nothing to do. */
async function forgetMessages(tx: Tx, jobIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE job_id = ANY(${[...jobIds]}::uuid[])
                                       FOR UPDATE SKIP LOCKED)`;
}

async function writeMessages(tx: Tx, scope: TenantScope, messages: readonly NewMessage[]): Promise<void> {
  await tx.outbox.createMany({
    data: messages.map(({ jobName, payload, cost }) => ({
      id: newId(),
      tenantId: scope.tenantId,
      jobName,
      payload,
      cost,
    })),
  });
}

async function writeEvents(tx: Tx, scope: TenantScope, events: readonly NewEvent[]): Promise<void> {
  const rows = await tx.$queryRaw<{ event_seq: bigint }[]>`
    UPDATE tenant_counters SET event_seq = event_seq + ${events.length}
     WHERE tenant_id = ${scope.tenantId}::uuid RETURNING event_seq`;
  const last = rows[0]?.event_seq;
  if (last === undefined) throw new Error('The tenant has no counter of events');
  const first = last - BigInt(events.length) + 1n;
  await tx.event.createMany({
    data: events.map((event, index) => ({
      tenantId: scope.tenantId,
      seq: first + BigInt(index),
      type: event.type,
      jobId: event.jobId ?? null,
      collectionId: event.collectionId ?? null,
      payload: event.payload as Prisma.InputJsonObject,
    })),
  });
}
