import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { DomainError } from '../../domain/errors';

/** Below the cluster's folder; what PostgreSQL makes anew at its start is a folder without content. */
export interface ClusterEntry {
  /** With `/`. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly size: number;
  content(): AsyncIterable<Uint8Array>;
}

const WAL = 'pg_wal';
/** Emptied at a start, or of no use elsewhere (PostgreSQL's documentation, "Making a Base Backup Using the Low Level API"). */
const WITHOUT_CONTENT = new Set([
  WAL,
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const LEFT_OUT =
  /^(postmaster\.(pid|opts)|pgsql_tmp.*|pg_internal\.init.*|backup_label.*|tablespace_map.*|current_logfiles)$/;
const SEGMENT = /^[0-9A-F]{24}$/;

/**
 * A copy of a cluster while it serves: its files are read between a start and an end that PostgreSQL is told of, and the log
 * that was written meanwhile goes with them, so that a server that is started on the copy brings it to the moment of the end.
 */
export class BaseBackup {
  private constructor(
    private readonly client: Client,
    private readonly clusterDir: string,
    private readonly firstSegment: string,
  ) {}

  /**
   * @param ownerUrl login of the superuser of the server that runs on the cluster.
   * @throws DomainError DEPENDENCY_UNAVAILABLE when it does not answer.
   */
  static async begin(ownerUrl: string, clusterDir: string): Promise<BaseBackup> {
    const client = new Client({ connectionString: ownerUrl, application_name: 'likeness-backup' });
    client.on('error', () => undefined);
    await client.connect().catch((cause: unknown) => {
      throw new DomainError('DEPENDENCY_UNAVAILABLE', 'The PostgreSQL of the data folder does not answer. Try again.', {
        cause,
      });
    });
    try {
      // Keeps the log until this connection ends.
      await client.query(
        `SELECT pg_create_physical_replication_slot('likeness_backup_' || pg_backend_pid(), true, true)`,
      );
      const { rows } = await client.query<{ segment: string }>(
        `SELECT pg_walfile_name(pg_backup_start('likeness', true)) AS segment`,
      );
      return new BaseBackup(client, clusterDir, rows[0]!.segment);
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  /** Everything but the log. A file that goes while it is read was dropped: the log says so, too. */
  files(): AsyncGenerator<ClusterEntry> {
    return walk(this.clusterDir, '');
  }

  /** Ends the copy. @returns what a server needs to bring it to this moment. */
  async end(): Promise<ClusterEntry[]> {
    const { rows } = await this.client.query<{ label: string; segment: string }>(
      `SELECT labelfile AS label, pg_walfile_name(lsn) AS segment FROM pg_backup_stop(false)`,
    );
    const { label, segment: last } = rows[0]!;
    const bytes = Buffer.from(label);
    const entries: ClusterEntry[] = [
      { name: 'backup_label', isFolder: false, size: bytes.length, content: () => only(bytes) },
    ];
    for (const name of (await readdir(path.join(this.clusterDir, WAL))).sort()) {
      const isNeeded = SEGMENT.test(name) && name >= this.firstSegment && name <= last;
      if (isNeeded || name.endsWith('.history')) entries.push(await entryOf(this.clusterDir, `${WAL}/${name}`));
    }
    return entries;
  }

  /** Waits until no erasure is left that the ledger does not have; a server that is up writes it within a second. */
  async untilErasuresAreWritten(limitMs: number): Promise<void> {
    for (const end = Date.now() + limitMs; Date.now() < end; await wait(200)) {
      const { rowCount } = await this.client.query('SELECT FROM erasures LIMIT 1');
      if (rowCount === 0) return;
    }
  }

  /** What the copy is of: PostgreSQL's main version, and the migrations that the database has had. */
  async describe(): Promise<{ readonly postgres: string; readonly migrations: string[] }> {
    const { rows } = await this.client.query<{ version: number; migrations: string[] }>(
      `SELECT current_setting('server_version_num')::int / 10000 AS version,
              array_agg(migration_name::text ORDER BY migration_name) AS migrations
         FROM _prisma_migrations WHERE finished_at IS NOT NULL`,
    );
    return { postgres: String(rows[0]!.version), migrations: rows[0]!.migrations };
  }

  /** Gives the log free. */
  close(): Promise<void> {
    return this.client.end();
  }
}

async function* walk(root: string, folder: string): AsyncGenerator<ClusterEntry> {
  for (const found of await readdir(path.join(root, folder), { withFileTypes: true })) {
    if (LEFT_OUT.test(found.name)) continue;
    const name = folder === '' ? found.name : `${folder}/${found.name}`;
    if (!found.isDirectory()) {
      const entry = await entryOf(root, name).catch(ifGone);
      if (entry) yield entry;
      continue;
    }
    yield { name, isFolder: true, size: 0, content: nothing };
    if (!WITHOUT_CONTENT.has(name)) yield* walk(root, name);
  }
  if (folder === '') yield { name: `${WAL}/archive_status`, isFolder: true, size: 0, content: nothing };
}

async function entryOf(root: string, name: string): Promise<ClusterEntry> {
  const file = path.join(root, name);
  const { size } = await stat(file);
  return {
    name,
    isFolder: false,
    size,
    content: async function* () {
      try {
        if (size > 0) yield* createReadStream(file, { end: size - 1 }) as AsyncIterable<Uint8Array>;
      } catch (error) {
        ifGone(error);
      }
    },
  };
}

function ifGone(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  return undefined;
}

const only = (bytes: Uint8Array): Readable => Readable.from([bytes]);
const nothing = (): Readable => Readable.from([]);
