import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ServerAccount } from './account';
import { cannotStart, lastLines } from './cluster';
import { isReady } from './orphan';

/** Crash recovery may have much to read. */
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;
const LOG_MAX_BYTES = 8 * 1024 * 1024;
const PORT_ATTEMPTS = 5;

/** Modest memory for a laptop; everything that keeps an acknowledged commit stays on. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  max_connections: '60',
  shared_buffers: '128MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  max_wal_size: '512MB',
  synchronous_commit: 'on',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  // The text of a statement may hold what must not be logged.
  log_min_error_statement: 'panic',
  log_statement: 'none',
};

export interface ServerOptions {
  readonly dataDir: string;
  readonly clusterDir: string;
  readonly postgres: string;
  readonly account: ServerAccount;
  readonly settings: Readonly<Record<string, string>>;
}

export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  /** Settles when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Cuts open connections and shuts down; settles when it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts the server and waits until it accepts connections.
 *
 * @param port the one to listen on. @default a free one
 * @throws DomainError DEPENDENCY_UNAVAILABLE with the end of its log.
 */
export async function launchServer(options: ServerOptions, port?: number): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt += 1) {
    const chosen = port ?? (await freePort());
    const logFile = path.join(options.dataDir, 'postgres.log');
    const log = openSync(logFile, tooLong(logFile) ? 'w' : 'a', 0o600);
    const logStart = statSync(logFile).size;
    const child = spawnServer(options, chosen, log);
    closeSync(log);
    if (await becameReady(child, options.clusterDir)) return serverProcessOf(child, chosen);
    const said = readFileSync(logFile).subarray(logStart).toString('utf8');
    const portTaken = /could not bind|Address already in use/.test(said);
    if (!portTaken || port !== undefined || attempt === PORT_ATTEMPTS) {
      throw cannotStart(`it ended at once: ${lastLines(said)}`);
    }
  }
}

function spawnServer(options: ServerOptions, port: number, log: number): ChildProcess {
  const settings = Object.entries({ ...SETTINGS, ...options.settings, port: String(port) });
  const command = options.account.command(options.postgres, [
    '-D',
    options.clusterDir,
    ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const child = spawn(command.file, command.args, {
    ...command.options,
    // A session of its own: Ctrl-C in the terminal must reach Likeness first, which drains and then stops it.
    detached: true,
    stdio: ['ignore', log, log],
  });
  child.unref();
  return child;
}

async function becameReady(child: ChildProcess, clusterDir: string): Promise<boolean> {
  let ended = false;
  child.once('exit', () => (ended = true));
  child.once('error', () => (ended = true));
  for (const end = Date.now() + START_LIMIT_MS; !ended;) {
    if (child.pid !== undefined && isReady(clusterDir, child.pid)) return true;
    if (Date.now() > end) {
      child.kill('SIGQUIT');
      throw cannotStart(`it was not ready after ${START_LIMIT_MS / 1000} s; see postgres.log in the data folder`);
    }
    await wait(15);
  }
  return false;
}

function serverProcessOf(child: ChildProcess, port: number): ServerProcess {
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  // Leaving without stop() (an uncaught error) must not leave the server behind.
  const atExit = (): void => void child.kill('SIGINT');
  process.once('exit', atExit);
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      process.removeListener('exit', atExit);
      resolve();
    };
    if (isGone()) end();
    else child.once('exit', end);
  });
  return {
    pid: child.pid!,
    port,
    ended,
    stop: async () => {
      child.ref();
      child.kill('SIGINT');
      const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_LIMIT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const tooLong = (file: string): boolean => existsSync(file) && statSync(file).size > LOG_MAX_BYTES;
