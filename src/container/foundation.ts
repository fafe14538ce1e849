import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { Database } from '../database';
import { hostOf, throughPooler } from '../database/login-url';
import { applyMigrations } from '../database/migration-runner';
import { assertLogin, isSuperuser, setLoginDefaults } from '../database/pooler';
import { ensureRoles } from '../database/roles';
import { DomainError } from '../domain/errors';
import { replaceHonoured, type Honoured } from '../domain/honoured';
import type { QueueBackend } from '../infra/bullmq/connections';
import { migrateQueueSchema } from '../infra/bullmq/queue-schema';
import { openDataDirectory, type DataDirectory } from '../infra/postgres/data-directory';
import { startEmbeddedPostgres } from '../infra/postgres/embedded-postgres';
import {
  loadSecrets,
  readSecretsFile,
  type LoadedSecrets,
  type Rotated,
  type SecretsFile,
} from '../infra/postgres/secrets';
import type { Closers } from './closers';

export interface FoundationSecrets {
  readonly operatorKey: string;
  /** Made at this start: to be printed once. */
  readonly operatorKeyIsNew: boolean;
  readonly auditKey: string;
  /** These two may be rotated while the process runs. */
  readonly keyPeppers: Honoured;
  readonly signingKeys: Honoured;
}

/** What everything else stands on: the data folder, the secrets, the database and the queue's server. */
export interface Foundation {
  readonly secrets: FoundationSecrets;
  readonly database: Database;
  readonly queueBackend: QueueBackend;
  /** Migrations that were applied now, in order. */
  readonly migrated: readonly string[];
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
  if (!config.s3) await mkdir(config.imagesDir, { recursive: true, mode: 0o700 });
  return folder;
}

/** Starts or reaches PostgreSQL, migrates it, and gives its roles their logins. Wants the data folder (`takeDataFolder`). */
export async function openFoundation(config: Config, logger: Logger, closers: Closers): Promise<Foundation> {
  const secrets = await resolveSecrets(config);
  followRotations(config, secrets, logger, closers);

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
  const migrated = await applyMigrations(ownerUrl).catch((error: unknown) => {
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
  const database = await openDatabase(config, { ownerUrl, appUrl, systemUrl }, logger);
  closers.add('database', () => database.close());
  return { secrets, database, queueBackend, migrated };
}

/** By the pooler where there is one; what is not fit for a pooler in transaction mode (LISTEN, locks of a session) goes directly. */
async function openDatabase(
  { database: given, environment }: Config,
  { ownerUrl, appUrl, systemUrl }: { readonly ownerUrl: string; readonly appUrl: string; readonly systemUrl: string },
  logger: Logger,
): Promise<Database> {
  if (!given) return new Database({ appUrl, systemUrl });
  if (environment === 'production' && (await isSuperuser(ownerUrl))) {
    logger.warn('DATABASE_URL logs in as a superuser: a role that owns the database and has CREATEROLE is enough');
  }
  const { pooler } = given;
  if (pooler !== undefined) await setLoginDefaults(ownerUrl, [appUrl, systemUrl]);
  const by = (url: string): string => (pooler === undefined ? url : throughPooler(url, pooler));
  const isPooled = pooler !== undefined;
  await assertLogin(by(appUrl), 'DATABASE_APP_URL', isPooled).catch((error: unknown) => {
    throw sayWhereNotReached(error, by(appUrl), isPooled ? 'DATABASE_POOLER' : 'DATABASE_APP_URL');
  });
  await assertLogin(by(systemUrl), 'DATABASE_SYSTEM_URL', isPooled).catch((error: unknown) => {
    throw sayWhereNotReached(error, by(systemUrl), isPooled ? 'DATABASE_POOLER' : 'DATABASE_SYSTEM_URL');
  });
  return new Database({ appUrl: by(appUrl), systemUrl: by(systemUrl), isPooled });
}

/** The driver's own words for a wrong DATABASE_URL name neither the setting nor the remedy. */
function sayWhereNotReached(error: unknown, url: string, setting = 'DATABASE_URL'): unknown {
  const { code = '' } = error as { code?: string };
  const place = `PostgreSQL at ${hostOf(url)}${new URL(url).pathname}`;
  // ENOENT: there is no such Unix socket.
  if (/^(ENOENT|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ECONNRESET)$/.test(code)) {
    const message = `${place} does not answer (${code}). Start it, or correct ${setting}.`;
    return new DomainError('DEPENDENCY_UNAVAILABLE', message, { cause: error });
  }
  if (/^(28P01|28000|3D000)$/.test(code)) {
    const message = `${place} refuses the login: ${(error as Error).message}. Correct ${setting}.`;
    return new DomainError('DEPENDENCY_UNAVAILABLE', message, { cause: error });
  }
  return error;
}

async function resolveSecrets(config: Config) {
  const { secrets: given, oldSecrets } = config;
  // loadConfig has seen to it that none is missing; the embedded server's password is not needed without one.
  const loaded: LoadedSecrets = config.mayMakeSecrets
    ? await loadSecrets(config.dataDir, given)
    : {
        operatorKey: given.operatorKey ?? '',
        operatorKeyIsNew: false,
        keyPepper: given.keyPepper ?? '',
        signingKey: given.signingKey ?? '',
        auditKey: given.auditKey ?? given.signingKey ?? '',
        dbOwnerPassword: '',
        dbAppPassword: given.dbAppPassword ?? '',
        dbSystemPassword: given.dbSystemPassword ?? '',
        old: [],
      };
  return {
    ...loaded,
    signingKeys: honouredOf(loaded, 'signingKey', oldSecrets.signingKeys),
    keyPeppers: honouredOf(loaded, 'keyPepper', oldSecrets.keyPeppers),
  };
}

function honouredOf(file: SecretsFile, of: Rotated, given: readonly string[] = []): Honoured {
  return [file[of] ?? '', ...(file.old ?? []).filter((one) => one.of === of).map(({ secret }) => secret), ...given];
}

/** How soon a rotation in `secrets.json` is seen. */
const LOOK_EVERY_MS = 1_000;

/** Lets those who hold secrets of the data folder see the ones that `npm run secrets` has made. */
function followRotations(
  config: Config,
  secrets: Pick<FoundationSecrets, 'keyPeppers' | 'signingKeys'>,
  logger: Logger,
  closers: Closers,
): void {
  if (!config.mayMakeSecrets) return;
  const look = async (): Promise<void> => {
    const file = await readSecretsFile(config.dataDir);
    for (const [of, list] of [
      ['signingKey', secrets.signingKeys] as const,
      ['keyPepper', secrets.keyPeppers] as const,
    ]) {
      if (config.secrets[of] !== undefined || file?.[of] === undefined) continue;
      if (replaceHonoured(list, honouredOf(file, of)))
        logger.info({ secret: of, honoured: list.length }, 'secrets were rotated');
    }
  };
  const timer = setInterval(() => {
    look().catch((err: unknown) => logger.warn({ err }, 'secrets.json cannot be read: those of before stay in force'));
  }, LOOK_EVERY_MS);
  timer.unref();
  closers.add('secrets', () => clearInterval(timer));
}

/** Where the index keeps its snapshots. */
export function indexDirectory(config: Config): string {
  return path.join(config.dataDir, 'index');
}
