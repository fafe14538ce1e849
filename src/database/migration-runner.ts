import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { DomainError } from '../domain/errors';

/** The advisory lock that `prisma migrate` takes, so that the two never run at once. */
const PRISMA_MIGRATE_LOCK = 72_707_369;
const LOCK_WAIT_MS = 15 * 60_000;

interface MigrationFile {
  readonly name: string;
  readonly sql: string;
}

interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

export interface MigrationOptions {
  /** @default `prisma/migrations` of this project */
  readonly directory?: string;
}

/**
 * Brings a database up to date with `prisma/migrations`, and records it as `prisma migrate deploy` would, so that either
 * can be used next. Each migration and its record are one transaction: a failure leaves nothing behind. Safe to call
 * from several processes at once.
 *
 * @param ownerUrl login of the database's owner, who may create roles.
 * @returns the names that were applied now, in order.
 * @throws DomainError CONFLICT when an applied migration was changed, has failed or is unknown here.
 * @throws DomainError DEPENDENCY_UNAVAILABLE when another process holds the lock for longer than a minute.
 */
export async function applyMigrations(ownerUrl: string, options: MigrationOptions = {}): Promise<string[]> {
  const files = await readMigrations(options.directory ?? migrationsDirectory());
  const client = new Client({ connectionString: ownerUrl, application_name: 'likeness-migrate' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await lock(client);
    await client.query(RECORDS_TABLE);
    const pending = pendingOf(files, await readApplied(client));
    for (const file of pending) await apply(client, file);
    return pending.map((file) => file.name);
  } finally {
    await client.end();
  }
}

const RECORDS_TABLE = `
  SET client_min_messages = warning;
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

/** Held by the session, so closing the connection gives it back whatever happens. */
async function lock(client: Client): Promise<void> {
  await client.query(`SET lock_timeout = ${LOCK_WAIT_MS}`);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_MIGRATE_LOCK]);
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== '55P03') throw cause;
    throw new DomainError(
      'DEPENDENCY_UNAVAILABLE',
      'Another process is migrating this database and has not finished in a quarter of an hour. Wait for it, then start again.',
      { cause },
    );
  }
  await client.query('SET lock_timeout = 0');
}

async function readApplied(client: Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    `SELECT migration_name, checksum, finished_at FROM _prisma_migrations
      WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
  return rows;
}

function pendingOf(files: readonly MigrationFile[], applied: readonly AppliedMigration[]): MigrationFile[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  for (const record of applied) {
    const name = record.migration_name;
    const file = byName.get(name);
    if (!file) {
      throw new DomainError(
        'CONFLICT',
        `The database has migration ${name}, which this version does not know. Start the version that applied it, or a newer one.`,
      );
    }
    if (record.finished_at === null) {
      throw new DomainError(
        'CONFLICT',
        `Migration ${name} was begun by another tool and has failed. Repair the database, then mark it with \`prisma migrate resolve\`.`,
      );
    }
    if (!checksumsOf(file.sql).includes(record.checksum)) {
      throw new DomainError(
        'CONFLICT',
        `Migration ${name} was changed after it had been applied. Restore its file; put the change into a new migration.`,
      );
    }
    byName.delete(name);
  }
  return files.filter((file) => byName.has(file.name));
}

async function apply(client: Client, file: MigrationFile): Promise<void> {
  const startedAt = new Date();
  try {
    await client.query('BEGIN');
    await client.query(file.sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
       VALUES ($1, $2, clock_timestamp(), $3, $4, 1)`,
      [randomUUID(), sha256(file.sql), file.name, startedAt],
    );
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    const denied = (cause as { code?: unknown }).code === '42501';
    throw new DomainError(
      'DEPENDENCY_UNAVAILABLE',
      `Migration ${file.name} failed and was undone: ${reason}. ` +
        (denied
          ? 'The login of DATABASE_URL must own the database and have CREATEROLE.'
          : 'Mend the cause, then start again.'),
      { cause, retryable: false },
    );
  }
}

/** Names of the migrations that this version has. */
export async function knownMigrations(): Promise<string[]> {
  return (await readMigrations(migrationsDirectory())).map(({ name }) => name);
}

async function readMigrations(directory: string): Promise<MigrationFile[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => ({
      name,
      sql: await readFile(path.join(directory, name, 'migration.sql'), 'utf8'),
    })),
  );
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A checkout may have changed the line ends, which changes nothing. */
function checksumsOf(sql: string): string[] {
  const unix = sql.replaceAll('\r\n', '\n');
  return [sha256(sql), sha256(unix), sha256(unix.replaceAll('\n', '\r\n'))];
}

/** The same folder from TypeScript and from dist/. */
function migrationsDirectory(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const directory = path.join(folder, 'prisma', 'migrations');
    if (existsSync(path.join(folder, 'package.json')) && existsSync(directory)) return directory;
    if (folder === path.dirname(folder)) throw new Error('No prisma/migrations above the program');
  }
}
