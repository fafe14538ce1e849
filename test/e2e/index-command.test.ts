import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createTenant } from '../factories/tenant';
import { partyPhoto } from '../fixtures/photos';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess, serversOn, type Ending } from '../fixtures/platform-process';

describe('npm run index, on a data folder whose Likeness is stopped', () => {
  jest.setTimeout(120_000);
  let dataDir: string;
  let collectionId: string;
  let faces: number;

  beforeAll(async () => {
    dataDir = await makeDataFolder();
    const platform = await PlatformProcess.start({ dataDir });
    try {
      const tenant = await createTenant(platform.operator);
      collectionId = await tenant.createCollection({ name: 'guests', qualityFilter: 'NONE' });
      const uploads = await tenant.uploadAll([partyPhoto(1)]);
      const jobId = await tenant.beginEnrollment(collectionId, [{ image: { uploadId: uploads[0] } }]);
      for await (const event of tenant.followJob(jobId)) void event;
      const { collection } = await tenant.api.call(`query ($id: ID!) { collection(id: $id) { faceCount } }`, {
        id: collectionId,
      });
      faces = (collection as { faceCount: number }).faceCount;
    } finally {
      await platform.end('SIGTERM');
    }
  });
  afterAll(() => removeDataFolder(dataDir));

  async function index(...args: string[]): Promise<Ending & { output: string }> {
    const one = PlatformProcess.spawn({ dataDir, command: ['cli/index-command.js', ...args] });
    const ending = await one.ended;
    expect(serversOn(dataDir)).toEqual([]);
    return { ...ending, output: one.output };
  }
  const row = (indexed: number, behind: number): RegExp =>
    new RegExp(`'${collectionId}' *│ *'guests' *│ *'[^']+' *│ *${faces} *│ *${indexed} *│ *${behind} *│`);

  test('status leaves with 0 where every face is in the index', async () => {
    expect(faces).toBeGreaterThan(0);
    expect(await index('status')).toMatchObject({ code: 0, output: expect.stringMatching(row(faces, 0)) });
  });

  test('status leaves with 1 where the index is gone, and rebuild brings it back', async () => {
    await rm(path.join(dataDir, 'index'), { recursive: true });
    expect(await index('status')).toMatchObject({ code: 1, output: expect.stringMatching(row(0, faces)) });
    expect(await index('rebuild')).toMatchObject({ code: 0, output: expect.stringMatching(row(faces, 0)) });
    expect(await index('status')).toMatchObject({ code: 0, output: expect.stringMatching(row(faces, 0)) });
  });

  test('Ctrl-C leaves nothing running, and a status that says so', async () => {
    const one = PlatformProcess.spawn({ dataDir, command: ['cli/index-command.js', 'rebuild'] });
    while (!existsSync(path.join(dataDir, 'postgres', 'postmaster.pid'))) await wait(5);
    expect(await one.end('SIGINT')).toEqual({ code: 130, signal: null });
    expect(serversOn(dataDir)).toEqual([]);
    expect(await readdir(dataDir)).not.toContain('lock');
  });

  test('a collection that is not there and a verb that is none are said', async () => {
    const unknown = await index('rebuild', '--collection', '01900000-0000-7000-8000-000000000000');
    expect(unknown).toMatchObject({ code: 1, output: 'No collection 01900000-0000-7000-8000-000000000000.\n' });
    expect(await index('repair')).toMatchObject({ code: 2, output: expect.stringMatching(/^Usage: /) });
  });
});
