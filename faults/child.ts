import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

const POLL_MS = 25;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Takes what it prints, beside what is there already. */
  readonly logFile: string;
}

/** A process that goes when the harness goes. */
export class Child {
  private readonly ended: Promise<unknown>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly logFile: string,
  ) {
    running.add(child);
    this.ended = once(child, 'exit').finally(() => running.delete(child));
    this.ended.catch(() => undefined);
  }

  static spawn({ file, args, env = {}, logFile }: Command): Child {
    const { PATH = '', HOME = '', TMPDIR } = process.env;
    const log = openSync(logFile, 'a');
    try {
      const child = spawn(file, args, {
        env: { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), ...env },
        stdio: ['ignore', log, log],
      });
      return new Child(child, logFile);
    } finally {
      closeSync(log);
    }
  }

  get isGone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Settles when it has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    // A process that stands still takes no other signal.
    if (signal !== 'SIGKILL') this.child.kill('SIGCONT');
    await this.ended;
  }

  /** @throws Error when it ends before `isTrue` answers true, or after `timeoutMs`. */
  async until(isTrue: () => Promise<boolean>, timeoutMs = 180_000): Promise<void> {
    for (const giveUpAt = Date.now() + timeoutMs; !(await isTrue().catch(() => false)); await wait(POLL_MS)) {
      if (this.isGone || Date.now() > giveUpAt) {
        throw new Error(`${this.child.spawnfile} ${this.isGone ? 'has ended' : 'does not serve'}: see ${this.logFile}`);
      }
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
