import { readdir } from 'node:fs/promises';
import pino from 'pino';
import { loadConfig } from '../../src/config';
import { Closers } from '../../src/container/closers';
import { openFoundation, takeDataFolder } from '../../src/container/foundation';
import { openDataDirectory, type DataDirectory } from '../../src/infra/postgres/data-directory';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';

/** Nothing is listening there: the foundation only notes where Redis and Milvus are. */
const NOBODY = '127.0.0.1:1';

describe('a data folder that another process holds', () => {
  let database: TestDatabase;
  let dataDir: string;
  let held: DataDirectory;

  beforeAll(async () => {
    database = await startTestDatabase();
    dataDir = await makeDataFolder();
    held = await openDataDirectory(dataDir);
  });
  afterAll(async () => {
    await held?.release();
    await database?.stop();
    if (dataDir) await removeDataFolder(dataDir);
  });

  async function open(changes: Record<string, string> = {}): Promise<void> {
    const closers = new Closers((error) => expect(error).toBeUndefined(), new AbortController().signal);
    const config = loadConfig({
      LIKENESS_DATA_DIR: dataDir,
      DATABASE_URL: database.ownerUrl,
      DATABASE_APP_URL: database.appUrl,
      DATABASE_SYSTEM_URL: database.systemUrl,
      REDIS_URL: `redis://${NOBODY}`,
      MILVUS_ADDRESS: NOBODY,
      LIKENESS_OPERATOR_KEY: `lk_operator_${'0'.repeat(32)}`,
      LIKENESS_KEY_PEPPER: 'p'.repeat(32),
      LIKENESS_SIGNING_KEY: 's'.repeat(32),
      ...changes,
    });
    try {
      await takeDataFolder(config, closers);
      await openFoundation(config, pino({ level: 'silent' }), closers);
    } finally {
      await closers.closeAll();
    }
  }

  test('is not needed where every engine is elsewhere and every secret is given', async () => {
    await open();
    expect(await readdir(dataDir)).not.toContain('secrets.json');
  });

  test.each([
    ['the index is embedded', { MILVUS_ADDRESS: '' }],
    ['PostgreSQL is embedded', { DATABASE_URL: '', DATABASE_APP_URL: '', DATABASE_SYSTEM_URL: '' }],
    ['a secret has to be made', { LIKENESS_SIGNING_KEY: '' }],
    ['the password of a role has to be made', { DATABASE_APP_URL: '', DATABASE_SYSTEM_URL: '' }],
  ])('is refused where %s', async (_reason, changes) => {
    await expect(open(changes)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('is held by'),
    });
  });
});
