import type { NewEvent } from '../../domain/events';
import { newId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Tx } from './database';
import type { Prisma } from './generated/client';

export interface NewVectorOp {
  readonly kind: 'UPSERT' | 'DELETE';
  readonly vectorKey: bigint;
}

/** What the transaction changes in the collection's own counts. */
export interface CollectionDelta {
  readonly faces?: number;
  readonly persons?: number;
}

/** Thrown inside a transaction, which it rolls back. */
export class CollectionGone extends Error {}

/**
 * Numbers and writes the ops of one collection, and moves its counts. Locks the collection's row to the commit, so commit
 * order is sequence order: call it after all other writes but before `appendEvents`.
 *
 * @returns the collection's state under that lock: a deletion that began before is seen, one that begins later will see
 * what this transaction writes.
 * @throws CollectionGone when it has no row any more.
 */
export async function appendVectorOps(
  tx: Tx,
  scope: TenantScope,
  collectionId: string,
  ops: readonly NewVectorOp[],
  delta: CollectionDelta = {},
): Promise<'ACTIVE' | 'DELETING'> {
  const rows = await tx.$queryRaw<{ vector_seq: bigint; state: 'ACTIVE' | 'DELETING' }[]>`
    UPDATE collections
       SET vector_seq = vector_seq + ${ops.length},
           face_count = face_count + ${delta.faces ?? 0},
           person_count = person_count + ${delta.persons ?? 0}
     WHERE id = ${collectionId}::uuid
    RETURNING vector_seq, state::text AS state`;
  const collection = rows[0];
  if (!collection) throw new CollectionGone('The collection has no row any more');
  const last = collection.vector_seq;
  if (ops.length > 0) {
    await tx.$executeRaw`
      INSERT INTO vector_ops (collection_id, seq, tenant_id, kind, vector_key)
      SELECT ${collectionId}::uuid, ${last - BigInt(ops.length)} + o.ordinality, ${scope.tenantId}::uuid,
             o.kind::"VectorOpKind", o.vector_key
        FROM unnest(${ops.map((op) => op.kind)}::text[], ${ops.map((op) => op.vectorKey)}::bigint[])
             WITH ORDINALITY AS o(kind, vector_key, ordinality)`;
  }
  return collection.state;
}

/**
 * Numbers and writes events. Locks the tenant's counter to the commit, so a reader that has seen number n has missed
 * nothing below n: it must be the last write of the transaction.
 *
 * @returns the last number given out.
 */
export async function appendEvents(tx: Tx, scope: TenantScope, events: readonly NewEvent[]): Promise<bigint> {
  const rows = await tx.$queryRaw<{ event_seq: bigint }[]>`
    UPDATE tenant_counters SET event_seq = event_seq + ${events.length}
     WHERE tenant_id = ${scope.tenantId}::uuid RETURNING event_seq`;
  const last = rows[0]?.event_seq;
  if (last === undefined) throw new Error('appendEvents: the tenant has no counter');
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
  return last;
}

/** Puts queue messages beside the change that causes them; the relay delivers them after the commit. */
export async function appendOutbox(
  tx: Tx,
  scope: TenantScope,
  messages: readonly { jobName: string; payload: Readonly<Record<string, unknown>>; priority?: number }[],
): Promise<void> {
  await tx.outbox.createMany({
    data: messages.map((message) => ({
      id: newId(),
      tenantId: scope.tenantId,
      jobName: message.jobName,
      payload: message.payload as Prisma.InputJsonObject,
      priority: message.priority ?? 0,
    })),
  });
}
