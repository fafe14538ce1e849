import { DomainError } from '../../src/domain/errors';
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
afterEach(() => {
  world.analyzer.before = () => undefined;
});

const KILLER = 4711;

/** A job of six images, of which the fourth may kill. */
async function start() {
  const scope = await world.createTenant();
  const collectionId = await world.createCollection(scope);
  const items = [];
  for (const seed of [1, 2, 3, KILLER, 5, 6]) {
    items.push({ image: { uploadId: await world.upload(scope, scriptedImage({ faces: [seed] })) } });
  }
  const job = await world.service.enroll(scope, { collectionId, items }, 'request');
  await world.relay.drain();
  const [delivery] = world.deliveries.splice(0);
  return { scope, job, payload: delivery!.payload };
}

/** A delivery whose process dies with the image: nothing of it is heard again. */
async function die(payload: Parameters<EnrollmentWorld['run']>[0]): Promise<number> {
  let inWork = 0;
  let most = 0;
  await new Promise<void>((resolve) => {
    world.analyzer.before = async ({ image }) => {
      inWork += 1;
      most = Math.max(most, inWork);
      if (Buffer.from(image).includes(String(KILLER))) {
        resolve();
        await new Promise(() => undefined);
      }
      await new Promise((go) => setTimeout(go, 20));
      inWork -= 1;
    };
    void world.run(payload).catch(() => undefined);
  });
  const together = inWork;
  await new Promise((resolve) => setTimeout(resolve, 200));
  return together;
}

it('tries an image alone that a process died with, then fails it and does the others', async () => {
  const { scope, job, payload } = await start();
  expect(await die(payload)).toBeGreaterThan(1);
  // From the second time on it is the only one in work.
  expect(await die(payload)).toBe(1);
  expect(await die(payload)).toBe(1);
  world.analyzer.before = ({ image }) => {
    if (Buffer.from(image).includes(String(KILLER))) throw new Error('tried again');
  };
  await world.run(payload);
  expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 5, failed: 1 });
  const items = await world.jobs.listItems(scope, job.id, {}, { first: 10 });
  expect(items.map(({ state }) => state)).toEqual([
    'SUCCEEDED',
    'SUCCEEDED',
    'SUCCEEDED',
    'FAILED',
    'SUCCEEDED',
    'SUCCEEDED',
  ]);
  expect(items[3]!.error).toMatchObject({
    code: 'IMAGE_UNREADABLE',
    message: expect.stringContaining('died three times'),
  });

  // Whoever retries it gives it a new chance.
  await world.jobService.retry(scope, job.id);
  world.analyzer.before = () => undefined;
  await world.settle();
  expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 6, failed: 0 });
});

it('blames no image for a fault that leaves the process alive, however often', async () => {
  const { scope, job, payload } = await start();
  world.analyzer.before = () => {
    throw new DomainError('DEPENDENCY_UNAVAILABLE', 'The store is away.');
  };
  await expect(world.run(payload, { ...world.handlerDependencies }, 9).catch(() => 'gone')).resolves.toBeUndefined();
  await world.jobService.retry(scope, job.id);
  const { enrollments } = world.handlerDependencies;
  let outages = 0;
  const away = Object.create(enrollments, {
    record: { value: () => Promise.reject(new Error('The database is away.')) },
    takeBackStarts: { value: () => Promise.reject(new Error(`The database is away, ${(outages += 1)}.`)) },
  });
  world.analyzer.before = () => undefined;
  await world.relay.drain();
  const [again] = world.deliveries.splice(0);
  const handler = world.handler({ ...world.handlerDependencies, enrollments: away });
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    const signal = new AbortController().signal;
    const delivery = { id: again!.id, payload: again!.payload, attempt, isLastAttempt: false, signal };
    await expect(handler.handle(delivery)).rejects.toThrow('away');
  }
  const items = await world.jobs.listItems(scope, job.id, {}, { first: 10 });
  expect(items.map(({ state }) => state)).toEqual(Array(6).fill('RUNNING'));
});
