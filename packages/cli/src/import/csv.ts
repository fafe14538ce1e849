import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { EnrollPersonInput } from '@likeness/client';
import { parse } from 'csv-parse/sync';
import { CommandError, EXIT } from '../exit-codes.ts';
import { statOf } from '../stat-of.ts';
import type { ListedFile, Listing, RefusedFile } from './listing.ts';

const COLUMNS = ['file', 'name', 'externalId', 'externalImageId', 'urls', 'knownFor'] as const;
/** Other names of columns. */
const ALIASES: Readonly<Record<string, string>> = { image: 'file' };
const METADATA = 'metadata.';

type Row = Partial<Record<(typeof COLUMNS)[number], string>> & Readonly<Record<string, string | undefined>>;

/**
 * A table with a first row of headings: `file` (relative to the table), `name`, `externalId`, `externalImageId`,
 * `urls` (several with blanks between) and `knownFor`, which a gallery tells of the person, and `metadata.<key>`. A row without `name` and `externalId` enrols its faces for nobody.
 *
 * @throws CommandError when it is no such table.
 */
export function listCsv(file: string): Listing {
  const rows = readRows(file);
  const files: ListedFile[] = [];
  const refused: RefusedFile[] = [];
  for (const [index, row] of rows.entries()) {
    const shown = row.file || `row ${index + 2}`;
    const place = path.resolve(path.dirname(file), row.file ?? '');
    const stats = row.file ? statOf(place) : undefined;
    if (!row.file) refused.push({ shown, reason: 'names no file' });
    else if (!stats?.isFile()) refused.push({ shown, reason: stats ? 'is no file' : 'is not there' });
    else {
      const { size: bytes, mtimeMs: modifiedMs } = stats;
      const externalImageId = row.externalImageId || undefined;
      files.push({ path: place, shown, bytes, modifiedMs, person: personOf(row), externalImageId });
    }
  }
  if (files.length === 0) {
    throw new CommandError(
      `${file} names no file that is there.${refused.map((one) => `\n  ${one.shown}: ${one.reason}`).join('')}`,
    );
  }
  return { files, refused, skipped: new Map() };
}

function readRows(file: string): Row[] {
  let rows: Row[];
  let headings: readonly string[] = [];
  try {
    rows = parse(readFileSync(file), {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      columns: (found: string[]) => (headings = found.map((name) => ALIASES[name] ?? name)),
    });
  } catch (error) {
    throw new CommandError(`${file} cannot be read as CSV: ${(error as Error).message}`, EXIT.USAGE);
  }
  const unknown = headings.filter((name) => !COLUMNS.some((known) => known === name) && !name.startsWith(METADATA));
  if (!headings.includes('file')) throw new CommandError(`${file} has no column "file".`, EXIT.USAGE);
  if (unknown.length > 0) {
    const known = `${COLUMNS.join(', ')} or ${METADATA}<key>`;
    throw new CommandError(`${file} has columns that mean nothing here: ${unknown.join(', ')}. Name them ${known}.`, 2);
  }
  return rows;
}

function personOf(row: Row): EnrollPersonInput | undefined {
  if (!row.name) return row.externalId ? { externalId: row.externalId } : undefined;
  const metadata = Object.fromEntries(
    Object.entries(row)
      .filter(([name, value]) => name.startsWith(METADATA) && value)
      .map(([name, value]) => [name.slice(METADATA.length), value]),
  );
  const urls = row.urls?.split(/\s+/).filter((url) => url !== '') ?? [];
  const published = { ...(urls.length > 0 ? { urls } : {}), ...(row.knownFor ? { knownFor: row.knownFor } : {}) };
  return {
    create: { displayName: row.name, externalId: row.externalId || row.name, metadata: { ...metadata, ...published } },
  };
}
