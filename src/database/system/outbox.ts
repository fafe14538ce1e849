import { Admission, type Spending, type Standing } from '../../domain/admission';
import { newId } from '../../domain/ids';
import type { CostedMessage } from '../../records/job-definition';
import type { OutboxMessage } from '../../records/outbox';
import type { Tx } from '../change';
import type { Database } from '../database';

/** Beyond what sending may take: the time to lock and to write. */
const MARGIN_MS = 5_000;
/** Messages of one transaction: few, because their rows stay locked while the queue is waited for. */
const BATCH = 32;
/** Spells LKTU; with a job's name, the lock under which its turns are given out. */
const LOCK = 0x4c4b5455;
/** Spells LKQM; with 0, the lock that is shared by those who hand messages to the queue, and held by who finds that it has lost them. */
export const QUEUE_LOCK = 0x4c4b514d;

/** What the workers of one job of the queue take. */
export interface Lane {
  readonly jobName: string;
  /** Cost of the messages that this relay may have at their turn at once. */
  readonly window: number;
  /** Whether the job runs for a tenant that is being deleted. */
  readonly runsInDeletion: boolean;
  /** A message as a small one and the rest; null: it stays whole. */
  readonly split: (message: CostedMessage) => readonly [CostedMessage, CostedMessage] | null;
}

interface Candidate extends OutboxMessage {
  readonly cost: number;
}

interface Admitted {
  readonly message: Candidate;
  readonly spending: Spending;
}

/**
 * The platform's side of the outbox: sees every tenant's messages. A message waits here, is admitted to the queue when its
 * tenant's turn comes, and goes when it is done.
 */
export class Outbox {
  constructor(private readonly database: Database) {}

  /** Those of the jobs that have messages waiting. */
  async listWaiting(jobNames: readonly string[]): Promise<string[]> {
    const rows = await this.database.system.$queryRaw<{ name: string }[]>`
      SELECT n.name FROM unnest(${[...jobNames]}::text[]) AS n(name)
       WHERE EXISTS (SELECT 1 FROM outbox o WHERE o.job_name = n.name AND o.admitted_at IS NULL)`;
    return rows.map((row) => row.name);
  }

  /**
   * Admits messages of one job, tenants in turns, as long as the relay's window has room, and marks those that `send`
   * reports as being on the queue. Turns of a job are given out by one process at a time; the lock ends with the
   * transaction, or with the process that held it. Nothing of a suspended tenant is admitted.
   *
   * @param timeoutMs how long `send` may take; afterwards nothing is marked, and all is sent again under the same ids.
   * @returns how many were chosen and how many of them are on the queue.
   */
  async admit(
    relayId: string,
    lane: Lane,
    timeoutMs: number,
    send: (messages: readonly OutboxMessage[]) => Promise<readonly string[]>,
  ) {
    for (;;) {
      const answer = await this.database.system.$transaction(
        async (tx) => {
          await tx.$executeRaw`SELECT pg_advisory_xact_lock_shared(${QUEUE_LOCK}::int, 0)`;
          await tx.$executeRaw`SELECT pg_advisory_xact_lock(${LOCK}::int, hashtext(${lane.jobName}))`;
          const { chosen, hasSplit } = await choose(tx, relayId, lane);
          // A worker may have a message before this transaction ends, and takes one that is not in the outbox for one
          // that others took the place of: parts are committed before they are sent.
          if (hasSplit) return null;
          if (chosen.length === 0) return { taken: 0, sent: 0 };
          const sentIds = new Set(await send(chosen.map(({ message }) => message)));
          const sent = chosen.filter(({ message }) => sentIds.has(message.id));
          if (sent.length > 0) await mark(tx, relayId, lane.jobName, sent);
          return { taken: chosen.length, sent: sent.length };
        },
        { timeout: timeoutMs + MARGIN_MS, maxWait: MARGIN_MS },
      );
      if (answer) return answer;
    }
  }

  /** The delivery is over. Idempotent. */
  async remove(id: string): Promise<void> {
    await this.database.system.$executeRaw`DELETE FROM outbox WHERE id = ${id}::uuid`;
  }

  /** The delivery will be tried again by the queue after a while, and takes no room of others until then. */
  async rest(id: string): Promise<void> {
    await this.database.system.$executeRaw`UPDATE outbox SET admitted_by = NULL WHERE id = ${id}::uuid`;
  }

  /** Lets the message wait again, for another turn: under a new id, since the queue knows the old one. */
  async putBack(id: string): Promise<void> {
    await this.database.system.$executeRaw`
      UPDATE outbox SET id = ${newId()}::uuid, admitted_at = NULL, admitted_by = NULL WHERE id = ${id}::uuid`;
  }

  /** Jobs other than `jobNames` that messages wait for: a newer version wrote them. */
  async listOtherJobNames(jobNames: readonly string[]): Promise<string[]> {
    const rows = await this.database.system.$queryRaw<{ name: string }[]>`
      SELECT DISTINCT job_name AS name FROM outbox WHERE job_name <> ALL(${[...jobNames]}::text[]) ORDER BY job_name`;
    return rows.map((row) => row.name);
  }
}

async function choose(tx: Tx, relayId: string, lane: Lane): Promise<{ chosen: Admitted[]; hasSplit: boolean }> {
  const chosen: Admitted[] = [];
  let hasSplit = false;
  const standings = await readStandings(tx, relayId, lane);
  if (!standings.some(({ waits }) => waits)) return { chosen, hasSplit };
  const admission = new Admission(standings, lane.window, await readNow(tx, lane.jobName));
  // Large messages cost less, small ones bring the turns of others sooner.
  const isShared = standings.filter(({ waits }) => waits).length > 1;
  const lines = new Map<string, Candidate[]>();
  for (let id = admission.next(); id !== undefined && chosen.length < BATCH; id = admission.next()) {
    const line = lines.get(id) ?? (await readLine(tx, id, lane.jobName));
    lines.set(id, line);
    if (isShared) hasSplit = (await splitFirst(tx, line, lane)) || hasSplit;
    const message = line.shift();
    if (message) chosen.push({ message, spending: admission.take(id, message.cost) });
    else admission.leave(id);
  }
  return { chosen, hasSplit };
}

/** Puts a small part of the first message of a line before the rest of it. @returns whether it was large. */
async function splitFirst(tx: Tx, line: Candidate[], { split }: Lane): Promise<boolean> {
  const [message] = line;
  const parts = message && split(message);
  if (!parts) return false;
  const [first, rest] = parts;
  const id = newId();
  await tx.$executeRaw`
    INSERT INTO outbox (id, tenant_id, job_name, payload, priority, cost, created_at)
    SELECT ${id}::uuid, tenant_id, job_name, ${JSON.stringify(first.payload)}::jsonb, priority, ${first.cost}::int,
           created_at - interval '1 millisecond'
      FROM outbox WHERE id = ${message.id}::uuid`;
  await tx.$executeRaw`
    UPDATE outbox SET payload = ${JSON.stringify(rest.payload)}::jsonb, cost = ${rest.cost}::int
     WHERE id = ${message.id}::uuid`;
  line.splice(0, 1, { ...message, ...first, id }, { ...message, ...rest });
  return true;
}

/** Tenants that have messages waiting, by a walk from one to the next in the index, and those that hold room. */
function readStandings(tx: Tx, relayId: string, { jobName, runsInDeletion }: Lane) {
  return tx.$queryRaw<Standing[]>`
    WITH RECURSIVE waiting AS (
      (SELECT o.tenant_id FROM outbox o WHERE o.job_name = ${jobName} AND o.admitted_at IS NULL
        ORDER BY o.tenant_id LIMIT 1)
      UNION ALL
      SELECT (SELECT o.tenant_id FROM outbox o
               WHERE o.job_name = ${jobName} AND o.admitted_at IS NULL AND o.tenant_id > w.tenant_id
               ORDER BY o.tenant_id LIMIT 1)
        FROM waiting w WHERE w.tenant_id IS NOT NULL
    ), holding AS (
      SELECT o.tenant_id, sum(o.cost)::int AS cost FROM outbox o
       WHERE o.job_name = ${jobName} AND o.admitted_by = ${relayId}::uuid GROUP BY o.tenant_id
    )
    SELECT t.id AS "tenantId", t.weight, COALESCE(s.spent, 0)::float8 AS spent, COALESCE(h.cost, 0)::int AS held,
           (w.tenant_id IS NOT NULL AND (t.status = 'ACTIVE' OR (t.status = 'DELETING' AND ${runsInDeletion}::boolean)))
             AS waits
      FROM tenants t
      LEFT JOIN waiting w ON w.tenant_id = t.id
      LEFT JOIN holding h ON h.tenant_id = t.id
      LEFT JOIN turns s ON s.tenant_id = t.id AND s.job_name = ${jobName}
     WHERE t.id IN (SELECT tenant_id FROM waiting UNION SELECT tenant_id FROM holding)`;
}

async function readNow(tx: Tx, jobName: string): Promise<number> {
  const rows = await tx.$queryRaw<{ now: number }[]>`
    SELECT COALESCE(max(begun), 0)::float8 AS now FROM turns WHERE job_name = ${jobName}`;
  return rows[0]?.now ?? 0;
}

function readLine(tx: Tx, tenantId: string, jobName: string): Promise<Candidate[]> {
  return tx.$queryRaw<Candidate[]>`
    SELECT id, tenant_id AS "tenantId", job_name AS "jobName", payload, priority, cost
      FROM outbox WHERE job_name = ${jobName} AND tenant_id = ${tenantId}::uuid AND admitted_at IS NULL
     ORDER BY created_at, id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`;
}

async function mark(tx: Tx, relayId: string, jobName: string, sent: readonly Admitted[]): Promise<void> {
  const ids = sent.map(({ message }) => message.id);
  await tx.$executeRaw`
    UPDATE outbox SET admitted_at = now(), admitted_by = ${relayId}::uuid WHERE id = ANY(${ids}::uuid[])`;
  const last = [...new Map(sent.map(({ spending }) => [spending.tenantId, spending])).values()];
  await tx.$executeRaw`
    INSERT INTO turns (tenant_id, job_name, begun, spent)
    SELECT s.tenant_id, ${jobName}, s.begun, s.spent
      FROM unnest(${last.map(({ tenantId }) => tenantId)}::uuid[], ${last.map(({ begun }) => begun)}::float8[],
                  ${last.map(({ spent }) => spent)}::float8[]) AS s(tenant_id, begun, spent)
    ON CONFLICT (tenant_id, job_name) DO UPDATE SET begun = EXCLUDED.begun, spent = EXCLUDED.spent`;
}
