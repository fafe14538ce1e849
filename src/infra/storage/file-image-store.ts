import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, type Dirent } from 'node:fs';
import { access, link, mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { DomainError, notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import { partsOfImageKey, partsOfImagePrefix } from '../../domain/image-keys';
import type { ImageStore } from '../../ports/image-store';

/** Holds files that are being written. On the same file system, so that a rename is atomic. */
const TEMPORARY = 'tmp';
/** No write takes this long: an older temporary file belongs to a process that died. */
const ABANDONED_AFTER_MS = 3_600_000;
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export interface FileImageStoreOptions {
  /** Made when it is missing (0700). May be shared by several processes. */
  readonly directory: string;
}

/**
 * Images as files `<directory>/<kind>/<tenantId>/<fan>/<id>`, readable by this account alone. `fan` is the last two
 * digits of the id, which are random in a UUIDv7, so that no folder grows past a few thousand files.
 */
export class FileImageStore implements ImageStore {
  private readonly directory: string;
  private swept: Promise<void> | undefined;

  constructor(options: FileImageStoreOptions) {
    this.directory = path.resolve(options.directory);
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const target = this.fileOf(key);
    const temporary = path.join(this.directory, TEMPORARY, randomUUID());
    try {
      await (this.swept ??= this.sweep());
      await this.write(temporary, bytes);
      await this.moveInto(temporary, target);
    } catch (error) {
      this.swept = undefined;
      await unlink(temporary).catch(() => undefined);
      throw storageError(error);
    }
  }

  /** A second name for the same file: safe because no file is ever changed, only replaced. */
  async copy(from: string, to: string): Promise<void> {
    const [source, target] = [this.fileOf(from), this.fileOf(to)];
    try {
      await link(source, target);
      await syncFolder(path.dirname(target));
    } catch {
      // No such folder yet, something in the way, or a file system without such names: by its bytes, then.
      await this.put(to, await this.get(from));
    }
  }

  async get(key: string): Promise<Uint8Array> {
    try {
      return await readFile(this.fileOf(key));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') throw notFound('image');
      throw storageError(error);
    }
  }

  async digest(key: string): Promise<string | null> {
    const hash = createHash('sha256');
    try {
      for await (const part of createReadStream(this.fileOf(key))) hash.update(part as Buffer);
      return hash.digest('hex');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw storageError(error);
    }
  }

  async delete(key: string): Promise<void> {
    try {
      await unlink(this.fileOf(key));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw storageError(error);
    }
  }

  async *list(prefix: string): AsyncIterable<string> {
    const { kind, tenantId } = partsOfImagePrefix(prefix);
    const folder = path.join(this.directory, kind, tenantId);
    for (const fan of await this.entriesOf(folder)) {
      if (!fan.isDirectory()) continue;
      for (const file of await this.entriesOf(path.join(folder, fan.name))) {
        if (file.isFile() && isId(file.name)) yield `${prefix}/${file.name}`;
      }
    }
  }

  async ping(): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      await access(this.directory, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw storageError(error);
    }
  }

  private fileOf(key: string): string {
    const { kind, tenantId, id } = partsOfImageKey(key);
    return path.join(this.directory, kind, tenantId, id.slice(-2), id);
  }

  private async write(file: string, bytes: Uint8Array): Promise<void> {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  private async moveInto(temporary: string, target: string): Promise<void> {
    const folder = path.dirname(target);
    try {
      await rename(temporary, target);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      await this.makeFolder(folder);
      await rename(temporary, target);
    }
    await syncFolder(folder);
  }

  /** A new folder is durable once every folder above it, up to the first that was there, is. */
  private async makeFolder(folder: string): Promise<void> {
    const first = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    const top = path.dirname(first);
    for (let at = path.dirname(folder); at.length >= top.length; at = path.dirname(at)) await syncFolder(at);
  }

  /** Makes the folder for temporary files, and removes those that a killed process has left. */
  private async sweep(): Promise<void> {
    const folder = path.join(this.directory, TEMPORARY);
    await this.makeFolder(folder);
    for (const entry of await this.entriesOf(folder)) {
      const file = path.join(folder, entry.name);
      const age = await stat(file).then(
        (found) => Date.now() - found.mtimeMs,
        () => 0,
      );
      if (age > ABANDONED_AFTER_MS) await unlink(file).catch(() => undefined);
    }
  }

  private async entriesOf(folder: string): Promise<Dirent[]> {
    try {
      return await readdir(folder, { withFileTypes: true });
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw storageError(error);
    }
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function storageError(error: unknown): unknown {
  const code = codeOf(error);
  if (NO_ROOM.has(code)) {
    return new DomainError(
      'STORAGE_FULL',
      'There is no room left to store the image. Free space in the images folder or its quota, then try again.',
      { cause: error },
    );
  }
  if (code === '') return error;
  return new DomainError(
    'DEPENDENCY_UNAVAILABLE',
    `The image store cannot answer (${code}). Check that the images folder is there and writable.`,
    { cause: error },
  );
}
