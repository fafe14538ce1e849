import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const BLOCK = 512;
/** The largest tarball that is unpacked, in bytes of its files. */
const MAX_UNPACKED_BYTES = 1024 * 1024 * 1024;

/**
 * One file out of the tarball of an npm package, which npm itself fetches and checks; nothing of it is installed or run.
 *
 * @param spec a package and its exact version.
 * @param wanted path inside the package.
 * @throws Error when npm cannot get the package, or the file is not in it.
 */
export async function fetchFromNpm(spec: string, wanted: string, signal?: AbortSignal): Promise<Uint8Array> {
  const folder = await mkdtemp(path.join(tmpdir(), 'likeness-npm-'));
  try {
    await promisify(execFile)('npm', ['pack', spec, '--loglevel', 'error', '--ignore-scripts'], {
      cwd: folder,
      signal,
      shell: process.platform === 'win32',
    }).catch((error: unknown) => {
      signal?.throwIfAborted();
      const { stderr = '', message } = error as Error & { stderr?: string };
      throw new Error(`npm could not fetch ${spec}: ${reasonOf(stderr) ?? message}`);
    });
    const [tarball] = await readdir(folder);
    const bytes = await promisify(gunzip)(await readFile(path.join(folder, tarball!)), {
      maxOutputLength: MAX_UNPACKED_BYTES,
    });
    const found = fileInTar(bytes, wanted);
    if (found === undefined) throw new Error(`${spec} has no file ${wanted}`);
    return found;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What npm says first, but for the code and what warns of something else. */
const reasonOf = (said: string): string | undefined => /^npm (?:error|ERR!) (?!code )(.+)$/m.exec(said)?.[1];

/** A file of an unpacked ustar archive by its path below the archive's one top folder; npm's have that and no other kind of entry. */
export function fileInTar(tar: Uint8Array, wanted: string): Uint8Array | undefined {
  const text = (from: number, length: number): string =>
    Buffer.from(tar.subarray(from, from + length))
      .toString('utf8')
      .replace(/\0.*$/s, '');
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const size = Number.parseInt(text(at + 124, 12).trim(), 8);
    const kind = text(at + 156, 1);
    const content = at + BLOCK;
    if (!(size >= 0)) return undefined;
    const prefix = text(at + 345, 155);
    const name = longName ?? (prefix === '' ? text(at, 100) : `${prefix}/${text(at, 100)}`);
    longName = undefined;
    // A name that does not fit is a record of its own before the file's.
    if (kind === 'x') longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text(content, size))?.[1];
    else if (kind !== '5' && name.slice(name.indexOf('/') + 1) === wanted) return tar.slice(content, content + size);
    at = content + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}
