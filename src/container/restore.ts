import { randomUUID } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Config } from '../config';
import { knownMigrations } from '../database/migration-runner';
import { DomainError } from '../domain/errors';
import { BackupFileReader, isFull, noRoom, type BackupManifest } from '../infra/archive/backup-file';
import { openDataDirectory } from '../infra/postgres/data-directory';
import { ownCluster, recoverCluster, type RestoredFacts } from '../infra/postgres/restored-cluster';
import { readSecretsFile } from '../infra/postgres/secrets';
import { FILES, PARTS } from './backup';

export interface RestoreSummary {
  readonly createdAt: string;
  readonly likeness: string;
  readonly persons: number;
  readonly faces: number;
  readonly images: number;
  /** Images that the database knows and that were not in the backup. */
  readonly missing: number;
  /** A ledger of the place that the settings name was left there: it is newer. */
  readonly keptLedger: boolean;
}

const FOLDERS: ReadonlySet<string> = new Set(Object.values(PARTS));
const SINGLE: ReadonlySet<string> = new Set(Object.values(FILES));

/**
 * Puts a backup into the data folder of the settings, which must be empty. The database is brought to its moment first, then
 * all of it moves into its place.
 *
 * @throws DomainError BAD_USER_INPUT when the file is no whole backup or of a later version; CONFLICT when the folder is
 * another process's or not empty; STORAGE_FULL; the reason of `stopping`. Nothing is left in the folder then.
 */
export async function restoreBackup(config: Config, file: string, stopping: AbortSignal): Promise<RestoreSummary> {
  const reader = await BackupFileReader.open(file);
  try {
    await assertKnown(file, reader.manifest);
    const folder = await openDataDirectory(config.dataDir);
    try {
      await assertEmpty(config.dataDir);
      await assertEmpty(config.imagesDir);
      return await restoreInto(config, reader, stopping);
    } finally {
      await folder.release();
    }
  } finally {
    await reader.close();
  }
}

async function assertKnown(file: string, { likeness, migrations }: BackupManifest): Promise<void> {
  const known = new Set(await knownMigrations());
  const unknown = migrations.find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new DomainError(
    'BAD_USER_INPUT',
    `${file} was made by a newer Likeness (${likeness}, with migration ${unknown}). Restore it with that version or a later one. Nothing was changed.`,
  );
}

async function assertEmpty(folder: string): Promise<void> {
  const found = (await readdir(folder).catch(() => [])).filter((name) => !/^lock(\.|$)/.test(name));
  if (found.length === 0) return;
  throw new DomainError(
    'CONFLICT',
    `${folder} is not empty: it has ${found.slice(0, 3).join(', ')}. Move that away, or name another folder with LIKENESS_DATA_DIR. Nothing was changed.`,
    { retryable: false },
  );
}

async function restoreInto(config: Config, reader: BackupFileReader, stopping: AbortSignal): Promise<RestoreSummary> {
  const draft = `restoring-${randomUUID()}`;
  await mkdir(config.imagesDir, { recursive: true, mode: 0o700 });
  const staged = { data: path.join(config.dataDir, draft), images: path.join(config.imagesDir, draft) };
  try {
    for (const folder of Object.values(staged)) await mkdir(folder, { mode: 0o700 });
    await extract(reader, staged, stopping);
    ownCluster(config.dataDir);
    const { dbOwnerPassword = '' } = (await readSecretsFile(staged.data)) ?? {};
    ownCluster(staged.data);
    const facts = await recoverCluster(staged.data, dbOwnerPassword);
    const images = await sortOut(staged.images, facts);
    const keptLedger = await moveLedger(path.join(staged.data, FILES.ledger), config.erasureLedger);
    // The images first and the database last: a start before the end finds no database that it could serve without them.
    await moveInto(staged.images, config.imagesDir);
    await moveInto(staged.data, config.dataDir);
    const { createdAt, likeness } = reader.manifest;
    const { persons, faces } = facts;
    return { createdAt, likeness, persons, faces, images, missing: facts.images.size - images, keptLedger };
  } catch (error) {
    for (const folder of Object.values(staged)) await rm(folder, { recursive: true, force: true });
    if (config.imagesDir.startsWith(config.dataDir)) await rmdir(config.imagesDir).catch(() => undefined);
    throw isFull(error) ? noRoom(config.dataDir, error) : error;
  }
}

/** @throws DomainError BAD_USER_INPUT when a byte is not what it was. */
async function extract(
  reader: BackupFileReader,
  staged: { readonly data: string; readonly images: string },
  stopping: AbortSignal,
): Promise<void> {
  for await (const { name, isFolder, content } of reader.entries()) {
    stopping.throwIfAborted();
    const [part = '', ...rest] = name.split('/');
    const isOurs = rest.length === 0 ? SINGLE.has(part) || FOLDERS.has(part) : FOLDERS.has(part);
    if (!isOurs || rest.some((word) => word === '' || word === '.' || word === '..')) {
      throw new DomainError('BAD_USER_INPUT', `The backup holds ${name}, which no backup has. Nothing was changed.`);
    }
    const place = part === PARTS.images ? path.join(staged.images, ...rest) : path.join(staged.data, part, ...rest);
    await mkdir(isFolder ? place : path.dirname(place), { recursive: true, mode: 0o700 });
    if (!isFolder) await pipeline(content(), createWriteStream(place, { mode: 0o600 }));
  }
}

/** Removes files that the database does not know: they were used up or erased while the backup was made. @returns images that stay. */
async function sortOut(folder: string, { images, uploads }: RestoredFacts): Promise<number> {
  let kept = 0;
  for (const name of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const file = path.join(name.parentPath, name.name);
    // <kind>/<tenant>/<fan>/<id>
    const [kind, tenantId, , id] = path.relative(folder, file).split(path.sep);
    const key = `${kind}/${tenantId}/${id}`;
    if (images.has(key)) kept += 1;
    else if (!uploads.has(key)) await rm(file);
  }
  return kept;
}

/** A ledger that is there already is newer than the backup's: it stays. @returns whether one was. */
async function moveLedger(from: string, to: string): Promise<boolean> {
  if (existsSync(to)) {
    await rm(from, { force: true });
    return true;
  }
  if (!existsSync(from)) return false;
  await mkdir(path.dirname(to), { recursive: true, mode: 0o700 });
  const bytes = await readFile(from);
  const handle = await open(to, 'wx', 0o600);
  await handle.writeFile(bytes);
  await handle.sync();
  await handle.close();
  await rm(from);
  return false;
}

async function moveInto(staged: string, folder: string): Promise<void> {
  const names = (await readdir(staged)).sort((a, b) => Number(a === PARTS.database) - Number(b === PARTS.database));
  for (const name of names) await rename(path.join(staged, name), path.join(folder, name));
  await rmdir(staged);
}
