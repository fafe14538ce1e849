import type { TenantScope } from '../../src/domain/tenant-scope';
import { WeightedGate } from '../../src/domain/weighted-gate';
import { deleteFaces } from '../../src/modules/faces/face-deletion.store';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, vectorOf, type EnrollmentWorld } from '../fixtures/enrollment-world';
import { createTestPruner, DAY } from '../fixtures/pruner';
import { createReembeddingWorld, type ReembeddingWorld } from '../fixtures/reembedding-world';

let db: TestDatabase;
let world: EnrollmentWorld;
let moving: ReembeddingWorld;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  moving = await createReembeddingWorld(world);
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});
afterEach(() => {
  world.analyzer.before = () => undefined;
  moving.analyzer.misses = false;
  moving.served.splice(0, 9, world.pack, moving.other);
});

const OTHER = 'other@1';

async function enrol(scope: TenantScope, collectionId: string, seeds: readonly number[]): Promise<void> {
  const items = [];
  for (const seed of seeds) {
    const image = { uploadId: await world.upload(scope, scriptedImage({ faces: [seed], bare: true })) };
    items.push({ image, person: { create: { displayName: `n${seed}`, externalId: `e${seed}` } } });
  }
  await world.service.enroll(scope, { collectionId, items }, 'request');
}

/** A collection of a person for each seed, whose faces have keys in the order of the seeds: each is recorded before the next. */
async function filled(seeds: readonly number[]) {
  const scope = await world.createTenant();
  const collectionId = await world.createCollection(scope);
  for (const seed of seeds) {
    await enrol(scope, collectionId, [seed]);
    await moving.settle();
  }
  return { scope, collectionId };
}

const begin = (scope: TenantScope, id: string, more: { dropFacesWithoutImage?: boolean } = {}) =>
  moving.service.begin(scope, { id, modelPack: OTHER, ...more }, 'request');

const facesOf = (scope: TenantScope, collectionId: string) =>
  world.database.read(scope, (tx) =>
    tx.face.findMany({
      where: { collectionId },
      select: { id: true, state: true, reasons: true, personId: true, imageId: true, embeddings: true },
      orderBy: { vectorKey: 'asc' },
    }),
  );
const digestsOf = async (scope: TenantScope, collectionId: string): Promise<number> =>
  (await facesOf(scope, collectionId)).reduce((sum, { embeddings }) => sum + embeddings.length, 0);
const collectionOf = (scope: TenantScope, id: string) => moving.collections.find(scope, { id }).then((found) => found!);

/** Whom the collection's own pack finds for a seed, by the index. */
async function nearest(scope: TenantScope, collectionId: string, seed: number): Promise<string | null> {
  const { embeddingDigest, modelPackId } = await collectionOf(scope, collectionId);
  const { dimension, metric } = world.pack;
  const space = { tenantId: scope.tenantId, collectionId, embeddingDigest, dimension, metric };
  const vector = modelPackId === OTHER ? vectorOf(seed).map((one) => -one) : vectorOf(seed);
  const [[hit] = []] = await moving.sync.search(scope, space, [vector], 1);
  if (!hit || hit.distance > 0.01) return null;
  return world.database.read(scope, async (tx) => {
    const face = await tx.face.findFirst({
      where: { vectorKey: hit.vectorKey, state: 'INDEXED' },
      select: { person: true },
    });
    return face?.person?.displayName ?? null;
  });
}

it('embeds what is enrolled meanwhile in both packs, and leaves out what is deleted meanwhile', async () => {
  const { scope, collectionId } = await filled([1, 2, 3]);
  const before = await facesOf(scope, collectionId);
  const job = await begin(scope, collectionId);
  // It has been planned, and nothing of it is done.
  await moving.run(await moving.take());
  await enrol(scope, collectionId, [4]);
  await world.relay.drain();
  const place = world.deliveries.findIndex(({ name }) => name === 'enroll-images');
  await world.run(world.deliveries.splice(place, 1)[0]!.payload, moving.enrolling);
  expect(await digestsOf(scope, collectionId)).toBe(5);

  await world.database.change(scope, (change) => deleteFaces(change, [before[1]!.id]));
  expect(await nearest(scope, collectionId, 1)).toBe('n1');
  await moving.settle();
  expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', failed: 0, total: 4, done: 4 });
  expect(await collectionOf(scope, collectionId)).toMatchObject({ modelPackId: OTHER, faceCount: 3, personCount: 4 });
  for (const seed of [1, 3, 4]) expect(await nearest(scope, collectionId, seed)).toBe(`n${seed}`);
  expect(await nearest(scope, collectionId, 2)).toBeNull();
  const after = await facesOf(scope, collectionId);
  expect(after.slice(0, 3).map(({ id, personId }) => [id, personId])).toEqual([
    [before[0]!.id, before[0]!.personId],
    [before[1]!.id, null],
    [before[2]!.id, before[2]!.personId],
  ]);
});

it('works again on an image whose record comes after the switch', async () => {
  const { scope, collectionId } = await filled([10]);
  await enrol(scope, collectionId, [11]);
  await world.relay.drain();
  const [enrolment] = world.deliveries.splice(0);
  // The move begins and ends while the image is with the first pack.
  let moved = false;
  world.analyzer.before = async ({ packId }) => {
    if (moved || packId !== world.pack.id) return;
    moved = true;
    await begin(scope, collectionId);
    await moving.settle();
  };
  await world.run(enrolment!.payload, moving.enrolling, 3);
  expect(await collectionOf(scope, collectionId)).toMatchObject({ modelPackId: OTHER, faceCount: 2 });
  expect(await nearest(scope, collectionId, 11)).toBe('n11');
  expect((await facesOf(scope, collectionId)).at(-1)!.embeddings).toMatchObject([
    { embeddingDigest: moving.other.embeddingDigest },
  ]);
});

it('uses the landmarks that are known of a face that the other detector misses', async () => {
  const { scope, collectionId } = await filled([300]);
  moving.analyzer.misses = true;
  moving.asked.length = 0;
  await begin(scope, collectionId);
  await moving.settle();
  expect(moving.asked.map(({ places }) => places?.length)).toEqual([undefined, 1]);
  expect(await collectionOf(scope, collectionId)).toMatchObject({ modelPackId: OTHER });
});

it('stops where it is cancelled, and another one does not embed again what is there', async () => {
  const { scope, collectionId } = await filled([21, 22, 23]);
  const job = await begin(scope, collectionId);
  await moving.run(await moving.take());
  let seen = 0;
  world.analyzer.before = async () => {
    seen += 1;
    if (seen === 2) await world.jobService.cancel(scope, job.id);
    if (seen >= 2) world.clock.advance(2_000);
  };
  await moving.settle({ inFlight: 1, gate: new WeightedGate(1) });
  const ended = await world.jobs.find(scope, job.id);
  expect(ended).toMatchObject({ state: 'CANCELLED', done: 2, cancelled: 2, total: 4 });
  expect(await collectionOf(scope, collectionId)).toMatchObject({ modelPackId: 'scripted@1', faceCount: 3 });
  expect(await nearest(scope, collectionId, 22)).toBe('n22');
  const [stopped] = await moving.service.findMany(scope, [collectionId]);
  expect(stopped).toMatchObject({ state: 'STOPPED', jobId: job.id });

  world.analyzer.before = () => undefined;
  moving.asked.length = 0;
  const next = await begin(scope, collectionId);
  await moving.settle();
  expect(await world.jobs.find(scope, next.id)).toMatchObject({ state: 'SUCCEEDED', done: 2, total: 2 });
  expect(moving.asked).toHaveLength(1);
  expect(await nearest(scope, collectionId, 22)).toBe('n22');
});

it('stays where it is when an image is gone, moves without it when it may, and finds its face again after a way back', async () => {
  const { scope, collectionId } = await filled([31, 32]);
  const [gone] = await facesOf(scope, collectionId);
  await world.images.delete(`images/${scope.tenantId}/${gone!.imageId}`);
  const refused = await begin(scope, collectionId);
  await moving.settle();
  expect(await world.jobs.find(scope, refused.id)).toMatchObject({
    state: 'FAILED',
    failed: 1,
    error: { code: 'CONFLICT', message: expect.stringContaining('1 faces of 1 images') },
  });
  const [item] = await world.jobs.listItems(scope, refused.id, { state: 'FAILED' }, { first: 5 });
  expect(item).toMatchObject({ error: { code: 'NOT_FOUND' }, image: { id: gone!.imageId } });
  expect(await nearest(scope, collectionId, 31)).toBe('n31');

  await begin(scope, collectionId, { dropFacesWithoutImage: true });
  await moving.settle();
  expect(await collectionOf(scope, collectionId)).toMatchObject({ modelPackId: OTHER, faceCount: 1, personCount: 2 });
  expect((await facesOf(scope, collectionId))[0]).toMatchObject({
    ...{ id: gone!.id, personId: gone!.personId, state: 'UNINDEXED', reasons: ['NOT_REEMBEDDED'] },
  });
  expect(await nearest(scope, collectionId, 31)).toBeNull();

  moving.asked.length = 0;
  await enrol(scope, collectionId, [33]);
  await moving.settle();
  const back = await moving.service.rollBack(scope, collectionId, 'request');
  const calls = world.analyzer.calls;
  await moving.settle();
  expect(await world.jobs.find(scope, back.id)).toMatchObject({ state: 'SUCCEEDED', done: 2, total: 2 });
  expect(world.analyzer.calls - calls).toBe(1);
  expect(await collectionOf(scope, collectionId)).toMatchObject({ modelPackId: 'scripted@1', faceCount: 3 });
  for (const seed of [31, 32, 33]) expect(await nearest(scope, collectionId, seed)).toBe(`n${seed}`);
  expect((await facesOf(scope, collectionId))[0]).toMatchObject({ id: gone!.id, state: 'INDEXED', reasons: [] });
});

it('works again on images that failed when they are back', async () => {
  const { scope, collectionId } = await filled([41]);
  const [face] = await facesOf(scope, collectionId);
  const key = `images/${scope.tenantId}/${face!.imageId}`;
  const bytes = await world.images.get(key);
  await world.images.delete(key);
  const job = await begin(scope, collectionId);
  await moving.settle();
  await world.images.put(key, bytes);
  await world.jobService.retry(scope, job.id);
  await moving.settle();
  expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', failed: 0, done: 2, error: null });
  expect(await nearest(scope, collectionId, 41)).toBe('n41');
});

it('refuses what cannot be, each with its reason', async () => {
  const { scope, collectionId } = await filled([51]);
  const stranger = await world.createTenant();
  const asking = (modelPack: string, of = scope) =>
    moving.service.begin(of, { id: collectionId, modelPack }, 'request');
  await expect(asking('scripted')).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('already'),
  });
  await expect(asking('nothing')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  await expect(asking(OTHER, stranger)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(moving.service.rollBack(stranger, collectionId, 'r')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(moving.service.finish(stranger, collectionId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(moving.service.rollBack(scope, collectionId, 'r')).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(moving.service.finish(scope, collectionId)).rejects.toMatchObject({ code: 'CONFLICT' });
  moving.served[1] = { ...moving.other, calibration: null };
  await expect(asking(OTHER)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  moving.served[1] = moving.other;
  const job = await asking(OTHER);
  await expect(asking(OTHER)).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('moves to') });

  // The pack goes while it runs.
  moving.served.pop();
  await moving.settle();
  expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'FAILED', error: { code: 'MODEL_MISMATCH' } });
  moving.served.push(moving.other);
  await asking(OTHER);
  await moving.settle();
  moving.served.shift();
  await expect(moving.service.rollBack(scope, collectionId, 'r')).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
});

it('stands still while its tenant is suspended, and ends when its collection is deleted', async () => {
  const { scope, collectionId } = await filled([61]);
  const job = await begin(scope, collectionId);
  const planning = await moving.take();
  const suspend = (status: 'ACTIVE' | 'SUSPENDED') =>
    world.database.system.tenant.update({ where: { id: scope.tenantId }, data: { status } });
  await suspend('SUSPENDED');
  await moving.run(planning);
  expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'QUEUED' });
  await suspend('ACTIVE');
  await moving.run(await moving.take());
  await moving.collections.delete(scope, collectionId, 'request');
  await moving.settle();
  expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'FAILED', error: { code: 'NOT_FOUND' } });
});

it('keeps vectors of the earlier pack for a time, or until it is told that nobody goes back', async () => {
  const { scope, collectionId } = await filled([71, 72]);
  await begin(scope, collectionId);
  await moving.settle();
  const pruner = createTestPruner(world);
  await pruner.runOnce();
  expect(await digestsOf(scope, collectionId)).toBe(4);
  world.clock.advance(7 * DAY + 1);
  await expect(moving.service.rollBack(scope, collectionId, 'r')).rejects.toMatchObject({ code: 'CONFLICT' });
  await pruner.runOnce();
  expect(await digestsOf(scope, collectionId)).toBe(2);
  expect(await moving.service.findMany(scope, [collectionId])).toEqual([null]);
  expect(await nearest(scope, collectionId, 71)).toBe('n71');

  await moving.service.begin(scope, { id: collectionId, modelPack: 'scripted' }, 'request');
  await moving.settle();
  expect(await digestsOf(scope, collectionId)).toBe(4);
  await moving.service.finish(scope, collectionId);
  await pruner.runOnce();
  expect(await digestsOf(scope, collectionId)).toBe(2);
  expect(await nearest(scope, collectionId, 72)).toBe('n72');
});

it('fails an image that kills processes, and leaves its face out where it may', async () => {
  const KILLER = 4711;
  const { scope, collectionId } = await filled([81, KILLER]);
  const job = await begin(scope, collectionId, { dropFacesWithoutImage: true });
  await moving.run(await moving.take());
  const payload = await moving.take();
  /** A delivery whose process dies with the image: nothing of it is heard again. */
  const die = () =>
    new Promise<void>((resolve) => {
      world.analyzer.before = async ({ image }) => {
        if (!Buffer.from(image).includes(String(KILLER))) return;
        resolve();
        await new Promise(() => undefined);
      };
      void moving.run(payload, { gate: new WeightedGate(16) }).catch(() => undefined);
    });
  for (let death = 1; death <= 3; death += 1) await die();
  world.analyzer.before = ({ image }) => {
    if (Buffer.from(image).includes(String(KILLER))) throw new Error('tried again');
  };
  await moving.run(payload);
  await moving.settle();
  expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', failed: 1, done: 2, total: 3 });
  const items = await world.jobs.listItems(scope, job.id, { state: 'FAILED' }, { first: 5 });
  expect(items).toMatchObject([
    { error: { code: 'IMAGE_UNREADABLE', message: expect.stringContaining('died three times') } },
  ]);
  expect(await nearest(scope, collectionId, 81)).toBe('n81');
});
