import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { UsageError } from '../models/context';

/** One column of a table of labels. */
export interface Labels {
  readonly column: string;
  /** Which group a person is of; those without a label are missing. */
  readonly groupOf: ReadonlyMap<string, string>;
}

/**
 * Reads a table with commas or tabs: headings first, then a row a person, whose first field is the name of their folder. Every other
 * column is one way to group people; an empty field leaves that person out of it.
 *
 * @throws UsageError when it is no such table.
 */
export async function readLabels(file: string): Promise<Labels[]> {
  const text = await readFile(file, 'utf8');
  const delimiter = text.split('\n', 1)[0]!.includes('\t') ? '\t' : ',';
  let rows: string[][];
  try {
    rows = parse(text, { bom: true, delimiter, trim: true, skipEmptyLines: true });
  } catch (cause) {
    throw new UsageError(`${file} cannot be read as a table: ${(cause as Error).message}`, { cause });
  }
  const [headings, ...people] = rows;
  if (headings === undefined || headings.length < 2 || people.length === 0) {
    throw new UsageError(`${file} wants headings (person, and a column for each way to group), and a row a person.`);
  }
  const names = people.map(([person]) => person!);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`${file} has two rows of ${twice}.`);
  return headings.slice(1).map((column, i) => ({
    column,
    groupOf: new Map(people.flatMap((row) => (row[i + 1] ? [[row[0]!, row[i + 1]!] as const] : []))),
  }));
}
