import { isatty } from 'node:tty';
import pino, { type Logger } from 'pino';
import { describeError } from './described-error';
import { LogOutput } from './log-output';
import { readableLine } from './readable-line';

export interface LoggingOptions {
  readonly level: string;
  /** Facts of every line. @default none */
  readonly base?: Readonly<Record<string, unknown>>;
  /** File descriptor: 1 is standard output, 2 standard error. @default 1 */
  readonly to?: 1 | 2;
}

/**
 * Lines for people where a terminal reads them, else JSON for machines. Errors are written as `describeError` has them.
 * Lines that the output does not take are dropped (`LogOutput`), and counted in a line once it does.
 */
export function createLogger({ level, base = {}, to = 1 }: LoggingOptions): Logger {
  const output = new LogOutput({
    fd: to,
    onRecovered: (dropped) => logger.warn({ dropped }, 'log lines were dropped: the output did not take them'),
  });
  const logger = pino({ level, base, serializers: { err: describeError } }, isatty(to) ? readable(to, output) : output);
  return logger;
}

function readable(to: 1 | 2, output: LogOutput): { write(line: string): void } {
  const coloured = (to === 1 ? process.stdout : process.stderr).hasColors();
  return {
    write: (line) => output.write(`${readableLine(JSON.parse(line) as Record<string, unknown>, coloured)}\n`),
  };
}
