import { AsyncLocalStorage } from 'node:async_hooks';
import { sealEntry, type AuditCaller, type AuditFact, type SealedEntry } from '../domain/audit';
import type { NewEvent } from '../domain/events';
import { Prisma } from './generated/client';
import type { Tx } from './tx';

/** What one operation has left in the audit. */
export interface AuditTrail {
  readonly caller: AuditCaller;
  /** Rows of it that are committed. */
  rows: number;
}

const current = new AsyncLocalStorage<AuditTrail>();

/** Lets every change that `work` makes tell the audit who made it. */
export function onTrail<T>(trail: AuditTrail, work: () => T): T {
  return current.run(trail, work);
}

/** Whose operation is under way; undefined: nobody's, such as a job's. */
export function currentTrail(): AuditTrail | undefined {
  return current.getStore();
}

/** Writes rows of one tenant's audit, the ones given first first. @returns their ids. */
export async function writeAuditRows(
  tx: Tx,
  tenantId: string,
  rows: readonly { readonly caller: AuditCaller; readonly fact: AuditFact }[],
): Promise<string[]> {
  const sealed = rows.map(({ caller, fact }) => sealEntry(tenantId, caller, fact));
  await tx.$executeRaw`${auditInsert(tenantId, sealed)}`;
  return sealed.map(({ id }) => id);
}

/** The statement that writes rows of one tenant's audit. */
export function auditInsert(tenantId: string, sealed: readonly SealedEntry[]): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO audit_entries (tenant_id, id, commitment, salt, content)
    SELECT ${tenantId}::uuid, r.id, decode(r.commitment, 'hex'), decode(r.salt, 'hex'), r.content
      FROM unnest(${sealed.map(({ id }) => id)}::uuid[], ${sealed.map(({ commitment }) => hexOf(commitment))}::text[],
                  ${sealed.map(({ salt }) => hexOf(salt))}::text[], ${sealed.map(({ content }) => content)}::text[])
           AS r(id, commitment, salt, content)`;
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** How far a job has come is no change of anything. */
const TELLS_NOTHING: ReadonlySet<string> = new Set(['JOB_STARTED', 'JOB_PROGRESS']);
/** Keys of an event's payload that hold ids. */
const IDS = ['personId', 'personIds', 'faceId', 'faceIds', 'imageId'] as const;

/**
 * The row of a change: whoever is on the trail made it, and always leaves one; without a trail it is a job's, which leaves one
 * where it changed what the tenant holds.
 * @param noted what the change itself says of it.
 */
export function auditRowOfChange(
  events: readonly NewEvent[],
  noted: AuditFact,
): { caller: AuditCaller; fact: AuditFact } | null {
  const telling = events.filter(({ type }) => !TELLS_NOTHING.has(type));
  const trail = currentTrail();
  if (!trail && telling.length === 0) return null;
  const jobIds = [...new Set(events.flatMap(({ jobId }) => (jobId ? [jobId] : [])))];
  const counts: Record<string, number> = {};
  for (const { type } of telling) counts[type] = (counts[type] ?? 0) + 1;
  return {
    caller: trail?.caller ?? {
      by: 'JOB',
      apiKeyId: null,
      actor: null,
      address: null,
      requestId: null,
      operation: 'job',
    },
    fact: {
      collectionIds: [
        ...(noted.collectionIds ?? []),
        ...telling.flatMap(({ collectionId }) => (collectionId ? [collectionId] : [])),
      ],
      subjectIds: [...(noted.subjectIds ?? []), ...jobIds, ...telling.flatMap(({ payload }) => idsOf(payload))],
      details: { ...noted.details, ...(telling.length > 0 ? { events: counts } : {}) },
    },
  };
}

function idsOf(payload: NewEvent['payload']): string[] {
  return IDS.flatMap((key) => payload[key] ?? []).filter((id): id is string => typeof id === 'string');
}
