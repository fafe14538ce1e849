import { commitmentOf, type AuditContent } from './audit';
import { BEGINNING, chainOf, type AuditHead } from './audit-chain';
import { isSigned, type AuditCheckpoint } from './audit-checkpoint';
import { expiriesOf, type AuditExpiry } from './audit-expiry';
import { DAY } from './units';

/** What an export has of a row, and `auditLog` answers. */
export interface ExportedEntry {
  readonly seq: string;
  readonly id: string;
  /** Hexadecimal, as chain and salt are. */
  readonly commitment: string;
  readonly chain: string;
  /** Null, like the content: erased. */
  readonly salt: string | null;
  readonly content: string | null;
}

export const AUDIT_FLAWS = [
  /** The row is not the one that was written: its content, its commitment or its chain. */
  'CHANGED',
  /** Its number is there no more, between others. */
  'MISSING',
  /** It stands where another row should. */
  'REORDERED',
  /** There is another of its number. */
  'DUPLICATED',
  /** It is gone from the end, though a checkpoint knows it. */
  'CUT',
  /** Rows up to a checkpoint fit each other, and not the checkpoint. */
  'REWRITTEN',
  /** Its content is gone, and no row says that it was erased. */
  'ERASED_SILENTLY',
  /** A row says that it was erased, and it was not. */
  'NOT_ERASED',
  /** A row says that others went because their time was over, and a checkpoint knows that they were younger. */
  'EXPIRED_EARLY',
  /** A checkpoint that proves nothing: of another tenant, or not signed by the key. */
  'BAD_CHECKPOINT',
] as const;
export type AuditFlawKind = (typeof AUDIT_FLAWS)[number];

export interface AuditFlaw {
  readonly kind: AuditFlawKind;
  /** The row, or the first of several. */
  readonly seq: bigint;
  /** The last of several. */
  readonly through: bigint;
  /** What is wrong, in a sentence. */
  readonly message: string;
}

export interface VerifyOptions {
  /** Whose audit it is. */
  readonly tenantId: string;
  readonly checkpoints?: readonly AuditCheckpoint[];
  /** Ids of the keys whose checkpoints are believed. @default any */
  readonly keyIds?: readonly string[];
  /** The row before the first, as it is known. @default nothing, where the first row has the number 1 */
  readonly before?: AuditHead;
  /** How far the audit had come, as the database says. */
  readonly head?: AuditHead | null;
}

/** A row with its number and its hashes as they are compared. */
interface Row extends ExportedEntry {
  readonly number: bigint;
  readonly hash: Buffer;
  readonly link: Buffer;
}

/** Looks at every row of an audit, in the order in which they are given. @returns all that is wrong; none: nothing is. */
export function verifyAudit(entries: readonly ExportedEntry[], options: VerifyOptions): AuditFlaw[] {
  const flaws: AuditFlaw[] = [];
  const told = (kind: AuditFlawKind, seq: bigint, message: string, through = seq): void => {
    flaws.push({ kind, seq, through, message });
  };
  const rows = inOrder(entries, told);
  for (const row of rows) {
    const problem = problemOf(row, options.tenantId);
    if (problem) told('CHANGED', row.number, problem);
  }
  const expiries = expiriesOf(rows);
  const last = expiries.at(-1);
  const expired = last ? { seq: last.through, chain: last.chain } : null;
  verifyNumbers(rows, options, expired, told);
  verifyChain(rows, options.before, expired, told);
  verifyErasures(rows, told);
  verifyEnd(rows, options, expired, told);
  verifyExpiries(expiries, options, told);
  return withoutRepetition(flaws);
}

type Tell = (kind: AuditFlawKind, seq: bigint, message: string, through?: bigint) => void;

/** The rows by number, each number once; tells those that stand elsewhere. */
function inOrder(entries: readonly ExportedEntry[], tell: Tell): Row[] {
  const known = new Map<bigint, Row>();
  for (const entry of entries) {
    const number = BigInt(entry.seq);
    if (known.has(number)) {
      tell('DUPLICATED', number, `There is more than one row ${number}.`);
      continue;
    }
    const [hash, link] = [Buffer.from(entry.commitment, 'hex'), Buffer.from(entry.chain, 'hex')];
    known.set(number, { ...entry, number, hash, link });
  }
  for (const number of misplaced([...known.keys()])) {
    tell('REORDERED', number, `Row ${number} stands among rows that it does not belong to.`);
  }
  return [...known.values()].sort((a, b) => (a.number < b.number ? -1 : 1));
}

/** The fewest of the numbers without which the others rise: those outside of their longest rising sequence. */
function misplaced(numbers: readonly bigint[]): bigint[] {
  /** The place of the lowest number that ends a rising sequence of each length. */
  const ends: number[] = [];
  const before: (number | undefined)[] = [];
  numbers.forEach((number, place) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[ends[middle]!]! < number) low = middle + 1;
      else high = middle;
    }
    before[place] = ends[low - 1];
    ends[low] = place;
  });
  const kept = new Set<number>();
  for (let place = ends.at(-1); place !== undefined; place = before[place]) kept.add(place);
  return numbers.filter((_, place) => !kept.has(place));
}

/** Why the content cannot be what was committed to. */
function problemOf({ salt, content, hash, id, number }: Row, tenantId: string): string | null {
  if (salt === null && content === null) return null;
  if (salt === null || content === null) return `Row ${number} has lost its ${salt === null ? 'salt' : 'content'}.`;
  if (!commitmentOf(Buffer.from(salt, 'hex'), content).equals(hash)) {
    return `Row ${number} says something else than when it was written: its commitment does not fit.`;
  }
  const said = JSON.parse(content) as AuditContent;
  if (said.tenantId !== tenantId) return `Row ${number} is of another tenant, ${said.tenantId}.`;
  return said.id === id ? null : `Row ${number} is kept under the id of another row.`;
}

function verifyNumbers(rows: readonly Row[], { before }: VerifyOptions, expired: AuditHead | null, tell: Tell): void {
  // Without the row before it, a part of an audit begins where it begins; and behind those whose time was over at the latest.
  const first = rows[0]?.number ?? 1n;
  /** Rows before this one may be gone. */
  const kept = expired ? expired.seq + 1n : 0n;
  let next = before ? before.seq + 1n : expired && kept < first ? kept : first;
  for (const { number } of rows) {
    if (next < kept) next = number < kept ? number : kept;
    if (number > next) {
      const many = number - next > 1n;
      tell(
        'MISSING',
        next,
        many ? `Rows ${next} to ${number - 1n} are missing.` : `Row ${next} is missing.`,
        number - 1n,
      );
    }
    next = number + 1n;
  }
}

function verifyChain(rows: readonly Row[], before: AuditHead | undefined, expired: AuditHead | null, tell: Tell): void {
  const start = before ?? BEGINNING;
  let last = start.seq;
  /** What the next row may follow: the row before as it is, and as it should have been. */
  let previous: Uint8Array[] = [start.chain];
  const broken: { row: Row; previous: readonly Uint8Array[] }[] = [];
  for (const row of rows) {
    // Nothing is known of what a row followed that is missing.
    if (row.number !== last + 1n) previous = row.number - 1n === expired?.seq ? [expired.chain] : [];
    const expected = previous.map((chain) => chainOf(chain, row.number, row.hash));
    const isBroken = expected.length > 0 && !expected.some((chain) => chain.equals(row.link));
    if (isBroken) broken.push({ row, previous });
    previous = isBroken ? [row.link, ...expected.slice(0, 2)] : [row.link];
    last = row.number;
  }
  for (const { row, previous: followed } of broken) {
    const moved = broken.find(
      (other) =>
        other.row !== row && followed.some((chain) => chainOf(chain, row.number, other.row.hash).equals(row.link)),
    );
    if (moved)
      tell(
        'REORDERED',
        row.number,
        `Row ${row.number} stands where row ${moved.row.number} should, or the other way round.`,
      );
    else
      tell(
        'CHANGED',
        row.number,
        `Row ${row.number} is not the one that followed row ${row.number - 1n}: its chain does not fit, or that of the row before.`,
      );
  }
}

/** What a row of the operation `eraseAudit` names. */
function verifyErasures(rows: readonly Row[], tell: Tell): void {
  const erased = new Set<string>();
  for (const { content } of rows) {
    // Cheaper than parsing each row.
    if (!content?.includes('"operation":"eraseAudit"')) continue;
    const { details } = JSON.parse(content) as AuditContent;
    for (const seq of (details['seqs'] as readonly string[] | undefined) ?? []) erased.add(seq);
  }
  for (const { number, content, salt } of rows) {
    const isGone = content === null && salt === null;
    const isTold = erased.has(number.toString());
    if (isGone && !isTold)
      tell('ERASED_SILENTLY', number, `Row ${number} has no content, and no row says that it was erased.`);
    if (!isGone && isTold) tell('NOT_ERASED', number, `Row ${number} was to be erased, and still has its content.`);
  }
}

function verifyEnd(rows: readonly Row[], options: VerifyOptions, expired: AuditHead | null, tell: Tell): void {
  const { tenantId, checkpoints = [], keyIds, head } = options;
  const chains = new Map(rows.map((row) => [row.number, row.chain]));
  if (expired && !chains.has(expired.seq)) chains.set(expired.seq, hexOf(expired.chain));
  const last = rows.at(-1)?.number ?? options.before?.seq ?? 0n;
  const compare = (seq: bigint, chain: string, what: string): void => {
    if (seq > last) {
      const message = last + 1n === seq ? `Row ${seq} is cut off` : `Rows ${last + 1n} to ${seq} are cut off`;
      tell('CUT', last + 1n, `${message}: ${what} knows them.`, seq);
      return;
    }
    const there = chains.get(seq);
    if (there !== undefined && there !== chain) {
      tell('REWRITTEN', seq, `Rows up to ${seq} are not those that ${what} knows: one of them at least was changed.`);
    }
  };
  for (const checkpoint of checkpoints) {
    const seq = BigInt(checkpoint.seq);
    const what = `the checkpoint of ${checkpoint.at}`;
    if (checkpoint.tenantId !== tenantId) {
      tell('BAD_CHECKPOINT', seq, `A checkpoint is of another tenant, ${checkpoint.tenantId}.`);
    } else if (!isSigned(checkpoint)) {
      tell('BAD_CHECKPOINT', seq, `The signature of ${what} is not good: it was changed, or another key made it.`);
    } else if (keyIds && !keyIds.includes(checkpoint.keyId)) {
      tell('BAD_CHECKPOINT', seq, `The key ${checkpoint.keyId} of ${what} is none of those that you believe.`);
    } else compare(seq, checkpoint.chain, what);
  }
  if (expired) compare(expired.seq, hexOf(expired.chain), 'the row that tells of their expiry');
  if (head) compare(head.seq, hexOf(head.chain), 'the database');
}

/**
 * Whoever can write the database can have a row say that others went by age. A checkpoint that is a day younger than that age knows
 * the last row that can have been so old: rows get their numbers within a second.
 */
function verifyExpiries(
  expiries: readonly AuditExpiry[],
  { tenantId, checkpoints = [], keyIds }: VerifyOptions,
  tell: Tell,
): void {
  const believed = checkpoints.filter(
    (one) => one.tenantId === tenantId && isSigned(one) && (!keyIds || keyIds.includes(one.keyId)),
  );
  for (const { seq, through, before } of expiries) {
    const border = Date.parse(before) + DAY;
    const known = believed.find((one) => Date.parse(one.at) >= border && BigInt(one.seq) < through);
    if (!known) continue;
    const message = `Row ${seq} says that rows up to ${through} are from before ${before}, and at the checkpoint of ${known.at} there were ${known.seq}.`;
    tell('EXPIRED_EARLY', seq, message);
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A row is told once of each kind. */
function withoutRepetition(flaws: readonly AuditFlaw[]): AuditFlaw[] {
  const known = new Map(flaws.map((flaw) => [`${flaw.kind} ${flaw.seq} ${flaw.through}`, flaw]));
  return [...known.values()].sort((a, b) => (a.seq < b.seq ? -1 : a.seq > b.seq ? 1 : 0));
}
