import { readFile } from 'node:fs/promises';
import type { AuditContent } from '../../domain/audit';
import type { AuditCheckpoint } from '../../domain/audit-checkpoint';
import type { ExportedEntry } from '../../domain/audit-verify';
import { DomainError } from '../../domain/errors';
import type { AuditRecord } from '../../records/audit';

/** Rows and checkpoints of one tenant's audit, in the order in which they were found. */
export interface AuditFile {
  readonly entries: readonly ExportedEntry[];
  readonly checkpoints: readonly AuditCheckpoint[];
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A row as a line of an export has it. */
export function exportedEntryOf({ seq, id, commitment, chain, salt, content }: AuditRecord): ExportedEntry {
  return {
    seq: seq.toString(),
    id,
    commitment: hexOf(commitment),
    chain: hexOf(chain),
    salt: salt && hexOf(salt),
    content,
  };
}

/**
 * Reads files of JSON, one value a line: rows as an export or `auditLog` has them, and checkpoints as `auditCheckpoint` answers.
 * @throws DomainError BAD_USER_INPUT with the line that is neither.
 */
export async function readAuditFiles(files: readonly string[]): Promise<AuditFile> {
  const entries: ExportedEntry[] = [];
  const checkpoints: AuditCheckpoint[] = [];
  for (const file of files) {
    for (const [index, line] of (await textOf(file)).split('\n').entries()) {
      if (line.trim() === '') continue;
      const value = parsed(line);
      if (isCheckpoint(value)) checkpoints.push(value);
      else if (isEntry(value)) entries.push(value);
      else {
        const message = `Line ${index + 1} of ${file} is neither a row of an audit nor a checkpoint. Give what export wrote, one value a line.`;
        throw new DomainError('BAD_USER_INPUT', message);
      }
    }
  }
  return { entries, checkpoints };
}

/** Whose audit it is, as its rows and checkpoints say; undefined: none says it. */
export function tenantOf({ entries, checkpoints }: AuditFile): string | undefined {
  const told = entries.find(({ content }) => content !== null)?.content;
  return told ? (JSON.parse(told) as AuditContent).tenantId : checkpoints[0]?.tenantId;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new DomainError('NOT_FOUND', `${file} cannot be read. Check its name.`, { cause });
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const hasTexts = (value: Readonly<Record<string, unknown>>, names: readonly string[]): boolean =>
  names.every((name) => typeof value[name] === 'string');

function isCheckpoint(value: object): value is AuditCheckpoint {
  const names = ['tenantId', 'seq', 'chain', 'at', 'keyId', 'publicKey', 'signature'];
  return hasTexts({ ...value }, names) && isNumber({ ...value });
}

function isEntry(value: object): value is ExportedEntry {
  const row: Readonly<Record<string, unknown>> = { ...value };
  const isTextOrNull = (name: string): boolean => row[name] === null || typeof row[name] === 'string';
  return (
    hasTexts(row, ['seq', 'id', 'commitment', 'chain']) && isNumber(row) && ['salt', 'content'].every(isTextOrNull)
  );
}

const isNumber = (value: Readonly<Record<string, unknown>>): boolean => /^\d{1,19}$/.test(String(value['seq']));
