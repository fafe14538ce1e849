import { randomUUID } from 'node:crypto';
import { readFileSync, unlinkSync } from 'node:fs';
import { chmod, link, mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { DomainError } from '../../domain/errors';
import { bootOf, describeProcess, isRunning, processSpaceOf, startOf } from './process-identity';

/** How often a holder shows that it lives, and after how long a holder whom we cannot look up is taken for gone. */
const HEARTBEAT_MS = 5_000;
const SILENT_MS = 30_000;
/** Two processes must not both clear the same stale lock; clearing takes milliseconds. */
const CLEARING_MS = 10_000;

/** Who holds a data folder, as its `lock` says. */
export interface Holder {
  readonly token: string;
  readonly pid: number;
  readonly since: string;
  readonly host: string;
  readonly command: string;
  /** Of the machine, of the pid's namespace and of the process: what tells a process from a later one with its number. */
  readonly boot: string;
  readonly space: string;
  readonly start: string | undefined;
}

export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  /**
   * Writes beside the lock where this process's API listens, for commands that look for it (`findRunningServer`).
   * @returns takes it back: call it before the API stops listening.
   */
  announce(url: string): Promise<() => Promise<void>>;
  /** Gives the folder back. */
  release(): Promise<void>;
}

/**
 * Makes the data folder where it is missing and takes it for this process alone. A holder that was killed is recognised
 * by its pid and start time; one on another machine or in another container by its silence.
 *
 * @throws DomainError CONFLICT naming who holds it.
 */
export async function openDataDirectory(dataDir: string): Promise<DataDirectory> {
  const folder = path.resolve(dataDir);
  await makeFolder(folder);
  const lockFile = lockFileOf(folder);
  const token = randomUUID();
  const draft = `${lockFile}.${token}`;
  await writeFile(draft, JSON.stringify(ourselves(token)), { mode: 0o600 });
  try {
    await take(folder, lockFile, draft);
  } finally {
    await rm(draft, { force: true });
  }
  return hold(folder, lockFile, token);
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // As root the account of the embedded server must pass through (0711); nobody else may look inside.
    const mode = (await stat(folder)).mode & 0o777;
    if ((mode & 0o066) !== 0) await chmod(folder, mode & ~0o066);
  } catch (cause) {
    throw new DomainError(
      'CONFLICT',
      `The data folder ${folder} cannot be made or is another user's. Set LIKENESS_DATA_DIR to a folder of yours.`,
      { cause },
    );
  }
}

async function take(folder: string, lockFile: string, draft: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // A hard link appears whole or not at all, and only one of two can make it.
      await link(draft, lockFile);
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    }
    const holder = await readHolder(lockFile);
    if (holder && (attempt === 3 || (await isHeld(holder, lockFile)))) throw heldBy(folder, holder);
    await clearStale(lockFile, holder);
  }
}

export const lockFileOf = (folder: string): string => path.join(folder, 'lock');
export const addressFileOf = (folder: string): string => path.join(folder, 'address');

export async function readHolder(lockFile: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(lockFile, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Whether the holder lives, as far as can be known from here. */
export async function isHeld(holder: Holder, lockFile: string): Promise<boolean> {
  if (!isOfThisMachine(holder)) {
    const seen = await stat(lockFile).catch(() => undefined);
    return seen !== undefined && Date.now() - seen.mtimeMs < SILENT_MS;
  }
  if (holder.boot !== bootOf()) return false;
  if (!isRunning(holder.pid)) return false;
  const start = startOf(holder.pid);
  return start === undefined || holder.start === undefined || start === holder.start;
}

/** Whether its pid means the same process to us: it is neither on another machine nor in another container. */
export function isOfThisMachine(holder: Holder): boolean {
  return holder.host === hostname() && holder.space === processSpaceOf();
}

async function clearStale(lockFile: string, stale: Holder | undefined): Promise<void> {
  const guard = `${lockFile}.clearing`;
  const since = await stat(guard).catch(() => undefined);
  if (since && Date.now() - since.mtimeMs > CLEARING_MS) await rm(guard, { force: true });
  try {
    await (await open(guard, 'wx', 0o600)).close();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new DomainError('CONFLICT', 'Another process is taking the data folder at this moment. Start again.', {
      cause,
    });
  }
  try {
    // Only what was judged: it may have been cleared, and taken, in between.
    if ((await readHolder(lockFile))?.token === stale?.token) await rename(lockFile, `${lockFile}.stale`);
    await rm(`${lockFile}.stale`, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

function hold(folder: string, lockFile: string, token: string): DataDirectory {
  const beat = setInterval(() => {
    const now = new Date();
    utimes(lockFile, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  beat.unref();
  const letGo = (): void => {
    clearInterval(beat);
    try {
      const holder = JSON.parse(readFileSync(lockFile, 'utf8')) as Holder;
      if (holder.token === token) unlinkSync(lockFile);
    } catch {
      // Somebody removed the folder.
    }
  };
  process.once('exit', letGo);
  return {
    path: folder,
    announce: (url) => announce(addressFileOf(folder), token, url),
    release: async () => {
      process.removeListener('exit', letGo);
      letGo();
    },
  };
}

async function announce(addressFile: string, token: string, url: string): Promise<() => Promise<void>> {
  const draft = `${addressFile}.${token}`;
  // With the token of the lock, so that what a killed holder left is not taken for the next one's.
  await writeFile(draft, JSON.stringify({ token, url }), { mode: 0o600 });
  await rename(draft, addressFile);
  return () => rm(addressFile, { force: true });
}

function ourselves(token: string): Holder {
  return {
    token,
    pid: process.pid,
    since: new Date().toISOString(),
    host: hostname(),
    command: describeProcess(),
    boot: bootOf(),
    space: processSpaceOf(),
    start: startOf(process.pid),
  };
}

function heldBy(folder: string, holder: Holder): DomainError {
  return new DomainError(
    'CONFLICT',
    `${describeHolder(folder, holder)}. Stop it, or set LIKENESS_DATA_DIR to another folder.`,
    { retryable: false },
  );
}

/** The beginning of a sentence. */
export function describeHolder(folder: string, holder: Holder): string {
  const elsewhere = holder.host === hostname() ? '' : ` on ${holder.host}`;
  return `${folder} is held by pid ${holder.pid}${elsewhere} since ${holder.since} (${holder.command})`;
}
