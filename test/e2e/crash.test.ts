import { readdirSync } from 'node:fs';
import path from 'node:path';
import { createTenant, type TestTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { cutOut, partyPhoto, variant, type Box } from '../fixtures/photos';
import { describeOnEveryEngines, makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess, postgresPid, readDatabase } from '../fixtures/platform-process';

const IMAGES = 100;

/** Portraits of several people in ever other bytes. */
async function portraits(tenant: TestTenant, count: number): Promise<Buffer[]> {
  const people: Buffer[] = [];
  for (const number of [1, 2, 3] as const) {
    const photo = partyPhoto(number);
    const { faces } = await tenant.detect(photo);
    for (const face of faces) people.push(await cutOut(photo, face.boundingBox as Box));
  }
  const images: Buffer[] = [];
  for (let step = 0; step < count; step += 1) images.push(await variant(people[step % people.length]!, step));
  return images;
}

describeOnEveryEngines('what is cut short', (engines) => {
  jest.setTimeout(180_000);
  let dataDir: string;
  let platform: PlatformProcess;
  const start = async (): Promise<void> => {
    platform = await PlatformProcess.start({ dataDir, engines });
  };

  beforeAll(async () => {
    dataDir = await makeDataFolder();
    await start();
  });
  afterAll(async () => {
    await platform?.end('SIGKILL');
    await removeDataFolder(dataDir);
  });

  /** A job of as many images as `count`, accepted. */
  async function begin(count: number) {
    const tenant = await createTenant(platform.operator);
    const collectionId = await tenant.createCollection({ qualityFilter: 'NONE' });
    const images = await portraits(tenant, count);
    const uploads = await tenant.uploadAll(images);
    const jobId = await tenant.beginEnrollment(
      collectionId,
      uploads.map((uploadId, index) => ({
        image: { uploadId },
        person: { create: { displayName: `Person ${index}`, externalId: `p-${index}` } },
        externalImageId: `image-${index}`,
      })),
      { qualityFilter: 'NONE' },
    );
    return { tenant, collectionId, images, jobId };
  }

  /** Follows the job until so many items are done. @returns the cursor of the last event seen. */
  async function untilDone(tenant: TestTenant, jobId: string, wanted: number, after?: string): Promise<string> {
    let cursor = after;
    for await (const event of tenant.followJob(jobId, after)) {
      cursor = event.cursor;
      if (event.job!.progress.done >= wanted) break;
    }
    return cursor!;
  }

  async function expectIndexedExactlyOnce(tenant: TestTenant, job: Data, collectionId: string, images: Buffer[]) {
    const count = images.length;
    expect(job).toMatchObject({ state: 'SUCCEEDED', progress: { done: count, failed: 0, total: count } });
    const items: Data[] = job.items.nodes;
    expect(items.map((item) => item.state)).toEqual(Array(count).fill('SUCCEEDED'));
    expect(items.filter((item) => item.duplicate)).toEqual([]);
    const faces = items.flatMap((item) => item.faceRecords.map((face: Data) => face.id));
    expect(faces).toHaveLength(count);
    expect(new Set(faces).size).toBe(count);
    const { collection } = await tenant.api.call(`query ($id: ID!) { collection(id: $id) { faceCount personCount } }`, {
      id: collectionId,
    });
    expect(collection).toEqual({ faceCount: count, personCount: count });

    const [rows] = await readDatabase<Data>(
      dataDir,
      `SELECT (SELECT count(*)::int FROM images WHERE collection_id = $1) AS images,
              (SELECT count(DISTINCT received_sha256)::int FROM images WHERE collection_id = $1) AS different_images,
              (SELECT count(*)::int FROM faces WHERE collection_id = $1 AND state = 'INDEXED') AS indexed,
              (SELECT count(DISTINCT job_item_id)::int FROM faces WHERE collection_id = $1 AND state = 'INDEXED') AS items,
              (SELECT count(*)::int FROM faces WHERE collection_id = $1 AND state = 'DETECTED') AS waiting,
              (SELECT count(*)::int FROM face_embeddings WHERE collection_id = $1) AS embeddings,
              (SELECT count(*)::int FROM persons WHERE collection_id = $1) AS persons`,
      [collectionId],
    );
    expect(rows).toEqual({
      images: count,
      different_images: count,
      indexed: count,
      items: count,
      waiting: 0,
      embeddings: count,
      persons: count,
    });
    expect(
      readdirSync(path.join(dataDir, 'images', 'images', tenant.id), { recursive: true }).length,
    ).toBeGreaterThanOrEqual(count);

    // Each of a few faces is found by the index, and nobody is found twice.
    for (const index of [0, Math.floor(count / 2), count - 1]) {
      const { probes } = await tenant.search(
        [collectionId],
        { base64: images[index]!.toString('base64') },
        { limit: 100 },
      );
      const persons = probes[0].matches.map((match: Data) => match.person.externalId);
      expect(persons).toContain(`p-${index}`);
      expect(new Set(persons).size).toBe(persons.length);
    }
  }

  /** Taking up a killed process's work waits for the lock of its message: one kill is enough on each further backend. */
  const killsAt = engines === 'embedded' ? [5, 40] : [20];

  test('kill -9 in the middle of a job: after a restart every accepted image is indexed exactly once', async () => {
    const { tenant, collectionId, images, jobId } = await begin(IMAGES);
    let cursor: string | undefined;
    for (const wanted of killsAt) {
      cursor = await untilDone(tenant.at(platform.url), jobId, wanted, cursor);
      await platform.end('SIGKILL');
      await start();
    }
    const again = tenant.at(platform.url);
    const missed: string[] = [];
    for await (const event of again.followJob(jobId, cursor)) missed.push(event.type);
    expect(missed.at(-1)).toBe('JOB_SUCCEEDED');
    await expectIndexedExactlyOnce(again, await again.job(jobId), collectionId, images);
  });

  test('SIGTERM in the middle of a job drains it; the next start finishes it', async () => {
    const { tenant, collectionId, images, jobId } = await begin(60);
    await untilDone(tenant, jobId, 5);
    expect(await platform.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await start();
    const again = tenant.at(platform.url);
    await expectIndexedExactlyOnce(again, await again.finishJob(jobId), collectionId, images);
  });

  // PostgreSQL is the same under every set of engines.
  if (engines === 'embedded') {
    test('PostgreSQL killed under load comes back, and the job that it interrupted is done exactly once', async () => {
      const { tenant, collectionId, images, jobId } = await begin(60);
      await untilDone(tenant, jobId, 5);
      const killed = postgresPid(dataDir);
      process.kill(killed, 'SIGKILL');
      const refusals = new Set<string>();
      for (let answered = false; !answered;) {
        const { errors } = await tenant.api.ask(`{ collections { nodes { id } } }`);
        for (const error of errors ?? []) refusals.add(error.extensions.code);
        answered = !errors && postgresPid(dataDir) !== killed;
      }
      expect([...refusals].filter((code) => code !== 'DEPENDENCY_UNAVAILABLE')).toEqual([]);
      await expectIndexedExactlyOnce(tenant, await tenant.finishJob(jobId), collectionId, images);
    });
  }
});
