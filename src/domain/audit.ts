import { createHash, randomBytes } from 'node:crypto';
import { newId } from './ids';

/** KEY: a tenant's key; OPERATOR: who runs the server; ADDRESS: whoever holds a signed address; JOB: work that a request left behind. */
export const AUDIT_PARTIES = ['KEY', 'OPERATOR', 'ADDRESS', 'JOB'] as const;
export type AuditParty = (typeof AUDIT_PARTIES)[number];

/** Who does something, and from where. */
export interface AuditCaller {
  readonly by: AuditParty;
  /** The id of the key. Of an address: the key that it was given to, where that is known. */
  readonly apiKeyId: string | null;
  /** Whom the client says it acts for (`auditActorOf`): its own word, proven by nothing. */
  readonly actor: string | null;
  /** Network address. */
  readonly address: string | null;
  readonly requestId: string | null;
  /** The root field, or what else is done. */
  readonly operation: string;
}

/** What is done. Ids, counts and digests only: never a face, a name or a vector. */
export interface AuditFact {
  /** The reference database. */
  readonly collectionIds?: readonly string[];
  /** Persons, faces, images, jobs, keys, uploads: what is changed, matched or shown. Any number. */
  readonly subjectIds?: readonly string[];
  /** HMACs of the images that were sent in (`AuditSecrets.probeDigest`). */
  readonly probes?: readonly string[];
  /** Of a search: how many matches were answered. */
  readonly results?: number;
  /** Of a search: when it began; the row's own time is when it ended. */
  readonly startedAt?: Date;
  /** What else a reader has to know, such as which events a change wrote. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The content of a row, in the order in which it is written and hashed. */
export interface AuditContent {
  readonly version: 1;
  readonly tenantId: string;
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly operation: string;
  readonly by: AuditParty;
  readonly apiKeyId: string | null;
  readonly actor: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
  readonly collectionIds: readonly string[];
  /** The first `MAX_SUBJECTS`. */
  readonly subjectIds: readonly string[];
  readonly subjectCount: number;
  readonly probes: readonly string[];
  readonly results: number | null;
  readonly startedAt: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** A row before it is numbered. */
export interface SealedEntry {
  readonly id: string;
  readonly salt: Uint8Array;
  /** JSON of an AuditContent. */
  readonly content: string;
  readonly commitment: Uint8Array;
}

/** Ids that a row names. */
export const MAX_SUBJECTS = 100;
const SALT_BYTES = 32;
const MAX_ACTOR_LENGTH = 128;

/** SHA-256(salt || content): says nothing of the content once the salt is gone. */
export function commitmentOf(salt: Uint8Array, content: string): Buffer {
  return createHash('sha256').update(salt).update(content, 'utf8').digest();
}

/** A row that tells `fact`, with an id that holds the time. */
export function sealEntry(tenantId: string, caller: AuditCaller, fact: AuditFact, now: Date = new Date()): SealedEntry {
  const subjectIds = [...new Set(fact.subjectIds)];
  const id = newId();
  const content: AuditContent = {
    version: 1,
    tenantId,
    id,
    at: now.toISOString(),
    operation: caller.operation,
    by: caller.by,
    apiKeyId: caller.apiKeyId,
    actor: caller.actor,
    address: caller.address,
    requestId: caller.requestId,
    collectionIds: [...new Set(fact.collectionIds)].sort(),
    subjectIds: subjectIds.slice(0, MAX_SUBJECTS),
    subjectCount: subjectIds.length,
    probes: fact.probes ?? [],
    results: fact.results ?? null,
    startedAt: fact.startedAt?.toISOString() ?? null,
    details: fact.details ?? {},
  };
  const salt = randomBytes(SALT_BYTES);
  const text = JSON.stringify(content);
  return { id, salt, content: text, commitment: commitmentOf(salt, text) };
}

/** What a client says of whom it acts for, cut to 128 characters; all but letters, digits and `._@:+/=-` becomes `_`. Null: nothing. */
export function auditActorOf(text: unknown): string | null {
  if (typeof text !== 'string' || text.trim() === '') return null;
  return text
    .trim()
    .slice(0, MAX_ACTOR_LENGTH)
    .replace(/[^A-Za-z0-9._@:+/=-]/g, '_');
}
