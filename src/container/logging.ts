import { isatty } from 'node:tty';
import pino, { type Logger } from 'pino';
import { describeError } from './described-error';
import { readableLine } from './readable-line';

export interface LoggingOptions {
  readonly level: string;
  /** Facts of every line. @default none */
  readonly base?: Readonly<Record<string, unknown>>;
  /** File descriptor: 1 is standard output, 2 standard error. @default 1 */
  readonly to?: 1 | 2;
}

/** Lines for people where a terminal reads them, else JSON for machines. Errors are written as `describeError` has them. */
export function createLogger({ level, base = {}, to = 1 }: LoggingOptions): Logger {
  const options = { level, base, serializers: { err: describeError } };
  if (!isatty(to)) return pino(options, pino.destination({ dest: to, sync: true }));
  const stream = to === 1 ? process.stdout : process.stderr;
  const coloured = stream.hasColors();
  return pino(options, {
    write: (line: string) =>
      void stream.write(`${readableLine(JSON.parse(line) as Record<string, unknown>, coloured)}\n`),
  });
}
