import type { TenantScope } from '../../src/domain/tenant-scope';
import { FaceStore } from '../../src/modules/faces/face.store';
import { EnrolledImageStore } from '../../src/modules/faces/image.store';
import { ImageAccessStore } from '../../src/modules/images/image-access.store';
import { PersonStore } from '../../src/modules/persons/person.store';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, vectorOf, type EnrollmentWorld } from '../fixtures/enrollment-world';
import { createTestPruner } from '../fixtures/pruner';

let db: TestDatabase;
let world: EnrollmentWorld;
let faces: FaceStore;
let persons: PersonStore;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  faces = new FaceStore(db.database);
  persons = new PersonStore(db.database);
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});

const ALL = { first: 500 };
const imageOf = (...seen: number[]) => ({ base64: scriptedImage({ faces: seen }).toString('base64') });

/** A collection that keeps faces for 30 days, with a face of each of these persons and one of nobody. */
async function start(names: readonly string[]) {
  const scope = await world.createTenant();
  const collectionId = await world.createCollection(scope);
  await db.database.maintain(scope, (tx) =>
    tx.collection.update({ where: { id: collectionId }, data: { retentionDays: 30 } }),
  );
  const named = names.map((displayName, index) => ({
    image: imageOf(index),
    person: { create: { displayName, externalId: displayName } },
  }));
  await world.service.enroll(scope, { collectionId, items: [...named, { image: imageOf(99) }] }, 'request');
  await world.settle();
  return { scope, collectionId };
}

/** Makes what the tenant has `days` days older. */
async function age(scope: TenantScope, days: number): Promise<void> {
  await db.database.maintain(scope, async (tx) => {
    for (const table of ['faces', 'images', 'persons']) {
      await tx.$executeRawUnsafe(`UPDATE ${table} SET created_at = created_at - make_interval(days => ${days})`);
    }
  });
}

async function nearest(scope: TenantScope, collectionId: string, seed: number) {
  const { embeddingDigest, dimension, metric } = world.pack;
  const space = { tenantId: scope.tenantId, collectionId, embeddingDigest, dimension, metric };
  const [hits] = await world.index.search(space, [vectorOf(seed)], 10);
  const keys = hits!.map((hit) => hit.vectorKey);
  return { keys, found: await faces.findIndexedByVectorKeys(scope, [collectionId], keys, embeddingDigest) };
}

async function eventsOf(scope: TenantScope, collectionId: string) {
  const page = await world.events.readAfter(scope, { collectionId }, 0n, 500);
  return page.events;
}

describe('what is older than its collection keeps it', () => {
  it('is in no answer from that moment on, before anything has been removed', async () => {
    const { scope, collectionId } = await start(['Ada']);
    const list = await faces.list(scope, { collectionId }, ALL);
    const ofAda = list.find((face) => face.person !== null)!;
    const { embeddingDigest } = world.pack;
    const seen = async () => ({
      search: (await nearest(scope, collectionId, 0)).found.length,
      listed: (await faces.list(scope, { collectionId }, ALL)).length,
      face: (await faces.find(scope, ofAda.id)) !== null,
      probe: (await faces.findIndexed(scope, ofAda.id, embeddingDigest)) !== null,
      verified: (await faces.findIndexedByPerson(scope, ofAda.person!.id, embeddingDigest, 10)).length,
      images: (await new EnrolledImageStore(db.database).list(scope, collectionId, {}, ALL)).length,
      image: (await new ImageAccessStore(db.database).findImage(scope, ofAda.image.id)) !== null,
      crop: (await new ImageAccessStore(db.database).findFaceCrop(scope, ofAda.id)) !== null,
    });
    await age(scope, 29);
    expect(await seen()).toEqual({
      search: 2,
      listed: 2,
      face: true,
      probe: true,
      verified: 1,
      images: 2,
      image: true,
      crop: true,
    });
    await age(scope, 1);
    expect(await seen()).toEqual({
      search: 0,
      listed: 0,
      face: false,
      probe: false,
      verified: 0,
      images: 0,
      image: false,
      crop: false,
    });
    expect((await nearest(scope, collectionId, 0)).keys).toHaveLength(2);

    // Whoever enrols the same bytes again is not told that they are there.
    const person = { id: ofAda.person!.id };
    const job = await world.service.enroll(scope, { collectionId, items: [{ image: imageOf(0), person }] }, 'request');
    await world.settle();
    expect(await world.jobs.listItems(scope, job.id, {}, ALL)).toMatchObject([
      { state: 'SUCCEEDED', duplicate: false },
    ]);
    expect(await seen()).toMatchObject({ search: 1, listed: 1, verified: 1 });
  });

  it('is removed by the pruner: faces, images with their bytes, persons without faces, and told with the reason', async () => {
    const { scope, collectionId } = await start(['Ada', 'Grace', 'Lise']);
    await persons.create(scope, { collectionId, displayName: 'Never seen', externalId: null, metadata: {} });
    await age(scope, 31);
    const young = await start(['Emmy']);
    const [grace] = await persons.list(scope, collectionId, { externalId: 'Grace' }, ALL);
    const items = [{ image: imageOf(50), person: { id: grace!.id } }];
    await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.settle();

    await createTestPruner(world).runOnce();
    await world.settleDeletions();
    const left = await persons.list(scope, collectionId, {}, ALL);
    expect(left.map((person) => person.displayName)).toEqual(['Grace']);
    const rows = await db.database.read(scope, async (tx) => ({
      faces: await tx.face.count(),
      images: await tx.image.count(),
      embeddings: await tx.faceEmbedding.count(),
      collection: await tx.collection.findFirstOrThrow({ select: { faceCount: true, personCount: true } }),
    }));
    expect(rows).toEqual({ faces: 1, images: 1, embeddings: 1, collection: { faceCount: 1, personCount: 1 } });
    expect(await world.storedKeys(scope, 'images')).toHaveLength(1);
    expect((await nearest(scope, collectionId, 0)).keys).toHaveLength(1);
    const told = (await eventsOf(scope, collectionId)).filter(({ payload }) => payload['reason'] === 'RETENTION');
    expect(told.map(({ type }) => type)).toEqual(['FACES_DELETED', 'PERSONS_DELETED']);
    expect(told[0]!.payload['faceIds']).toHaveLength(4);
    expect(told[1]!.payload['personIds']).toHaveLength(3);
    expect(await persons.list(young.scope, young.collectionId, {}, ALL)).toHaveLength(1);
    expect(await faces.count(young.scope, { collectionId: young.collectionId }, 10)).toBe(2);
  });

  it('goes batch by batch, and asks for one job while the one before has not begun', async () => {
    const { scope, collectionId } = await start([]);
    const items = Array.from({ length: 450 }, (_, n) => ({ image: imageOf(1_000 + n) }));
    for (let at = 0; at < items.length; at += 50) {
      await world.service.enroll(scope, { collectionId, items: items.slice(at, at + 50) }, 'request');
    }
    await world.settle();
    await age(scope, 31);
    await createTestPruner(world).runOnce();
    const told = (await eventsOf(scope, collectionId)).filter(({ type }) => type === 'FACES_DELETED');
    expect(told.map(({ payload }) => (payload['faceIds'] as string[]).length)).toEqual([200, 200, 51]);
    const jobs = await db.database.read(scope, (tx) => tx.job.findMany({ where: { kind: 'DELETION' } }));
    expect(jobs).toHaveLength(1);
    await world.settleDeletions();
    expect(await world.storedKeys(scope, 'images')).toEqual([]);
  });
});
