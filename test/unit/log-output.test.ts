import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A loop that waits for its output stands still until the reader goes on: seconds, not this. */
const STALL_MS = 1_000;
const FOR_MS = 1_500;

let folder: string;
let report: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'likeness-log-'));
  report = path.join(folder, 'report');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(stdout: StdioOptions[number & keyof StdioOptions]): ChildProcess {
  const [hook, child] = ['typescript-hook.cjs', 'logging-child.ts'].map((file) =>
    path.join(__dirname, '..', 'fixtures', file),
  );
  return spawn(process.execPath, ['--require', hook!, child!, String(FOR_MS), report], {
    stdio: ['ignore', stdout as 'pipe', 'inherit'],
  });
}

/** @returns its exit code. */
async function endOf(child: ChildProcess): Promise<number | null> {
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}

const longestStall = (): number => Number(readFileSync(report, 'utf8'));

describe('a process that logs', () => {
  it('goes on and ends when the disk of its log is full', async () => {
    expect(await endOf(start(openSync('/dev/full', 'w')))).toBe(0);
    expect(longestStall()).toBeLessThan(STALL_MS);
  });

  it('goes on and ends when nobody reads its log', async () => {
    const child = start('pipe');
    const ended = once(child, 'exit');
    expect(await ended).toEqual([0, null]);
    expect(longestStall()).toBeLessThan(STALL_MS);
    child.stdout!.destroy();
  });

  it('goes on and ends when the reader of its log is gone', async () => {
    const child = start('pipe');
    child.stdout!.destroy();
    expect(await endOf(child)).toBe(0);
    expect(longestStall()).toBeLessThan(STALL_MS);
  });

  it('says how many lines were dropped once its log is read again, and every line is whole', async () => {
    const child = start('pipe');
    await wait(FOR_MS / 2);
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (part: string) => (text += part));
    expect(await endOf(child)).toBe(0);
    const lines = text.split('\n');
    expect(lines.pop()).toBe('');
    const read = lines.map((line) => JSON.parse(line) as { msg: string; dropped?: number });
    expect(read.find(({ msg }) => msg.startsWith('log lines were dropped'))?.dropped).toBeGreaterThan(0);
    expect(read.at(-1)).toMatchObject({ msg: 'last' });
  });
});
