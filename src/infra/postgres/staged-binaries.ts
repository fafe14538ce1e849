import { createHash, randomUUID } from 'node:crypto';
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { binariesIn, type PostgresBinaries } from './binaries';

/**
 * A copy of PostgreSQL's programs (60 MB) in the machine's folder of temporary files, which every account may enter. It is
 * used again by later starts. Call it as root.
 *
 * @returns undefined where no copy can be made, or its place is taken by what root has not made.
 */
export function stageBinaries(binaries: PostgresBinaries): PostgresBinaries | undefined {
  // The programs of one installation do not change in place: npm writes another release as new files.
  const { mtimeMs, size } = lstatSync(binaries.postgres);
  const mark = createHash('sha256').update(`${binaries.home} ${mtimeMs} ${size}`).digest('hex').slice(0, 16);
  const home = path.join(tmpdir(), `likeness-postgres-${mark}`);
  // Cleaners of temporary files take single files: what they left of a copy is no copy.
  if (isOurs(home) && !isWhole(home)) rmSync(home, { recursive: true, force: true });
  if (!existsSync(home)) {
    const draft = `${home}.${randomUUID()}`;
    try {
      mkdirSync(draft, { mode: 0o700 });
      cpSync(binaries.home, draft, { recursive: true, verbatimSymlinks: true });
      for (const entry of readdirSync(draft, { recursive: true, withFileTypes: true })) {
        if (!entry.isSymbolicLink()) closeToOthers(path.join(entry.parentPath, entry.name));
      }
      chmodSync(draft, 0o755);
      renameSync(draft, home);
    } catch {
      // Full, read-only, or another start was first.
      rmSync(draft, { recursive: true, force: true });
    }
  }
  return isOurs(home) ? binariesIn(home) : undefined;
}

/** What the source lets others write, the copy does not. */
function closeToOthers(file: string): void {
  chmodSync(file, lstatSync(file).mode & 0o7755);
}

function isWhole(home: string): boolean {
  const { postgres, initdb } = binariesIn(home);
  return existsSync(postgres) && existsSync(initdb) && existsSync(path.join(home, 'lib'));
}

/** Anybody may make a folder among temporary files; what root made, nobody else has changed. */
function isOurs(home: string): boolean {
  const found = lstatSync(home, { throwIfNoEntry: false });
  return found !== undefined && found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0;
}
