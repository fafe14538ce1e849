import type { DescribedError } from './described-error';
import { printable } from './printable';

const LEVELS: Readonly<Record<number, readonly [name: string, colour: number]>> = {
  10: ['trace', 90],
  20: ['debug', 90],
  30: ['info', 36],
  40: ['warn', 33],
  50: ['error', 31],
  60: ['fatal', 31],
};
const DIM = 2;

/**
 * A line of the log for people: the time of day, the level, the sentence, then the facts as `name=value`; below it the
 * stack of an error. Nothing in it steers the terminal but the colours.
 */
export function readableLine(record: Readonly<Record<string, unknown>>, coloured: boolean): string {
  const paint = (code: number, text: string): string => (coloured && text ? `\u001b[${code}m${text}\u001b[0m` : text);
  const { level, time, msg, err, role: _role, pid: _pid, hostname: _hostname, ...facts } = record;
  const [name, colour] = LEVELS[Number(level)] ?? [String(level), DIM];
  const told = Object.entries(facts)
    .map(([key, value]) => `${key}=${valueOf(value)}`)
    .map(printable);
  const head = [
    paint(DIM, timeOf(time)),
    paint(colour, name.padEnd(5)),
    printable(String(msg ?? '')),
    paint(DIM, told.join(' ')),
  ];
  const error = err as DescribedError | undefined;
  return [head.filter(Boolean).join(' '), ...(error ? stackOf(error) : [])].join('\n');
}

function timeOf(time: unknown): string {
  return typeof time === 'number' ? new Date(time).toTimeString().slice(0, 8) : '';
}

function valueOf(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? '';
}

function stackOf(error: DescribedError): string[] {
  const lines = (error.stack ?? `${error.type}: ${error.message}`)
    .split('\n')
    .map((line) => `  ${printable(line.trimEnd())}`);
  return error.cause ? [...lines, '  because of', ...stackOf(error.cause)] : lines;
}
