/** What moves a cursor, colours, clears, ends a line or turns the direction of text: C0, DEL, C1, separators, overrides. */
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text from elsewhere as one line that cannot steer the terminal: control characters as JSON writes them. */
export function printable(text: string): string {
  return text.replace(CONTROL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export type Cell = string | number | boolean | null | undefined;

/** Rows below their headings, in columns; numbers to the right. */
export function tableOf(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map((cell) => printable(cell == null ? '' : String(cell))));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...texts.map((row) => [...(row[column] ?? '')].length)),
  );
  const isNumber = headings.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const space = ' '.repeat(Math.max(0, widths[column]! - [...cell].length));
        return isNumber[column] ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return [line(headings), ...texts.map(line)].join('\n');
}

export interface Streams {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
}

/** Answers go to stdout, as text for people or as JSON for programs; all else goes to stderr. */
export class Output {
  private hasProgress = false;

  constructor(
    private readonly streams: Streams,
    readonly json: boolean,
  ) {}

  /** @param text what people read instead of the JSON. */
  answer(value: unknown, text: () => string): void {
    this.write(this.streams.stdout, this.json ? JSON.stringify(value, null, 2) : text());
  }

  /** One line of JSON, whichever form was asked for. */
  line(value: unknown): void {
    this.write(this.streams.stdout, JSON.stringify(value));
  }

  /** As it is. */
  text(text: string): void {
    this.write(this.streams.stdout, text);
  }

  note(text: string): void {
    this.write(this.streams.stderr, text);
  }

  /** A line that the next one overwrites; nothing where nobody looks on. */
  progress(text: string): void {
    const { stderr } = this.streams;
    if (!stderr.isTTY) return;
    stderr.write(`\r\u001b[K${printable(text).slice(0, (stderr.columns ?? 80) - 1)}`);
    this.hasProgress = true;
  }

  private write(stream: NodeJS.WritableStream, text: string): void {
    if (this.hasProgress) this.streams.stderr.write('\r\u001b[K');
    this.hasProgress = false;
    stream.write(`${text}\n`);
  }
}
