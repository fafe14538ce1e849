import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { DomainError } from '../../domain/errors';
import { chooseAccount } from './account';
import { locateBinaries } from './binaries';
import { ensureCluster, OWNER } from './cluster';
import { readyPort, stopOrphan } from './orphan';
import { launchServer, type ServerOptions, type ServerProcess } from './server-process';

const DATABASE = 'likeness';
const RESTART_MIN_MS = 100;
const RESTART_MAX_MS = 30_000;

export interface EmbeddedPostgresOptions {
  /** The data folder, whose lock the caller holds. The cluster is in `postgres/` below it, the log in `postgres.log`. */
  readonly dataDir: string;
  readonly passwords: { readonly owner: string };
  /** Further settings of PostgreSQL. @default none */
  readonly settings?: Readonly<Record<string, string>>;
  /** Told when the server has ended by itself, and each time that it could not be started again. */
  readonly onCrash?: (reason: string) => void;
}

export interface EmbeddedPostgres {
  /** Login of the owner, on 127.0.0.1. */
  readonly ownerUrl: string;
  /** Of the server now running. */
  readonly pid: number;
  /** Shuts the server down, cutting open connections. Settles when it is gone. */
  stop(): Promise<void>;
}

/**
 * Runs PostgreSQL from npm on the cluster in the data folder, which is made at first start. What an earlier run left
 * running is stopped first; a server that ends by itself is started again on the same port.
 *
 * @throws DomainError DEPENDENCY_UNAVAILABLE when it cannot run here, CONFLICT when the cluster is of another version or
 * has another password.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = path.resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const { account, binaries } = chooseAccount(locateBinaries(), dataDir);
  const { initdb, postgres } = binaries;
  const ownerPassword = options.passwords.owner;
  const clusterDir = await ensureCluster({ dataDir, initdb, account, ownerPassword });
  await stopOrphan(clusterDir);
  const serverOptions = { dataDir, clusterDir, postgres, account, settings: options.settings ?? {} };
  const server = await launchServer(serverOptions);
  try {
    await ensureDatabase(server.port, ownerPassword);
  } catch (error) {
    await server.stop();
    throw error;
  }
  const kept = keepRunning(server, serverOptions, options.onCrash ?? (() => undefined));
  return {
    ownerUrl: urlOf(server.port, ownerPassword, DATABASE),
    get pid() {
      return kept.pid();
    },
    stop: kept.stop,
  };
}

/**
 * Login of the owner at the server that already runs on a data folder.
 * @throws DomainError CONFLICT when none does, or it has not begun to serve yet.
 */
export function runningServerUrl(dataDir: string, ownerPassword: string): string {
  const port = readyPort(path.join(path.resolve(dataDir), 'postgres'));
  if (port === undefined) {
    throw new DomainError('CONFLICT', `No PostgreSQL serves ${dataDir} at this moment. Wait until Likeness is up.`, {
      retryable: true,
    });
  }
  return urlOf(port, ownerPassword, DATABASE);
}

function keepRunning(first: ServerProcess, options: ServerOptions, onCrash: (reason: string) => void) {
  let server = first;
  const stopping = new AbortController();
  const watch = async (): Promise<void> => {
    for (;;) {
      await server.ended;
      if (stopping.signal.aborted) return;
      onCrash('The embedded PostgreSQL has ended; starting it again.');
      for (let pauseMs = RESTART_MIN_MS; ; pauseMs = Math.min(pauseMs * 2, RESTART_MAX_MS)) {
        try {
          await stopOrphan(options.clusterDir);
          server = await launchServer(options, first.port);
          if (stopping.signal.aborted) return await server.stop();
          break;
        } catch (error) {
          onCrash(error instanceof Error ? error.message : String(error));
          await wait(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
          if (stopping.signal.aborted) return;
        }
      }
    }
  };
  const watched = watch();
  return {
    pid: () => server.pid,
    stop: async () => {
      stopping.abort();
      await server.stop();
      await watched;
    },
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
