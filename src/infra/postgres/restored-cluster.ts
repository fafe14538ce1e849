import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { chooseAccount } from './account';
import { locateBinaries } from './binaries';
import { startEmbeddedPostgres } from './embedded-postgres';

/** What a database that was put back knows. */
export interface RestoredFacts {
  readonly persons: number;
  readonly faces: number;
  /** Keys of the image store, as `images/<tenant>/<id>`, of images and of uploads. */
  readonly images: ReadonlySet<string>;
  readonly uploads: ReadonlySet<string>;
}

/** Gives a cluster's files to the account that PostgreSQL runs under, which as root is another one. */
export function ownCluster(dataDir: string): void {
  const { account } = chooseAccount(locateBinaries(), dataDir);
  const clusterDir = path.join(dataDir, 'postgres');
  if (account.ids === undefined || !existsSync(clusterDir)) return;
  account.own(clusterDir);
  for (const name of readdirSync(clusterDir, { recursive: true, encoding: 'utf8' })) {
    account.own(path.join(clusterDir, name));
  }
}

/**
 * Starts PostgreSQL once on a cluster that was put back, which brings it to the moment of the backup, and stops it again.
 * @throws DomainError DEPENDENCY_UNAVAILABLE with the end of its log when it cannot be brought there.
 */
export async function recoverCluster(dataDir: string, ownerPassword: string): Promise<RestoredFacts> {
  const server = await startEmbeddedPostgres({ dataDir, passwords: { owner: ownerPassword } });
  const client = new Client({ connectionString: server.ownerUrl });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const count = async (table: string): Promise<number> =>
      (await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`)).rows[0]!.count;
    const keys = async (table: 'images' | 'uploads'): Promise<ReadonlySet<string>> => {
      const { rows } = await client.query<{ key: string }>(
        `SELECT '${table}/' || tenant_id || '/' || id AS key FROM ${table}`,
      );
      return new Set(rows.map(({ key }) => key));
    };
    return {
      persons: await count('persons'),
      faces: await count('faces'),
      images: await keys('images'),
      uploads: await keys('uploads'),
    };
  } finally {
    await client.end().catch(() => undefined);
    await server.stop();
  }
}
