import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UsearchVectorIndex } from '../../src/infra/usearch/usearch-vector-index';
import type { VectorSpace } from '../../src/records/vector-space';
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

  test('reconcile tells what differs and, where it may, puts it right', async () => {
    const line = (checked: number, missing: number, ghosts: number, unmended: number): RegExp =>
      new RegExp(`'[^']+@[^']+' *│ *1 *│ *${checked} *│ *${missing} *│ *${ghosts} *│ *0 *│ *${unmended} *│`);
    await plantDifferences();
    expect(await index('reconcile', '--dry-run')).toMatchObject({
      code: 1,
      output: expect.stringMatching(line(faces, 1, 1, 2)),
    });
    expect(await index('reconcile', '--collection', collectionId)).toMatchObject({
      code: 0,
      output: expect.stringMatching(line(faces, 1, 1, 0)),
    });
    expect(await index('reconcile')).toMatchObject({ code: 0, output: expect.stringMatching(line(faces, 0, 0, 0)) });
  });

  /** One vector is gone, and another one is there in its place that nobody knows: the counts are as they should be. */
  async function plantDifferences(): Promise<void> {
    const directory = path.join(dataDir, 'index');
    const files = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.json'));
    expect(files).toHaveLength(1);
    const { body } = JSON.parse(await readFile(path.join(directory, files[0]!), 'utf8')) as { body: string };
    const space = JSON.parse(body) as VectorSpace;
    const engine = new UsearchVectorIndex({ directory });
    await engine.open(space);
    const { keys } = await engine.listKeys(space, 0n, 1_000);
    expect(keys).toHaveLength(faces);
    await engine.remove(space, [keys[0]!]);
    const vector = new Float32Array(space.dimension);
    vector[0] = 1;
    await engine.load(space, [{ vectorKey: 1_000_000_000n, vector }]);
    await engine.close();
  }

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
