import { createHash, type Hash } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { DomainError } from '../../domain/errors';
import { BLOCK, paddingOf, readTarHeader, tarHeader, type TarHeader } from './tar-header';

const MANIFEST = 'manifest.json';
/** Of the archive's own layout. A later one is refused. */
const FORMAT = 1;
const MAX_MANIFEST_BYTES = 1_048_576;
const CHUNK = 1_048_576;

/** What a backup says of itself, as the last thing in it: a file that was cut short has none. */
export interface BackupManifest {
  readonly format: number;
  /** Version of Likeness that made it. */
  readonly likeness: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Main version of PostgreSQL. */
  readonly postgres: string;
  /** Migrations that its database has had, in order. */
  readonly migrations: readonly string[];
  readonly entries: number;
  /** Of every byte before the manifest. */
  readonly sha256: string;
}

export type BackupOrigin = Omit<BackupManifest, 'format' | 'entries' | 'sha256'>;

/** Writes a backup: a tar archive, which appears under its name when it is whole. */
export class BackupFileWriter {
  private readonly hash: Hash = createHash('sha256');
  private entries = 0;

  private constructor(
    private readonly file: string,
    private readonly draft: string,
    private readonly handle: FileHandle,
    private readonly stopping: AbortSignal,
  ) {}

  /**
   * @param stopping ends it at the next byte, with its reason.
   * @throws DomainError CONFLICT when there is something of that name, or none can be made.
   */
  static async create(file: string, stopping: AbortSignal): Promise<BackupFileWriter> {
    const draft = `${file}.part`;
    try {
      await (await open(file, 'wx', 0o600)).close();
      return new BackupFileWriter(file, draft, await open(draft, 'w', 0o600), stopping);
    } catch (cause) {
      const { code = '' } = cause as NodeJS.ErrnoException;
      const reason = code === 'EEXIST' ? 'is there already: name another file' : `cannot be written (${code})`;
      throw new DomainError('CONFLICT', `${file} ${reason}.`, { cause, retryable: false });
    }
  }

  addFolder(name: string): Promise<void> {
    return this.begin({ name, isFolder: true, size: 0 });
  }

  /** @param size bytes of the content: what is longer is cut, what is shorter filled up with zeros. */
  async addFile(name: string, size: number, content: AsyncIterable<Uint8Array>): Promise<void> {
    await this.begin({ name, isFolder: false, size });
    let left = size;
    for await (const chunk of content) {
      const taken = chunk.subarray(0, left);
      await this.write(taken);
      left -= taken.length;
      if (left === 0) break;
    }
    for (; left > 0; left -= Math.min(left, CHUNK)) await this.write(Buffer.alloc(Math.min(left, CHUNK)));
    await this.write(Buffer.alloc(paddingOf(size)));
  }

  addBytes(name: string, bytes: Uint8Array): Promise<void> {
    return this.addFile(name, bytes.length, Readable.from([bytes]));
  }

  /** @returns bytes of the whole file, which is on the disk then. */
  async finish(origin: BackupOrigin): Promise<number> {
    const manifest: BackupManifest = {
      format: FORMAT,
      ...origin,
      entries: this.entries,
      sha256: this.hash.digest('hex'),
    };
    const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
    const end = Buffer.alloc(paddingOf(bytes.length) + 2 * BLOCK);
    await this.handle.appendFile(tarHeader({ name: MANIFEST, isFolder: false, size: bytes.length }));
    await this.handle.appendFile(Buffer.concat([bytes, end]));
    await this.handle.sync();
    const { size } = await this.handle.stat();
    await this.handle.close();
    await rename(this.draft, this.file);
    return size;
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    for (const file of [this.draft, this.file]) await rm(file, { force: true });
  }

  private async begin(header: TarHeader): Promise<void> {
    this.entries += 1;
    await this.write(tarHeader(header));
  }

  private async write(bytes: Uint8Array): Promise<void> {
    this.stopping.throwIfAborted();
    if (bytes.length === 0) return;
    this.hash.update(bytes);
    await this.handle.appendFile(bytes).catch((cause: unknown) => {
      throw isFull(cause) ? noRoom(path.dirname(this.file), cause) : cause;
    });
  }
}

/** Reads a backup. */
export class BackupFileReader {
  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    readonly manifest: BackupManifest,
    private readonly end: number,
  ) {}

  /** @throws DomainError BAD_USER_INPUT when it is no whole backup, or one of a later version. */
  static async open(file: string): Promise<BackupFileReader> {
    const handle = await open(file, 'r').catch((cause: NodeJS.ErrnoException) => {
      throw notUsable(file, `cannot be read (${cause.code})`, cause);
    });
    try {
      const { at, header } = await findManifest(file, handle);
      const manifest = parseManifest(file, await readExactly(file, handle, at + BLOCK, header.size));
      return new BackupFileReader(file, handle, manifest, at);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Gives every entry in turn; what is not read of its content is passed over.
   * @throws DomainError BAD_USER_INPUT at the end, when a byte is not what it was.
   */
  async *entries(): AsyncGenerator<TarHeader & { content(): AsyncGenerator<Buffer> }> {
    const hash = createHash('sha256');
    const read = async (at: number, length: number): Promise<Buffer> => {
      const bytes = await readExactly(this.file, this.handle, at, length);
      hash.update(bytes);
      return bytes;
    };
    let count = 0;
    for (let at = 0; at < this.end; count += 1) {
      const header = readTarHeader(await read(at, BLOCK));
      if (!header) throw notUsable(this.file, 'is damaged');
      let next = at + BLOCK;
      const contentEnd = next + header.size;
      const end = contentEnd + paddingOf(header.size);
      const content = async function* (): AsyncGenerator<Buffer> {
        while (next < contentEnd) {
          const bytes = await read(next, Math.min(CHUNK, contentEnd - next));
          next += bytes.length;
          yield bytes;
        }
      };
      yield { ...header, content };
      for (; next < end;) next += (await read(next, Math.min(CHUNK, end - next))).length;
      at = end;
    }
    if (count !== this.manifest.entries || hash.digest('hex') !== this.manifest.sha256) {
      throw notUsable(this.file, 'is damaged: what is in it is not what was put in');
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

async function findManifest(file: string, handle: FileHandle): Promise<{ at: number; header: TarHeader }> {
  const { size } = await handle.stat();
  for (let at = 0; at + BLOCK <= size;) {
    const header = readTarHeader(await readExactly(file, handle, at, BLOCK));
    if (!header) throw notUsable(file, at === 0 ? 'is no backup of Likeness' : 'is damaged, or was cut short');
    const next = at + BLOCK + header.size + paddingOf(header.size);
    if (header.name === MANIFEST && next <= size && header.size <= MAX_MANIFEST_BYTES) return { at, header };
    at = next;
  }
  throw notUsable(file, size === 0 ? 'is empty' : 'was cut short');
}

function parseManifest(file: string, bytes: Buffer): BackupManifest {
  let manifest: Partial<BackupManifest>;
  try {
    manifest = JSON.parse(bytes.toString('utf8')) as Partial<BackupManifest>;
  } catch (cause) {
    throw notUsable(file, 'is damaged', cause);
  }
  const { format, likeness, migrations } = manifest;
  if (typeof format !== 'number' || typeof likeness !== 'string') throw notUsable(file, 'is no backup of Likeness');
  if (format > FORMAT || !Array.isArray(migrations)) {
    throw notUsable(file, `was made by Likeness ${likeness}, in a form that this version does not know`);
  }
  return manifest as BackupManifest;
}

async function readExactly(file: string, handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) throw notUsable(file, 'was cut short');
    done += bytesRead;
  }
  return bytes;
}

/** Whether an error of the system says that a disk is full. */
export const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '');

export function noRoom(folder: string, cause: unknown): DomainError {
  return new DomainError('STORAGE_FULL', `There is no more room in ${folder}. Nothing of it was left there.`, {
    cause,
  });
}

function notUsable(file: string, reason: string, cause?: unknown): DomainError {
  return new DomainError('BAD_USER_INPUT', `${file} ${reason}. Nothing was changed.`, { cause });
}
