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

describe('an enrolment', () => {
  it('takes images from uploads, base64 and addresses to indexed faces', async () => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    const uploadId = await world.upload(scope, scriptedImage({ faces: [1, 2] }));
    world.served.set('https://images.test/3.jpg', scriptedImage({ faces: [3] }));
    const job = await world.service.enroll(
      scope,
      {
        collectionId,
        items: [
          { image: { uploadId }, externalImageId: 'first' },
          {
            image: { base64: scriptedImage({ faces: [4, 5] }).toString('base64') },
            person: { create: { displayName: 'Ada', externalId: 'ada' } },
          },
          {
            image: { url: 'https://images.test/3.jpg' },
            person: { create: { displayName: 'Ada', externalId: 'ada' } },
          },
          { image: { base64: scriptedImage({ faces: [] }).toString('base64') } },
        ],
      },
      'request-1',
    );
    expect(job).toMatchObject({ state: 'QUEUED', total: 4, done: 0, failed: 0, kind: 'ENROLLMENT' });
    await world.settle();

    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 3, failed: 1 });
    const items = await world.jobs.listItems(scope, job.id, {}, { first: 10 });
    expect(items.map((item) => [item.state, item.error?.code ?? null])).toEqual([
      ['SUCCEEDED', null],
      ['SUCCEEDED', null],
      ['SUCCEEDED', null],
      ['FAILED', 'NO_FACE_FOUND'],
    ]);
    expect(items[0]!.faces.map((face) => [face.state, face.externalImageId, face.person])).toEqual([
      ['INDEXED', 'first', null],
      ['INDEXED', 'first', null],
    ]);
    expect(items[1]!.faces.map((face) => [face.state, face.reasons, face.person?.displayName])).toEqual([
      ['INDEXED', [], 'Ada'],
      ['UNINDEXED', ['EXCEEDS_MAX_FACES'], undefined],
    ]);
    expect(items[2]!.faces[0]!.person?.id).toBe(items[1]!.faces[0]!.person?.id);
    expect(await world.storedKeys(scope, 'images')).toEqual(
      items
        .slice(0, 3)
        .map((item) => item.id)
        .sort(),
    );
    // The original of the item that failed stays for a retry.
    expect(await world.storedKeys(scope, 'uploads')).toHaveLength(1);
    const space = {
      tenantId: scope.tenantId,
      collectionId,
      embeddingDigest: world.pack.embeddingDigest,
      dimension: 8,
      metric: 'COSINE' as const,
    };
    expect((await world.index.stats(space)).count).toBe(4);
    const collection = await db.database.maintain(scope, (tx) =>
      tx.collection.findUniqueOrThrow({ where: { id: collectionId } }),
    );
    expect(collection).toMatchObject({ faceCount: 4, personCount: 1 });
    expect(world.faults).toEqual([]);
  });
});
