import type { TenantScope } from '../../src/domain/tenant-scope';
import type { EnrollImagesDependencies } from '../../src/modules/enrollment/enrollment.jobs';
import { jobKinds } from '../../src/modules/jobs/job-kinds';
import { MortalProcess } from '../fixtures/crash';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, type EnrollmentWorld } from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});

function mortal(process: MortalProcess): EnrollImagesDependencies {
  const base = world.handlerDependencies;
  return {
    ...base,
    enrollments: process.wrap('enrollments', base.enrollments),
    uploads: process.wrap('uploads', base.uploads),
    images: process.wrap('images', base.images),
    urls: process.wrap('urls', base.urls),
    analyzer: process.wrap('analyzer', base.analyzer),
    catchUpIndex: process.wrapFunction('catchUpIndex', base.catchUpIndex),
    // One image after the other, so that boundary n is the same one in every run.
    inFlight: 1,
  };
}

/** Five items: two faces in an image that is kept as it came, a new person, the same bytes for the same person, no face, a damaged image. */
async function request(scope: TenantScope, collectionId: string) {
  const ada = { create: { displayName: 'Ada', externalId: 'ada' } };
  const images = [
    scriptedImage({ faces: [1, 2], bare: true }),
    scriptedImage({ faces: [3, 4] }),
    scriptedImage({ faces: [3, 4] }),
    scriptedImage({ faces: [5], rejected: { 0: 'LOW_SHARPNESS' } }),
    scriptedImage({ faces: [] }),
    Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]),
  ];
  const uploadIds: string[] = [];
  for (const image of images) uploadIds.push(await world.upload(scope, image));
  return world.service.enroll(
    scope,
    {
      collectionId,
      items: uploadIds.map((uploadId, index) => ({
        image: { uploadId },
        ...(index === 1 || index === 2 ? { person: ada } : {}),
      })),
    },
    'request',
  );
}

async function expectDoneOnce(scope: TenantScope, collectionId: string, jobId: string): Promise<void> {
  expect(await world.jobs.find(scope, jobId)).toMatchObject({
    state: 'SUCCEEDED',
    done: 4,
    unindexed: 1,
    failed: 2,
    cancelled: 0,
    total: 6,
  });
  const items = await world.jobs.listItems(scope, jobId, {}, { first: 10 });
  expect(items.map((item) => [item.state, item.duplicate, item.error?.code])).toEqual([
    ['SUCCEEDED', false, undefined],
    ['SUCCEEDED', false, undefined],
    ['SUCCEEDED', true, undefined],
    ['SUCCEEDED', false, undefined],
    ['FAILED', false, 'NO_FACE_FOUND'],
    ['FAILED', false, 'IMAGE_UNREADABLE'],
  ]);
  const { faces, persons, collection, ops, events } = await db.database.maintain(scope, async (tx) => ({
    faces: await tx.face.findMany({ where: { collectionId } }),
    persons: await tx.person.findMany({ where: { collectionId } }),
    collection: await tx.collection.findUniqueOrThrow({ where: { id: collectionId } }),
    ops: await tx.vectorOp.findMany({ where: { collectionId } }),
    events: await tx.event.findMany({ where: { jobId }, orderBy: { seq: 'asc' } }),
  }));
  expect(faces.map((face) => face.state).sort()).toEqual(['INDEXED', 'INDEXED', 'INDEXED', 'UNINDEXED', 'UNINDEXED']);
  expect(persons).toHaveLength(1);
  expect(collection).toMatchObject({ faceCount: 3, personCount: 1 });
  expect(new Set(ops.map((op) => op.vectorKey)).size).toBe(3);
  expect(ops).toHaveLength(3);
  const types = events.map((event) => event.type);
  for (const once of ['JOB_CREATED', 'JOB_STARTED', 'JOB_SUCCEEDED']) {
    expect(types.filter((type) => type === once)).toHaveLength(1);
  }
  expect(types.at(-1)).toBe('JOB_SUCCEEDED');
  const indexed = events.flatMap((event) =>
    event.type === 'FACES_INDEXED' ? (event.payload as { faceIds: string[] }).faceIds : [],
  );
  expect(indexed.sort()).toEqual(
    faces
      .filter((face) => face.state === 'INDEXED')
      .map((face) => face.id)
      .sort(),
  );
  const space = { tenantId: scope.tenantId, collectionId, embeddingDigest: world.pack.embeddingDigest };
  expect((await world.index.stats({ ...space, dimension: 8, metric: 'COSINE' })).count).toBe(3);
  expect(await world.storedKeys(scope, 'images')).toEqual([items[0]!.id, items[1]!.id, items[3]!.id].sort());
  // The originals of the two that failed stay for a retry.
  expect(await world.storedKeys(scope, 'uploads')).toHaveLength(2);
}

async function start() {
  const scope = await world.createTenant();
  const collectionId = await world.createCollection(scope);
  const job = await request(scope, collectionId);
  await world.relay.drain();
  const [delivery] = world.deliveries.splice(0);
  return { scope, collectionId, jobId: job.id, payload: delivery!.payload };
}

/** Which boundary of a whole run this one is. */
async function boundaryOf(name: string): Promise<number> {
  const whole = new MortalProcess(Infinity);
  await world.run((await start()).payload, mortal(whole), 1);
  return whole.trace.indexOf(name) + 1;
}

describe('an enrolment whose worker dies', () => {
  it('is continued by the next delivery, from any point, and done exactly once', async () => {
    const whole = new MortalProcess(Infinity);
    const first = await start();
    await world.run(first.payload, mortal(whole), 1);
    await expectDoneOnce(first.scope, first.collectionId, first.jobId);
    expect(whole.boundaries).toBeGreaterThan(40);

    for (let at = 1; at <= whole.boundaries; at += 1) {
      const { scope, collectionId, jobId, payload } = await start();
      const process = new MortalProcess(at);
      await world.run(payload, mortal(process), 1).catch(() => undefined);
      expect(process.dead).toBe(true);
      await world.run(payload);
      try {
        await expectDoneOnce(scope, collectionId, jobId);
      } catch (error) {
        throw new Error(`Dead ${process.trace.at(-1)} (boundary ${at}): ${(error as Error).message}`, { cause: error });
      }
    }
  }, 240_000);

  it('is done once though two workers run the same delivery at the same time', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { scope, collectionId, jobId, payload } = await start();
      await Promise.all([world.run(payload), world.run(payload), world.run(payload)]);
      await expectDoneOnce(scope, collectionId, jobId);
    }
  });

  it('is found by the sweep when the queue has lost everything', async () => {
    for (const last of ['before enrollments.record', 'after enrollments.record', 'after enrollments.listLeftovers']) {
      const { scope, collectionId, jobId, payload } = await start();
      const process = new MortalProcess(await boundaryOf(last));
      await world.run(payload, mortal(process), 1).catch(() => undefined);
      expect(process.trace.at(-1)).toBe(last);
      world.clock.advance(600_000);
      const now = world.clock.now();
      for (const stuck of await world.system.sweeps.listStuckJobs(now, 300_000, jobKinds, 100))
        await world.jobs.requeue(stuck, now, 300_000);
      await world.settle();
      await expectDoneOnce(scope, collectionId, jobId);
      expect(await world.system.sweeps.listStuckJobs(now, 300_000, jobKinds, 100)).toEqual([]);
    }
  });
});
