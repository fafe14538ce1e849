import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { cutOut, partyPhoto, variant, type Box } from '../fixtures/photos';
import { hasServers, makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';
import { suiteWhere } from '../fixtures/needs';

const METRICS_TOKEN = 'metrics-token-of-the-tests-000000';
const IMAGES = 60;
/** How soon another worker has taken up what a killed one had begun. */
const RECOVERY_MS = 30_000;

suiteWhere(hasServers('split roles'))('API and workers as processes of their own', () => {
  jest.setTimeout(120_000);
  let database: TestDatabase;
  let imagesDir: string;
  const folders: string[] = [];
  const processes: PlatformProcess[] = [];
  const secret = () => randomBytes(32).toString('hex');
  const secrets = { LIKENESS_KEY_PEPPER: secret(), LIKENESS_SIGNING_KEY: secret() };

  beforeAll(async () => {
    database = await startTestDatabase();
    imagesDir = await mkdtemp(path.join(tmpdir(), 'likeness-shared-images-'));
  });
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.end('SIGKILL')));
    await Promise.all(folders.map(removeDataFolder));
    await database?.stop();
    if (imagesDir) await rm(imagesDir, { recursive: true, force: true });
  });

  async function start(role: 'api' | 'worker', env: Readonly<Record<string, string>> = {}): Promise<PlatformProcess> {
    const dataDir = await makeDataFolder();
    folders.push(dataDir);
    const one = await PlatformProcess.start({
      dataDir,
      engines: 'redis+milvus',
      env: {
        LIKENESS_ROLE: role,
        LIKENESS_IMAGES_DIR: imagesDir,
        DATABASE_URL: database.ownerUrl,
        DATABASE_APP_URL: database.appUrl,
        DATABASE_SYSTEM_URL: database.systemUrl,
        ...secrets,
        ...env,
      },
    });
    processes.push(one);
    return one;
  }

  test('a worker killed in the middle of a job loses nothing: another ends it, each image once, within 30 s', async () => {
    const api = await start('api');
    const first = await start('worker');
    const tenant = await createTenant(api.operator);
    const collectionId = await tenant.createCollection({ qualityFilter: 'NONE' });
    const { faces } = await tenant.detect(partyPhoto(1));
    const portrait = await cutOut(partyPhoto(1), faces[0].boundingBox as Box);
    const images = await Promise.all(Array.from({ length: IMAGES }, (_, step) => variant(portrait, step)));
    const uploads = await tenant.uploadAll(images);
    const jobId = await tenant.beginEnrollment(
      collectionId,
      uploads.map((uploadId, index) => ({
        image: { uploadId },
        person: { create: { displayName: `Person ${index}` } },
      })),
    );
    let cursor: string | undefined;
    for await (const event of tenant.followJob(jobId)) {
      cursor = event.cursor;
      if (event.job!.progress.done >= 3) break;
    }
    await first.end('SIGKILL');
    const second = await start('worker', { LIKENESS_WORKER_PORT: '0', LIKENESS_METRICS_TOKEN: METRICS_TOKEN });
    const restartedAt = performance.now();
    for await (const event of tenant.followJob(jobId, cursor)) void event;
    const job = await tenant.job(jobId);
    expect(job).toMatchObject({ state: 'SUCCEEDED', progress: { done: IMAGES, failed: 0, total: IMAGES } });
    expect(performance.now() - restartedAt).toBeLessThan(RECOVERY_MS + 15_000);
    await expectProbes(second);
    const found = job.items.nodes.flatMap((item: Data) => item.faceRecords.map((face: Data) => face.id));
    expect(new Set(found).size).toBe(IMAGES);
    const { collection } = await tenant.api.call(`query ($id: ID!) { collection(id: $id) { faceCount personCount } }`, {
      id: collectionId,
    });
    expect(collection).toEqual({ faceCount: IMAGES, personCount: IMAGES });
    const { probes } = await tenant.search([collectionId], { base64: portrait.toString('base64') }, { limit: 100 });
    expect(probes[0].matches).toHaveLength(IMAGES);
  });

  test('a key that is revoked by one API process is refused by another within a second, its sockets closed with 4403 in two', async () => {
    const [one, other] = [await start('api'), await start('api')];
    const tenant = await createTenant(one.operator);
    const collectionId = await tenant.createCollection();
    const { createApiKey: short } = await tenant.api.call(
      `mutation { createApiKey(input: { name: "short", scopes: [READ] }) { secret apiKey { id } } }`,
    );
    const reader = tenant.at(other.url, short.secret);
    const { client, closing } = reader.api.socket();
    const events = client.iterate({
      query: `subscription ($id: ID!) { collectionEvents(collectionId: $id) { cursor } }`,
      variables: { id: collectionId },
    });
    const opened = events.next();
    for (let seen = false; !seen;) {
      await tenant.createPerson(collectionId);
      seen = await Promise.race([
        opened.then(() => true),
        new Promise<boolean>((resolve) => setImmediate(resolve, false)),
      ]);
    }
    const cut = events.next().catch(() => undefined);
    await tenant.api.call(`mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }`, {
      id: short.apiKey.id,
    });
    const revokedAt = performance.now();
    let refusedAfter = 0;
    for (let refused = false; !refused;) {
      refused = (await reader.api.ask(`{ viewer { keyName } }`)).errors !== undefined;
      refusedAfter = performance.now() - revokedAt;
    }
    expect(refusedAfter).toBeLessThan(1_200);
    expect(await closing).toMatchObject({ code: 4403 });
    expect(performance.now() - revokedAt).toBeLessThan(2_200);
    await cut;
  });
});

/** What watches over a worker is answered, by the dependencies that it needs and the metrics that an API has, too. */
async function expectProbes(worker: PlatformProcess): Promise<void> {
  const url = /"url":"([^"]+)","msg":"the worker answers/.exec(worker.output)![1]!;
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  const ready = await fetch(`${url}/readyz`);
  expect(await ready.json()).toEqual({
    status: 'ok',
    checks: { database: 'ok', queue: 'ok', events: 'ok', vectorIndex: 'ok', imageStore: 'ok', storage: 'ok' },
  });
  expect((await fetch(`${url}/metrics`)).status).toBe(401);
  const metrics = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
  const text = await metrics.text();
  expect(text).toMatch(/^likeness_analyses_waiting\{class="bulk"\} \d+$/m);
  expect(text).toMatch(/^# TYPE likeness_jobs_open gauge$/m);
  expect((await fetch(`${url}/graphql`, { method: 'POST' })).status).toBe(404);
}
