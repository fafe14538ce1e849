/** What a table says of an image. */
export interface TableRow {
  /** Its place, relative to the table, with slashes. */
  readonly file: string;
  /** Empty: nobody says. */
  readonly name: string;
  readonly externalId: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const COLUMNS = ['file', 'name', 'externalId'];
const METADATA = 'metadata.';

/**
 * A table with a first row of headings, as `likeness import` takes it: `file`, `name`, `externalId` and `metadata.<key>`, with commas or
 * semicolons between.
 * @throws Error that says what is wrong with it.
 */
export function readTable(text: string): TableRow[] {
  const [headings = [], ...rows] = cellsOf(text.replace(/^\ufeff/, ''));
  if (!headings.includes('file'))
    throw new Error('The table has no column “file”. Its first row must name its columns.');
  const unknown = headings.filter((name) => !COLUMNS.includes(name) && !name.startsWith(METADATA));
  if (unknown.length > 0) {
    throw new Error(
      `The table has columns that mean nothing here: ${unknown.join(', ')}. Name them ${COLUMNS.join(', ')} or ${METADATA}something.`,
    );
  }
  return rows.map((cells) => {
    const of = (name: string): string => (cells[headings.indexOf(name)] ?? '').normalize('NFC');
    const metadata = headings
      .map((name, at) => [name, cells[at] ?? ''] as const)
      .filter(([name, value]) => name.startsWith(METADATA) && value !== '');
    return {
      file: of('file').replaceAll('\\', '/').replace(/^\.\//, ''),
      name: of('name'),
      externalId: of('externalId'),
      metadata: Object.fromEntries(metadata.map(([name, value]) => [name.slice(METADATA.length), value])),
    };
  });
}

/** Rows of trimmed cells, empty rows left out; a cell in quotes may hold separators, line ends and doubled quotes. @throws Error. */
function cellsOf(text: string): string[][] {
  const first = text.slice(0, text.search(/[\r\n]|$/));
  const separator = first.includes(';') && !first.includes(',') ? ';' : ',';
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = new RegExp(`("(?:[^"]|"")*"|[^"${separator}\\r\\n]*)[ \\t]*(${separator}|\\r\\n|\\n|\\r|$)`, 'y');
  while (cell.lastIndex < text.length) {
    const begin = cell.lastIndex;
    const found = cell.exec(text);
    if (!found)
      throw new Error(`The table cannot be read from “${text.slice(begin, begin + 20)}” on: is a quote missing?`);
    const [, raw, end] = found;
    row.push(raw!.startsWith('"') ? raw!.slice(1, -1).replaceAll('""', '"').trim() : raw!.trim());
    if (end === separator) {
      if (cell.lastIndex === text.length) row.push('');
      else continue;
    }
    if (row.some((value) => value !== '')) rows.push(row);
    row = [];
  }
  return rows;
}
