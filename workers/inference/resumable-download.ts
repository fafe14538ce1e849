import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sha256OfFile } from './checksum';
import { exists, isAlive, publish } from './model-store';

/** Attempts in a row that bring nothing new before it is given up. */
const FRUITLESS_ATTEMPTS = 4;
/** A server that sends nothing for this long is asked again. */
const SILENCE_MS = 30_000;

export interface RemoteFile {
  readonly url: string;
  /** Its exact length. */
  readonly bytes: number;
  readonly sha256: string;
}

export interface DownloadOptions {
  /** Called as bytes arrive, with how many are here. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
  /** Pause before asking again, longer each time. @default 1000 */
  readonly retryDelayMs?: number;
}

/** What asking again does not mend. */
class Refused extends Error {}

/**
 * Fetches a file into `folder` under its checksum, going on where an earlier try, of this process or of one that was
 * ended, has stopped. Only a file of the right length and checksum ever bears the name.
 *
 * @returns the file's place.
 * @throws Error saying what was wrong and whether what has arrived is kept.
 */
export async function downloadTo(folder: string, file: RemoteFile, options: DownloadOptions = {}): Promise<string> {
  const target = path.join(folder, file.sha256);
  if ((await exists(target)) && (await sha256OfFile(target)) === file.sha256) return target;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const part = await adoptPart(folder, file.sha256);
  await receive(part, file, options);
  if ((await sha256OfFile(part)) !== file.sha256) {
    await rm(part);
    throw new Error(`${file.url} has another sha256 than its pack names; it was not kept`);
  }
  await publish(part, target);
  return target;
}

async function receive(
  part: string,
  file: RemoteFile,
  { onProgress, signal, retryDelayMs = 1_000 }: DownloadOptions,
): Promise<void> {
  const handle = await open(part, 'a+', 0o600);
  try {
    let fruitless = 0;
    for (let have = (await handle.stat()).size; have !== file.bytes;) {
      let problem: unknown;
      try {
        await appendFrom(handle, have, file, signal, onProgress);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof Refused) {
          if (have === 0) await rm(part, { force: true });
          throw error;
        }
        problem = error;
      }
      const now = (await handle.stat()).size;
      if (now > file.bytes) {
        await rm(part, { force: true });
        throw new Error(`${file.url} is longer than the ${file.bytes} bytes that its pack names; it was not kept`);
      }
      fruitless = now > have ? 0 : fruitless + 1;
      have = now;
      if (fruitless < FRUITLESS_ATTEMPTS) {
        if (have !== file.bytes) await delay(retryDelayMs * (fruitless + 1), undefined, { signal });
        continue;
      }
      const reason = problem instanceof Error ? `: ${reasonOf(problem)}` : '';
      throw new Error(
        `${file.url} stopped after ${have} of ${file.bytes} bytes${reason}. Run it again: it goes on from there.`,
      );
    }
    onProgress?.(file.bytes);
  } finally {
    await handle.close();
  }
}

/** fetch hides why it failed in the cause. */
const reasonOf = (error: Error): string => (error.cause instanceof Error ? error.cause.message : error.message);

/** One request for what is missing. Returns when the server has nothing more to say, whether or not that was all. */
async function appendFrom(
  handle: FileHandle,
  have: number,
  { url, bytes }: RemoteFile,
  signal: AbortSignal | undefined,
  onProgress: ((bytes: number) => void) | undefined,
): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`nothing came for ${SILENCE_MS / 1_000} s`)), SILENCE_MS);
  try {
    const response = await fetch(url, {
      headers: { 'accept-encoding': 'identity', ...(have > 0 ? { range: `bytes=${have}-` } : {}) },
      signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
    });
    if (response.status >= 400 && response.status < 500 && ![408, 416, 429].includes(response.status)) {
      throw new Refused(`${url} answered ${response.status}`);
    }
    if (!response.ok || response.body === null) {
      // The server does not have what was asked for: what is here cannot be a part of it.
      if (response.status === 416) await handle.truncate(0);
      throw new Error(`the server answered ${response.status}`);
    }
    const start = startOf(response);
    const length = response.headers.get('content-length');
    if (length !== null && start + Number(length) !== bytes) {
      throw new Refused(`${url} has ${start + Number(length)} bytes, and its pack names ${bytes}: it is another file`);
    }
    if (start !== have) await handle.truncate(0);
    let here = start === have ? have : 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      await handle.appendFile(chunk);
      here += chunk.length;
      onProgress?.(here);
      timer.refresh();
      if (here > bytes) return;
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}

/** Where in the file the answer begins: a server may send the whole though a part was asked for. */
function startOf(response: Response): number {
  if (response.status !== 206) return 0;
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return match ? Number(match[1]) : 0;
}

/** The unfinished file to go on with: one that a process that is no more has left behind becomes this one's. */
async function adoptPart(folder: string, sha256: string): Promise<string> {
  const mine = path.join(folder, `${sha256}.${process.pid}.part`);
  for (const name of await readdir(folder)) {
    const [hash, pid, ending] = name.split('.');
    if (hash !== sha256 || ending !== 'part' || isAlive(Number(pid))) continue;
    // Whoever renames it first has it.
    await rename(path.join(folder, name), mine).catch(() => undefined);
    if (await exists(mine)) break;
  }
  return mine;
}
