import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { DomainError } from '../../domain/errors';
import { chooseAccount, type ServerAccount } from './account';
import { locateBinaries, type PostgresBinaries } from './binaries';
import { isReady, stopOrphan } from './orphan';

const OWNER = 'likeness';
const DATABASE = 'likeness';
const MAJOR_VERSION = '18';
const START_LIMIT_MS = 60_000;
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
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  // The text of a statement may hold what must not be logged.
  log_min_error_statement: 'panic',
  log_statement: 'none',
};

export interface EmbeddedPostgresOptions {
  /** The data folder, whose lock the caller holds. The cluster is in `postgres/` below it, the log in `postgres.log`. */
  readonly dataDir: string;
  readonly passwords: { readonly owner: string };
  /** Further `postgresql.conf` settings; tests only. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** Login of the owner, on 127.0.0.1. */
  readonly ownerUrl: string;
  readonly pid: number;
  /** Shuts the server down, cutting open connections. Settles when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL from npm on the cluster in the data folder, which is made at first start. What an earlier run left
 * running is stopped first.
 *
 * @throws DomainError DEPENDENCY_UNAVAILABLE when it cannot run here, CONFLICT when the cluster is of another version or
 * has another password.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = locateBinaries();
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const account = chooseAccount(binaries.postgres, options.dataDir);
  const clusterDir = path.join(options.dataDir, 'postgres');
  await removeHalfMade(options.dataDir);
  if (existsSync(path.join(clusterDir, 'PG_VERSION'))) {
    assertVersion(clusterDir);
    await stopOrphan(clusterDir);
  } else {
    await makeCluster(options, binaries, account, clusterDir);
  }
  const { child, port } = await launch(options, binaries, account, clusterDir);
  const ownerUrl = urlOf(port, options.passwords.owner, DATABASE);
  const stop = stopper(child);
  try {
    await ensureDatabase(port, options.passwords.owner);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ownerUrl, pid: child.pid!, stop };
}

function assertVersion(clusterDir: string): void {
  const version = readFileSync(path.join(clusterDir, 'PG_VERSION'), 'utf8').trim();
  if (version === MAJOR_VERSION) return;
  throw new DomainError(
    'CONFLICT',
    `The data folder holds a PostgreSQL ${version} database; this version runs ${MAJOR_VERSION}. Use the Likeness that made it, or another LIKENESS_DATA_DIR.`,
  );
}

const HALF_MADE = 'postgres.new-';

async function removeHalfMade(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(HALF_MADE)) await rm(path.join(dataDir, name), { recursive: true, force: true });
  }
}

/** Made under another name, so that a start that was cut short leaves no half of a cluster. */
async function makeCluster(
  options: EmbeddedPostgresOptions,
  binaries: PostgresBinaries,
  account: ServerAccount,
  clusterDir: string,
): Promise<void> {
  const draft = path.join(options.dataDir, `${HALF_MADE}${randomUUID()}`);
  const passwordFile = `${draft}.password`;
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, `${options.passwords.owner}\n`, { mode: 0o600 });
  account.own(draft);
  account.own(passwordFile);
  try {
    const command = account.command(binaries.initdb, [
      `--pgdata=${draft}`,
      `--username=${OWNER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ]);
    const result = spawnSync(command.file, command.args, {
      encoding: 'utf8',
      cwd: '/',
      env: serverEnvironment(),
      ...(command.uid === undefined ? {} : { uid: command.uid, gid: command.gid }),
    });
    if (result.status !== 0) {
      throw cannotStart(`initdb failed: ${lastLines(result.stderr || String(result.error ?? 'no output'))}`);
    }
    await rename(draft, clusterDir);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/** Nothing of this process's environment: PGDATA, PGPORT and the like would change what the server does. */
function serverEnvironment(): Record<string, string> {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

async function launch(
  options: EmbeddedPostgresOptions,
  binaries: PostgresBinaries,
  account: ServerAccount,
  clusterDir: string,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const logFile = path.join(options.dataDir, 'postgres.log');
    const log = openSync(logFile, tooLong(logFile) ? 'w' : 'a', 0o600);
    const logStart = statSync(logFile).size;
    const settings = Object.entries({ ...SETTINGS, ...options.settings, port: String(port) });
    const command = account.command(binaries.postgres, [
      '-D',
      clusterDir,
      ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    const child = spawn(command.file, command.args, {
      // A session of its own: Ctrl-C in the terminal must reach Likeness first, which drains and then stops it.
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
      env: serverEnvironment(),
      ...(command.uid === undefined ? {} : { uid: command.uid, gid: command.gid }),
    });
    closeSync(log);
    child.unref();
    if (await becameReady(child, clusterDir)) return { child, port };
    const said = readFileSync(logFile, 'utf8').slice(logStart);
    if (!/could not bind|Address already in use/.test(said) || attempt === PORT_ATTEMPTS) {
      throw cannotStart(`it ended at once: ${lastLines(said)}`);
    }
  }
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

function stopper(child: ChildProcess): () => Promise<void> {
  const exited = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
  // Leaving without stop() (an uncaught error) must not leave the server behind.
  const atExit = (): void => void child.kill('SIGINT');
  process.once('exit', atExit);
  return async () => {
    process.removeListener('exit', atExit);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    child.kill('SIGINT');
    const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_LIMIT_MS);
    await exited;
    clearTimeout(timer);
  };
}

async function ensureDatabase(port: number, password: string): Promise<void> {
  const client = new Client({ connectionString: urlOf(port, password, 'postgres') });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== '28P01') throw cause;
    throw new DomainError(
      'CONFLICT',
      'The password in secrets.json is not the one this database was made with. Restore the secrets.json that belongs to it.',
      { cause },
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

function urlOf(port: number, password: string, database: string): string {
  return `postgresql://${OWNER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
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

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-4).join(' | ');
}

function cannotStart(reason: string): DomainError {
  return new DomainError('DEPENDENCY_UNAVAILABLE', `The embedded PostgreSQL cannot start: ${reason}`, {
    retryable: false,
  });
}
