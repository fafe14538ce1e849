import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config';
import { DomainError } from '../domain/errors';
import { isHeld, lockFileOf, openDataDirectory, readHolder } from '../infra/postgres/data-directory';
import { runningServerUrl, startEmbeddedPostgres } from '../infra/postgres/embedded-postgres';
import { readSecretsFile } from '../infra/postgres/secrets';

/** @throws DomainError CONFLICT when the data does not lie in folders that a backup is made of. */
export function assertInFolders({ database, s3 }: Pick<Config, 'database' | 's3'>): void {
  const elsewhere = database ? 'DATABASE_URL' : s3 && 'LIKENESS_S3_BUCKET';
  if (elsewhere === undefined) return;
  throw new DomainError(
    'CONFLICT',
    `${elsewhere} is set, so the data does not lie in the data folder alone. docs/backup.md says how such data is backed up and put back.`,
    { retryable: false },
  );
}

/**
 * Runs something with the PostgreSQL of the data folder: that of the Likeness which serves there, or one that is started for it.
 *
 * @throws DomainError NOT_FOUND when the folder has no data, CONFLICT when its server has not begun to serve.
 */
export async function withServer<T>({ dataDir }: Config, work: (ownerUrl: string) => Promise<T>): Promise<T> {
  const secrets = existsSync(path.join(dataDir, 'postgres', 'PG_VERSION')) ? await readSecretsFile(dataDir) : undefined;
  if (secrets?.dbOwnerPassword === undefined) {
    throw new DomainError('NOT_FOUND', `There is no data in ${dataDir}. Name the folder with LIKENESS_DATA_DIR.`);
  }
  const lockFile = lockFileOf(dataDir);
  const holder = await readHolder(lockFile);
  if (holder && (await isHeld(holder, lockFile))) return work(runningServerUrl(dataDir, secrets.dbOwnerPassword));
  const folder = await openDataDirectory(dataDir);
  try {
    const server = await startEmbeddedPostgres({ dataDir, passwords: { owner: secrets.dbOwnerPassword } });
    try {
      return await work(server.ownerUrl);
    } finally {
      await server.stop();
    }
  } finally {
    await folder.release();
  }
}
