import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '../../domain/errors';
import type { ServerAccount } from './account';

export const OWNER = 'likeness';
const MAJOR_VERSION = '18';
const HALF_MADE = 'postgres.new-';

export interface ClusterOptions {
  readonly dataDir: string;
  readonly initdb: string;
  readonly account: ServerAccount;
  readonly ownerPassword: string;
}

/**
 * The database cluster of the data folder, made where there is none.
 *
 * @returns its folder.
 * @throws DomainError CONFLICT when it is of another version, DEPENDENCY_UNAVAILABLE when it cannot be made.
 */
export async function ensureCluster(options: ClusterOptions): Promise<string> {
  const clusterDir = path.join(options.dataDir, 'postgres');
  for (const name of await readdir(options.dataDir)) {
    if (name.startsWith(HALF_MADE)) await rm(path.join(options.dataDir, name), { recursive: true, force: true });
  }
  if (existsSync(path.join(clusterDir, 'PG_VERSION'))) assertVersion(clusterDir);
  else await makeCluster(options, clusterDir);
  return clusterDir;
}

function assertVersion(clusterDir: string): void {
  const version = readFileSync(path.join(clusterDir, 'PG_VERSION'), 'utf8').trim();
  if (version === MAJOR_VERSION) return;
  throw new DomainError(
    'CONFLICT',
    `The data folder holds a PostgreSQL ${version} database; this version runs ${MAJOR_VERSION}. Use the Likeness that made it, or another LIKENESS_DATA_DIR.`,
  );
}

/** Made under another name, so that a start that was cut short leaves no half of a cluster. */
async function makeCluster(options: ClusterOptions, clusterDir: string): Promise<void> {
  const { account } = options;
  const draft = path.join(options.dataDir, `${HALF_MADE}${randomUUID()}`);
  const passwordFile = `${draft}.password`;
  try {
    await mkdir(draft, { mode: 0o700 });
    await writeFile(passwordFile, `${options.ownerPassword}\n`, { mode: 0o600 });
    account.own(draft);
    account.own(passwordFile);
    const command = account.command(options.initdb, [
      `--pgdata=${draft}`,
      `--username=${OWNER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
    ]);
    const result = spawnSync(command.file, command.args, { ...command.options, encoding: 'utf8' });
    if (result.status !== 0) {
      throw cannotStart(`initdb failed: ${lastLines(result.stderr || String(result.error ?? 'no output'))}`);
    }
    await rename(draft, clusterDir);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/** The end of a log, for a sentence. */
export function lastLines(text: string): string {
  return text.trim().split('\n').slice(-4).join(' | ');
}

export function cannotStart(reason: string): DomainError {
  return new DomainError('DEPENDENCY_UNAVAILABLE', `The embedded PostgreSQL cannot start: ${reason}`, {
    retryable: false,
  });
}
