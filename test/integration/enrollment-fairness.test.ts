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

/** A tenant's job, as the queue would deliver it. */
async function deliveriesOf(sources: (scope: Scope) => Promise<{ uploadId?: string; url?: string }[]>) {
  const scope = await world.createTenant();
  const collectionId = await world.createCollection(scope);
  const items = (await sources(scope)).map((image) => ({ image }));
  const job = await world.service.enroll(scope, { collectionId, items }, 'request');
  await world.relay.drain();
  return { scope, job, deliveries: world.deliveries.splice(0) };
}
type Scope = Awaited<ReturnType<EnrollmentWorld['createTenant']>>;

let seed = 0;
const uploads = (count: number) => (scope: Scope) =>
  Promise.all(
    Array.from({ length: count }, async () => ({
      uploadId: await world.upload(scope, scriptedImage({ faces: [(seed += 1)] })),
    })),
  );

it('works on another tenant’s image between those of a tenant that has many in the process', async () => {
  const many = await deliveriesOf(uploads(64));
  const one = await deliveriesOf(uploads(1));
  const handler = world.handler({ ...world.handlerDependencies, inFlight: 4 });
  const order: string[] = [];
  const begun: (() => void)[] = [];
  const others = `[${seed}]`;
  world.analyzer.before = ({ image }) => {
    order.push(Buffer.from(image).includes(others) ? 'one' : 'many');
    return new Promise<void>((resolve) => begun.push(resolve));
  };
  const run = ({ id, payload }: (typeof many.deliveries)[number]) =>
    handler.handle({ id, payload, attempt: 1, isLastAttempt: true, signal: new AbortController().signal });
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const rest = many.deliveries.map(run);
  while (begun.length < 4) await pause(5);
  const other = run(one.deliveries[0]!);
  await pause(500);
  // Each image that ends lets the next one in.
  while (!order.includes('one')) {
    begun.shift()?.();
    await pause(20);
  }
  expect(order.length).toBeLessThanOrEqual(16);
  world.analyzer.before = () => undefined;
  for (const release of begun) release();
  await Promise.all([other, ...rest]);
  expect(await world.jobs.find(one.scope, one.job.id)).toMatchObject({ state: 'SUCCEEDED', done: 1 });
  expect(await world.jobs.find(many.scope, many.job.id)).toMatchObject({ state: 'SUCCEEDED', done: 64 });
});

it('lets images in while all that another tenant wants is waited for at an address', async () => {
  let release!: () => void;
  const answers = new Promise<void>((resolve) => (release = resolve));
  const fetch = async () => {
    await answers;
    throw new DomainError('URL_REFUSED', 'This address does not answer with an image.');
  };
  const handler = world.handler({ ...world.handlerDependencies, inFlight: 4, urls: { fetch } });
  const slow = await deliveriesOf(async () =>
    Array.from({ length: 40 }, (_, n) => ({ url: `https://slow.example/${n}.jpg` })),
  );
  const quick = await deliveriesOf(uploads(8));
  const run = ({ id, payload }: (typeof slow.deliveries)[number]) =>
    handler.handle({ id, payload, attempt: 1, isLastAttempt: true, signal: new AbortController().signal });
  const waiting = slow.deliveries.map(run);
  await Promise.all(quick.deliveries.map(run));
  expect(await world.jobs.find(quick.scope, quick.job.id)).toMatchObject({ state: 'SUCCEEDED', done: 8 });
  release();
  await Promise.all(waiting);
  expect(await world.jobs.find(slow.scope, slow.job.id)).toMatchObject({ state: 'SUCCEEDED', failed: 40 });
});
