import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTenant } from '../factories/tenant';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';
import { partyPhoto, variant } from '../fixtures/photos';
import { type BucketView, makeBucket, makeBucketBehindProxy, s3Server } from '../fixtures/s3';
import { suiteWhere } from '../fixtures/needs';
import type { TcpProxy } from '../../faults/tcp-proxy';
import type { Data } from '../fixtures/client';

const server = s3Server('moving images to S3 and back');
const IMAGES = 40;
const DELETE_FACES = 'mutation ($ids: [ID!]!) { deleteFaces(input: { faceIds: $ids }) { jobId } }';

/** Every file below a folder. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

suiteWhere(server !== undefined)('moving images', () => {
  let dataDir: string;
  let env: Record<string, string>;
  let proxy: TcpProxy;
  let bucket: BucketView;
  let nodes: Data[];
  let key: string;
  let tenantId: string;

  const copy = async (from: string, to: string, more: string[] = [], changed: Record<string, string> = {}) => {
    const command = ['cli/images-command.js', 'copy', '--from', from, '--to', to, ...more] as const;
    const one = PlatformProcess.spawn({ dataDir, command: [...command], env: { ...env, ...changed } });
    return { code: (await one.ended).code, output: one.output };
  };

  beforeAll(async () => {
    ({ proxy, bucket, env } = await makeBucketBehindProxy(server!));
    dataDir = await makeDataFolder();
    const platform = await PlatformProcess.start({ dataDir });
    const tenant = await createTenant(platform.operator);
    [key, tenantId] = [tenant.api.key!, tenant.id];
    const collectionId = await tenant.createCollection();
    const photos = await Promise.all(Array.from({ length: IMAGES }, (_, step) => variant(partyPhoto(2), step)));
    const items = photos.map((photo) => ({ image: { base64: photo.toString('base64') } }));
    nodes = (await tenant.enroll(collectionId, items.slice(0, 20))).items.nodes;
    nodes = [...nodes, ...(await tenant.enroll(collectionId, items.slice(20))).items.nodes];
    // Sent, and not enrolled yet.
    await tenant.upload(partyPhoto(4));
    await platform.end();
  }, 180_000);
  afterAll(async () => {
    await proxy?.shut();
    bucket?.close();
    await removeDataFolder(dataDir);
  });

  test('a copy that is killed half way goes on, and brings all of it', async () => {
    const one = PlatformProcess.spawn({
      dataDir,
      command: ['cli/images-command.js', 'copy', '--from', 'files', '--to', 's3'],
      env,
    });
    while ((await bucket.names('images')).length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    await proxy.shut();
    await one.end('SIGKILL');
    const before = (await bucket.names('images')).length;
    expect(before).toBeLessThan(IMAGES);
    await proxy.open();

    const second = await copy('files', 's3');
    expect(second).toMatchObject({ code: 0 });
    expect(second.output).toMatch(/\d+ of 41, \d+ MB copied/);
    expect(second.output).toContain(`${IMAGES + 1 - before} copied`);
    expect(second.output).toContain(`${before} already there, 0 missing, 0 damaged`);
    expect(await bucket.names('images')).toHaveLength(IMAGES);
    expect(await bucket.names('uploads')).toHaveLength(1);
    expect((await copy('files', 's3')).output).toContain(`0 copied (0 MB), ${IMAGES + 1} already there`);
  });

  test('images are seen from the bucket, and what was deleted since is removed where that is asked for', async () => {
    const platform = await PlatformProcess.start({ dataDir, env });
    const tenant = (await createTenant(platform.operator)).at(platform.url, key);
    const shown = await tenant.api.call('query ($id: ID!) { face(id: $id) { cropUrl } }', {
      id: nodes[0]!.faceRecords[0].id,
    });
    expect((await fetch(shown.face.cropUrl)).status).toBe(200);
    const ids = nodes[1]!.faceRecords.map(({ id }: Data) => id);
    const { deleteFaces } = await tenant.api.call(DELETE_FACES, { ids });
    if (deleteFaces.jobId) await tenant.finishJob(deleteFaces.jobId);
    await platform.end();

    expect(await bucket.names('images')).toHaveLength(IMAGES - 1);
    const files = (): Promise<string[]> => filesUnder(path.join(dataDir, 'images', 'images'));
    expect(await files()).toHaveLength(IMAGES);
    expect(await copy('s3', 'files', ['--prune'])).toMatchObject({
      code: 0,
      output: expect.stringContaining(`0 copied (0 MB), ${IMAGES} already there, 0 missing, 0 damaged, 1 removed`),
    });
    expect(await files()).toHaveLength(IMAGES - 1);
  });

  test('an image that is damaged or missing is named, and not copied', async () => {
    const [damaged, missing] = await filesUnder(path.join(dataDir, 'images', 'images'));
    await writeFile(damaged!, 'something else');
    await rm(missing!);
    const { bucket: elsewhere } = await makeBucket(server!);
    const { code, output } = await copy('files', 's3', [], { LIKENESS_S3_BUCKET: elsewhere });
    expect(code).toBe(1);
    expect(output).toContain(`damaged  images/${tenantId}/${path.basename(damaged!)}`);
    expect(output).toContain(`missing  images/${tenantId}/${path.basename(missing!)}`);
    expect(output).toContain(`${IMAGES - 2} copied`);

    // The bucket of before has both.
    expect(await copy('s3', 'files')).toMatchObject({ code: 0, output: expect.stringContaining('2 copied') });
  });

  test.each([
    ['without a place', ['copy', '--from', 'files']],
    ['from a place to itself', ['copy', '--from', 's3', '--to', 's3']],
  ])('%s it tells its use', async (_what, args) => {
    const one = PlatformProcess.spawn({ dataDir, command: ['cli/images-command.js', ...args], env });
    expect((await one.ended).code).toBe(2);
    expect(one.output).toContain('Usage: npm run images');
  });
});
