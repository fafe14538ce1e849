import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { applyMigrations } from '../../src/database/migration-runner';
import { assertLogin, setLoginDefaults } from '../../src/database/pooler';
import { ensureRoles } from '../../src/database/roles';
import { openDataDirectory } from '../../src/infra/postgres/data-directory';
import { startEmbeddedPostgres } from '../../src/infra/postgres/embedded-postgres';
import { isRunning } from '../../src/infra/postgres/process-identity';
import { loadSecrets } from '../../src/infra/postgres/secrets';
import { startDataFolderHolder } from '../fixtures/data-folder-holder';

let root: string;
let dataDir: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'likeness-embedded-'));
  dataDir = path.join(root, 'data');
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function start(onCrash?: (reason: string) => void) {
  const folder = await openDataDirectory(dataDir);
  try {
    const secrets = await loadSecrets(folder.path);
    const postgres = await startEmbeddedPostgres({
      dataDir: folder.path,
      passwords: { owner: secrets.dbOwnerPassword },
      ...(onCrash ? { onCrash } : {}),
    });
    const stop = async (): Promise<void> => {
      await postgres.stop();
      await folder.release();
    };
    return { postgres, stop };
  } catch (error) {
    await folder.release();
    throw error;
  }
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);

describe('the embedded server', () => {
  it('listens on 127.0.0.1 for the right password only, and keeps its data over a restart', async () => {
    const first = await start();
    const url = new URL(first.postgres.ownerUrl);
    expect(url.hostname).toBe('127.0.0.1');
    try {
      await query(url.href, 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)');
      const rows = await query(
        url.href,
        `SELECT version(), current_setting('listen_addresses') AS addresses,
        current_setting('unix_socket_directories') AS sockets, current_setting('synchronous_commit') AS commit,
        current_setting('fsync') AS fsync, current_setting('data_checksums') AS checksums, lower('ÄÉ') AS lower`,
      );
      expect(rows).toEqual([
        {
          version: expect.stringMatching(/^PostgreSQL 18\./),
          addresses: '127.0.0.1',
          sockets: '',
          commit: 'on',
          fsync: 'on',
          checksums: 'on',
          lower: 'äé',
        },
      ]);
      url.password = 'guessed';
      await expect(query(url.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
      expect(await applyMigrations(first.postgres.ownerUrl)).not.toEqual([]);
    } finally {
      await first.stop();
    }
    expect(isRunning(first.postgres.pid)).toBe(false);
    const second = await start();
    try {
      expect(await query(second.postgres.ownerUrl, 'SELECT * FROM kept')).toEqual([{ id: 7 }]);
      expect(await applyMigrations(second.postgres.ownerUrl)).toEqual([]);
    } finally {
      await second.stop();
    }
  });

  it('gives the roles their logins once, for processes that start together', async () => {
    const { postgres, stop } = await start();
    try {
      await applyMigrations(postgres.ownerUrl);
      const { dbAppPassword: appPassword, dbSystemPassword: systemPassword } = await loadSecrets(dataDir);
      const passwords = { appPassword, systemPassword };
      const urls = await Promise.all(Array.from({ length: 4 }, () => ensureRoles(postgres.ownerUrl, passwords)));
      const stored = `SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'likeness\\_%' ORDER BY 1`;
      const before = await query(postgres.ownerUrl, stored);
      expect(await ensureRoles(postgres.ownerUrl, passwords)).toEqual(urls[0]);
      expect(await query(postgres.ownerUrl, stored)).toEqual(before);
      expect(await query(urls[0]!.appUrl, 'SELECT current_user AS me')).toEqual([{ me: 'likeness_app' }]);
      await ensureRoles(postgres.ownerUrl, { ...passwords, appPassword: 'another password of the app role' });
      await expect(query(urls[0]!.appUrl, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    } finally {
      await stop();
    }
  });

  it('gives the roles what a pooler hands on no request for, for processes that start together, and where parameters name the server', async () => {
    const { postgres, stop } = await start();
    try {
      await applyMigrations(postgres.ownerUrl);
      const { dbAppPassword: appPassword, dbSystemPassword: systemPassword } = await loadSecrets(dataDir);
      const { hostname, port, username, password, pathname } = new URL(postgres.ownerUrl);
      const ownerUrl = `postgresql://${pathname}?host=${hostname}&port=${port}&user=${username}&password=${password}`;
      const { appUrl, systemUrl } = await ensureRoles(ownerUrl, { appPassword, systemPassword });
      await Promise.all(Array.from({ length: 12 }, () => setLoginDefaults(ownerUrl, [appUrl, systemUrl])));
      for (const url of [appUrl, systemUrl]) await assertLogin(url, 'DATABASE_APP_URL', true);
    } finally {
      await stop();
    }
  });

  it('closes its files to others', async () => {
    const { stop } = await start();
    await stop();
    // As root the server's account has to pass through the folder, unseeing.
    expect(modeOf(dataDir)).toBe(process.getuid?.() === 0 ? '711' : '700');
    expect(modeOf(path.join(dataDir, 'postgres'))).toBe('700');
    for (const file of ['secrets.json', 'postgres.log', 'postgres/PG_VERSION', 'postgres/pg_hba.conf']) {
      expect(`${file} ${modeOf(path.join(dataDir, file))}`).toBe(`${file} 600`);
    }
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres.log', 'secrets.json']);
  });

  it('is started again on the same port when it is killed', async () => {
    const crashes: string[] = [];
    const { postgres, stop } = await start((reason) => crashes.push(reason));
    try {
      const killed = postgres.pid;
      await query(postgres.ownerUrl, 'CREATE TABLE IF NOT EXISTS survivor (id int); INSERT INTO survivor VALUES (1)');
      process.kill(killed, 'SIGKILL');
      const rows = await untilAnswered(() => query(postgres.ownerUrl, 'SELECT count(*)::int AS count FROM survivor'));
      expect(rows).toEqual([{ count: 1 }]);
      expect(postgres.pid).not.toBe(killed);
      expect(crashes[0]).toMatch(/has ended; starting it again/);
    } finally {
      await stop();
    }
    expect(isRunning(postgres.pid)).toBe(false);
  });

  it('says what is wrong with a password, and leaves no server behind', async () => {
    const folder = await openDataDirectory(dataDir);
    try {
      const started = startEmbeddedPostgres({ dataDir, passwords: { owner: 'not the password of this database' } });
      await expect(started).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(/secrets\.json/),
      });
      expect(existsSync(path.join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
    } finally {
      await folder.release();
    }
  });

  it('refuses a cluster of another version, and clears away one that was half made', async () => {
    const other = path.join(root, 'other');
    await mkdir(path.join(other, 'postgres'), { recursive: true });
    await mkdir(path.join(other, 'postgres.new-1', 'base'), { recursive: true });
    await writeFile(path.join(other, 'postgres', 'PG_VERSION'), '15\n');
    const started = startEmbeddedPostgres({ dataDir: other, passwords: { owner: 'x' } });
    await expect(started).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringMatching(/PostgreSQL 15/) });
    expect(await readdir(other)).toEqual(['postgres']);
  });
});

describe('a second process on the same data', () => {
  it('is told who holds it; after kill -9 it takes over, stops the orphan and finds every commit', async () => {
    const holder = await startDataFolderHolder(dataDir);
    try {
      await expect(openDataDirectory(dataDir)).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(`held by pid ${holder.child.pid} since .* LIKENESS_DATA_DIR`),
      });
      await query(holder.ownerUrl, 'CREATE TABLE IF NOT EXISTS orphaned (id int); INSERT INTO orphaned VALUES (1)');
    } finally {
      await holder.kill();
    }
    expect(isRunning(holder.serverPid)).toBe(true);
    const { postgres, stop } = await start();
    try {
      expect(isRunning(holder.serverPid)).toBe(false);
      expect(await query(postgres.ownerUrl, 'SELECT * FROM orphaned')).toEqual([{ id: 1 }]);
    } finally {
      await stop();
    }
  });

  it('does not mistake a stranger’s process for the server of a pid file', async () => {
    const pidFile = path.join(dataDir, 'postgres', 'postmaster.pid');
    await writeFile(pidFile, `${process.pid}\n${path.join(dataDir, 'postgres')}\n0\n5432\n\n\n\nready\n`);
    const { postgres, stop } = await start();
    try {
      expect(Number.parseInt(readFileSync(pidFile, 'utf8'), 10)).toBe(postgres.pid);
    } finally {
      await stop();
    }
  });
});

describe('the lock of the data folder', () => {
  const held = (): Record<string, unknown> =>
    JSON.parse(readFileSync(path.join(dataDir, 'lock'), 'utf8')) as Record<string, unknown>;
  const leave = (holder: Record<string, unknown>): Promise<void> =>
    writeFile(path.join(dataDir, 'lock'), JSON.stringify(holder));

  it('is given to one of many that ask together', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => openDataDirectory(dataDir)));
    const taken = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(taken).toHaveLength(1);
    await taken[0]!.release();
    expect(existsSync(path.join(dataDir, 'lock'))).toBe(false);
  });

  it('is taken from a process that is gone, from an earlier boot, from a reused pid and from a damaged file', async () => {
    const first = await openDataDirectory(dataDir);
    const ours = held();
    await first.release();
    const stale = [
      { ...ours, token: 'gone', pid: 2 ** 22 + 1 },
      { ...ours, token: 'reused', start: 'another start' },
      { ...ours, token: 'boot', boot: 'another boot' },
    ];
    for (const holder of stale) {
      await leave(holder);
      const folder = await openDataDirectory(dataDir);
      await folder.release();
    }
    await writeFile(path.join(dataDir, 'lock'), '{"half');
    await (await openDataDirectory(dataDir)).release();
    expect((await readdir(dataDir)).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  it('is left to a holder on another machine for as long as it shows that it lives', async () => {
    const first = await openDataDirectory(dataDir);
    const ours = held();
    await first.release();
    await leave({ ...ours, host: 'elsewhere', token: 'elsewhere', pid: 2 ** 22 + 1 });
    await expect(openDataDirectory(dataDir)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/on elsewhere since/),
    });
    await rm(path.join(dataDir, 'lock'));
  });
});

describe('secrets', () => {
  it('are made once, yield to those that are given, and are never written down for them', async () => {
    const folder = await openDataDirectory(path.join(root, 'secrets'));
    const first = await loadSecrets(folder.path);
    expect(first.operatorKeyIsNew).toBe(true);
    expect(first.operatorKey).toMatch(/^lk_operator_[0-9A-Za-z]{32,}$/);
    const values = Object.values(first).filter((value) => typeof value === 'string');
    expect(new Set(values).size).toBe(7);
    expect(values.every((value) => value.length >= 32)).toBe(true);
    expect(await loadSecrets(folder.path)).toEqual({ ...first, operatorKeyIsNew: false });
    const given = await loadSecrets(folder.path, { keyPepper: 'given' });
    expect(given).toEqual({ ...first, keyPepper: 'given', operatorKeyIsNew: false });
    expect(readFileSync(path.join(folder.path, 'secrets.json'), 'utf8')).not.toContain('given');
    await folder.release();
  });

  it('that are missing or damaged beside a database are not replaced', async () => {
    const folder = await openDataDirectory(path.join(root, 'lost'));
    await mkdir(path.join(folder.path, 'postgres'));
    await expect(loadSecrets(folder.path)).rejects.toMatchObject({ code: 'CONFLICT' });
    await writeFile(path.join(folder.path, 'secrets.json'), '{');
    await expect(loadSecrets(folder.path)).rejects.toMatchObject({ code: 'CONFLICT' });
    await folder.release();
  });
});

async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 30_000; ;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
