import { createReadStream } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { DomainError } from '../../domain/errors';
import { isId } from '../../domain/ids';
import type { ErasureLedger } from '../../ports/erasure-ledger';
import { ERASURE_KINDS, type ErasureKind, type ErasureRecord } from '../../records/erasure';

const BATCH = 500;

/** A file that is only added to: a line of JSON for each erasure. */
export class ErasureLedgerFile implements ErasureLedger {
  /** @param file absolute; it need not be there. */
  constructor(private readonly file: string) {}

  async append(records: readonly ErasureRecord[]): Promise<number> {
    await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
    const handle = await open(this.file, 'a+', 0o600);
    try {
      const { size } = await handle.stat();
      // A line that a crash cut off must not take the next one along.
      const isCut = size > 0 && (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== 10;
      await handle.appendFile((isCut ? '\n' : '') + records.map(lineOf).join(''));
      await handle.sync();
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  }

  async length(): Promise<number> {
    try {
      return (await stat(this.file)).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    }
  }

  async *read(from: number): AsyncGenerator<readonly ErasureRecord[]> {
    const stream = createReadStream(this.file, { encoding: 'utf8', start: from });
    let batch: ErasureRecord[] = [];
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      const record = this.parse(line);
      if (record) batch.push(record);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  /** @returns null for an empty line, and for one that a crash cut off: its erasure is still in the database, and was written again. */
  private parse(text: string): ErasureRecord | null {
    // Where a crash came before the bytes, a file is as long as it was to be and has NULs in their place.
    const line = text.replace(/^\0+/, '');
    if (!line.startsWith('{') || !line.endsWith('}')) {
      if (line === '' || line.startsWith('{')) return null;
      throw this.notOurs(line);
    }
    const { tenantId, kind, id, at, endsAt } = this.fieldsOf(line);
    const isOurs = isIdText(tenantId) && isIdText(id) && ERASURE_KINDS.includes(kind as ErasureKind) && isTime(at);
    if (!isOurs || !(endsAt === undefined || isTime(endsAt))) throw this.notOurs(line);
    return {
      tenantId,
      kind: kind as ErasureKind,
      id,
      at: new Date(at),
      endsAt: endsAt === undefined ? null : new Date(endsAt),
    };
  }

  private fieldsOf(line: string): Readonly<Record<string, unknown>> {
    try {
      return JSON.parse(line) as Readonly<Record<string, unknown>>;
    } catch {
      throw this.notOurs(line);
    }
  }

  private notOurs(line: string): DomainError {
    return new DomainError(
      'CONFLICT',
      `${this.file} is no erasure ledger: it has the line ${JSON.stringify(line.slice(0, 80))}. Put the right one there, or move it away if what was erased may come back.`,
    );
  }
}

function lineOf({ endsAt, ...record }: ErasureRecord): string {
  return `${JSON.stringify({ ...record, ...(endsAt ? { endsAt } : {}) })}\n`;
}

const isIdText = (value: unknown): value is string => typeof value === 'string' && isId(value);
const isTime = (value: unknown): value is string => typeof value === 'string' && !Number.isNaN(Date.parse(value));
