import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config';
import { BackupFileWriter } from '../infra/archive/backup-file';
import { BaseBackup } from '../infra/postgres/base-backup';
import { projectRoot } from './engines';

/** What an entry of a backup is of: its first word. */
export const PARTS = { database: 'postgres', images: 'images', packs: 'packs', models: 'models' } as const;
export const FILES = { secrets: 'secrets.json', ledger: 'erasures.jsonl' } as const;

/** Fetched model files lie under their checksum; what was compiled of them is compiled again. */
const FETCHED = /^[0-9a-f]{64}$/;
/** How long it is waited for erasures to be in the ledger: that takes a second. */
const LEDGER_WAIT_MS = 10_000;

export interface BackupSummary {
  readonly bytes: number;
  readonly images: number;
}

/**
 * Writes all that a data folder holds into one file, while its server runs: the database as of one moment, and every image
 * that it knows of. The index is left out, since it is built from the database.
 *
 * @param ownerUrl of the PostgreSQL that runs on the folder.
 * @throws DomainError CONFLICT when the file is there already or cannot be written, STORAGE_FULL when its disk is full, and the
 * reason of `stopping`; nothing is left of the file then.
 */
export async function writeBackup(
  config: Config,
  ownerUrl: string,
  file: string,
  stopping: AbortSignal,
): Promise<BackupSummary> {
  const writer = await BackupFileWriter.create(file, stopping);
  try {
    await addSettled(config, writer);
    const backup = await BaseBackup.begin(ownerUrl, path.join(config.dataDir, 'postgres'));
    try {
      const images = await addDatabaseAndImages(config, backup, writer);
      // What was erased since the moment is in no answer of the copy: the ledger that goes with it says so.
      await backup.untilErasuresAreWritten(LEDGER_WAIT_MS);
      await addLedger(config.erasureLedger, writer);
      const createdAt = new Date().toISOString();
      const bytes = await writer.finish({ likeness: productVersion(), createdAt, ...(await backup.describe()) });
      return { bytes, images };
    } finally {
      await backup.close();
    }
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

/** What seldom changes, and what the database does not know of. */
async function addSettled(config: Config, writer: BackupFileWriter): Promise<void> {
  await writer.addBytes(FILES.secrets, await readFile(path.join(config.dataDir, FILES.secrets)));
  await addFolder(writer, path.join(config.dataDir, 'packs'), PARTS.packs, () => true);
  await addFolder(writer, path.join(config.dataDir, 'models'), PARTS.models, (name) => FETCHED.test(name));
}

/** @returns how many images and uploads there are in it. */
async function addDatabaseAndImages(config: Config, backup: BaseBackup, writer: BackupFileWriter): Promise<number> {
  const images = new ImageCopy(config.imagesDir, writer);
  for await (const { name, isFolder, size, content } of backup.files()) {
    const place = `${PARTS.database}/${name}`;
    await (isFolder ? writer.addFolder(place) : writer.addFile(place, size, content()));
  }
  // Before the database's moment, so that nothing is missed that is used up and removed right after it; once more, since the
  // first time may take hours; and after it, for what came last. What the database does not know is removed at the restore.
  await images.copyNew();
  await images.copyNew();
  for (const { name, size, content } of await backup.end()) {
    await writer.addFile(`${PARTS.database}/${name}`, size, content());
  }
  await images.copyNew();
  return images.count;
}

async function addLedger(ledger: string, writer: BackupFileWriter): Promise<void> {
  if (!existsSync(ledger)) return;
  const { size } = await stat(ledger);
  await writer.addFile(FILES.ledger, size, createReadStream(ledger, { end: Math.max(size - 1, 0) }));
}

/** Copies images and uploads, each once. */
class ImageCopy {
  private readonly copied = new Set<string>();

  constructor(
    private readonly folder: string,
    private readonly writer: BackupFileWriter,
  ) {}

  get count(): number {
    return this.copied.size;
  }

  /** Those that have not been copied yet. */
  async copyNew(): Promise<void> {
    for (const kind of ['images', 'uploads']) {
      await addFolder(this.writer, path.join(this.folder, kind), `${PARTS.images}/${kind}`, (_name, place) => {
        if (this.copied.has(place)) return false;
        this.copied.add(place);
        return true;
      });
    }
  }
}

/** Adds the files below a folder; one that goes meanwhile is passed over. */
async function addFolder(
  writer: BackupFileWriter,
  folder: string,
  place: string,
  isWanted: (name: string, place: string) => boolean,
): Promise<void> {
  for (const found of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const [file, inside] = [path.join(folder, found.name), `${place}/${found.name}`];
    if (found.isDirectory()) await addFolder(writer, file, inside, isWanted);
    else if (isWanted(found.name, inside)) {
      // Images are small, and one that is read whole cannot go in the middle.
      const bytes = await readFile(file).catch(() => undefined);
      if (bytes) await writer.addBytes(inside, bytes);
    }
  }
}

function productVersion(): string {
  const file = path.join(projectRoot(), 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
