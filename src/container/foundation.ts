import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { Database } from '../database';
import { applyMigrations } from '../database/migration-runner';
import { ensureRoles } from '../database/roles';
import { DomainError } from '../domain/errors';
import type { QueueBackend } from '../infra/bullmq/connections';
import { migrateQueueSchema } from '../infra/bullmq/queue-schema';
import { openDataDirectory, type DataDirectory } from '../infra/postgres/data-directory';
import { startEmbeddedPostgres } from '../infra/postgres/embedded-postgres';
import { loadSecrets } from '../infra/postgres/secrets';
import type { Closers } from './closers';

export interface FoundationSecrets {
  readonly operatorKey: string;
  /** Made at this start: to be printed once. */
  readonly operatorKeyIsNew: boolean;
  readonly keyPepper: string;
  readonly signingKey: string;
}

/** What everything else stands on: the data folder, the secrets, the database and the queue's server. */
export interface Foundation {
  readonly secrets: FoundationSecrets;
  readonly database: Database;
  readonly queueBackend: QueueBackend;
}

/**
 * Whether no other process may have the folder. Where every secret is given and every engine is elsewhere, nothing in it is one
 * process's own: images and models may be shared, as between split roles.
 */
export function ownsDataFolder(config: Config): boolean {
  return config.mayMakeSecrets || !config.database || !config.milvus;
}

/**
 * Makes the data folder, and takes it for this process alone where something in it is one process's own.
 * @returns the folder where it was taken, else null.
 * @throws DomainError CONFLICT when another process holds it.
 */
export async function takeDataFolder(config: Config, closers: Closers): Promise<DataDirectory | null> {
  const folder = ownsDataFolder(config) ? await openDataDirectory(config.dataDir) : null;
  if (folder) closers.add('data folder', () => folder.release());
  await mkdir(config.imagesDir, { recursive: true, mode: 0o700 });
  return folder;
}

/** Starts or reaches PostgreSQL, migrates it, and gives its roles their logins. Wants the data folder (`takeDataFolder`). */
export async function openFoundation(config: Config, logger: Logger, closers: Closers): Promise<Foundation> {
  const secrets = await resolveSecrets(config);

  let ownerUrl = config.database?.ownerUrl;
  if (ownerUrl === undefined) {
    const server = await startEmbeddedPostgres({
      dataDir: config.dataDir,
      passwords: { owner: secrets.dbOwnerPassword },
      onCrash: (reason) => logger.error({ reason }, 'the embedded PostgreSQL ended by itself and is started again'),
    });
    closers.add('PostgreSQL', () => server.stop());
    ownerUrl = server.ownerUrl;
  }
  await applyMigrations(ownerUrl).catch((error: unknown) => {
    throw sayWhereNotReached(error, ownerUrl);
  });
  const { appUrl, systemUrl } =
    config.database?.appUrl && config.database.systemUrl
      ? { appUrl: config.database.appUrl, systemUrl: config.database.systemUrl }
      : await ensureRoles(ownerUrl, {
          appPassword: secrets.dbAppPassword,
          systemPassword: secrets.dbSystemPassword,
        });
  const queueBackend: QueueBackend = config.redisUrl
    ? { kind: 'redis', url: config.redisUrl }
    : { kind: 'postgres', url: systemUrl };
  if (queueBackend.kind === 'postgres') await migrateQueueSchema({ ownerUrl, runtimeRole: 'likeness_system' });
  const database = new Database({ appUrl, systemUrl });
  closers.add('database', () => database.close());
  return { secrets, database, queueBackend };
}

/** The driver's own words for a wrong DATABASE_URL name neither the setting nor the remedy. */
function sayWhereNotReached(error: unknown, url: string): unknown {
  const { code = '' } = error as { code?: string };
  const { host, pathname } = new URL(url);
  const place = `PostgreSQL at ${host}${pathname}`;
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ECONNRESET)$/.test(code)) {
    const message = `${place} does not answer (${code}). Start it, or correct DATABASE_URL.`;
    return new DomainError('DEPENDENCY_UNAVAILABLE', message, { cause: error });
  }
  if (/^(28P01|28000|3D000)$/.test(code)) {
    const message = `${place} refuses the login: ${(error as Error).message}. Correct DATABASE_URL.`;
    return new DomainError('DEPENDENCY_UNAVAILABLE', message, { cause: error });
  }
  return error;
}

async function resolveSecrets(config: Config) {
  const given = config.secrets;
  if (config.mayMakeSecrets) return loadSecrets(config.dataDir, given);
  // loadConfig has seen to it that none is missing; the embedded server's password is not needed without one.
  return {
    operatorKey: given.operatorKey ?? '',
    operatorKeyIsNew: false,
    keyPepper: given.keyPepper ?? '',
    signingKey: given.signingKey ?? '',
    dbOwnerPassword: '',
    dbAppPassword: given.dbAppPassword ?? '',
    dbSystemPassword: given.dbSystemPassword ?? '',
  };
}

/** Where the index keeps its snapshots. */
export function indexDirectory(config: Config): string {
  return path.join(config.dataDir, 'index');
}
