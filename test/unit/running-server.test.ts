import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDataDirectory } from '../../src/infra/postgres/data-directory';
import { findRunningServer } from '../../src/infra/postgres/running-server';

describe('the server of a data folder', () => {
  const URL = 'http://127.0.0.1:4000';
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'likeness-address-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  async function changeLock(changes: Record<string, unknown>): Promise<void> {
    const file = path.join(dataDir, 'lock');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...changes }));
  }

  test('is where its holder says, until it takes that back', async () => {
    expect(await findRunningServer(dataDir)).toBeNull();
    const folder = await openDataDirectory(dataDir);
    await expect(findRunningServer(dataDir)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(`held by pid ${process.pid} since .*, which serves no API at this moment`),
    });
    const withdraw = await folder.announce(URL);
    expect(await findRunningServer(dataDir)).toBe(URL);
    await withdraw();
    await expect(findRunningServer(dataDir)).rejects.toThrow('serves no API');
    await folder.release();
    expect(await findRunningServer(dataDir)).toBeNull();
  });

  test('is not where a holder before it was', async () => {
    const before = await openDataDirectory(dataDir);
    await before.announce(URL);
    await before.release();
    expect(await findRunningServer(dataDir)).toBeNull();
    const folder = await openDataDirectory(dataDir);
    await expect(findRunningServer(dataDir)).rejects.toThrow('serves no API');
    await folder.release();
  });

  test.each([
    ['was killed and whose pid is another process’s', { start: '1' }, null],
    ['ran before the machine was started again', { boot: 'another' }, null],
    ['may not be looked at', { start: undefined }, /cannot be made sure/],
    ['is on another machine', { host: 'elsewhere' }, /on elsewhere since .*, not by a process that can be looked up/],
    ['is in another container', { space: 'pid:[1]' }, /, not by a process that can be looked up/],
  ])('is not asked when its holder %s', async (_why, changes, sentence) => {
    const folder = await openDataDirectory(dataDir);
    await folder.announce(URL);
    await changeLock(changes);
    if (sentence) await expect(findRunningServer(dataDir)).rejects.toThrow(sentence);
    else expect(await findRunningServer(dataDir)).toBeNull();
    await folder.release();
  });
});
