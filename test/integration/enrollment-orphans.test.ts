import { CollectionStore } from '../../src/modules/collections/collection.store';
import { DeletionStore } from '../../src/modules/deletion/deletion.store';
import type { EnrollImagesDependencies } from '../../src/modules/enrollment/enrollment.jobs';
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
beforeEach(() => {
  world.analyzer.before = () => undefined;
});

/** A promise and what fulfils it. */
function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give!: () => void;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}

describe('what is stored of an image that is not enrolled in the end', () => {
  it('goes though its worker died after its record and another range of the job ends meanwhile', async () => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    // The second range has the bytes of the first: both store them, one of them owns them.
    const images = Array.from({ length: 32 }, (_, seed) => scriptedImage({ faces: [seed] }));
    const items = [];
    for (const image of [...images, ...images]) {
      items.push({ image: { uploadId: await world.upload(scope, image) } });
    }
    const job = await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.relay.drain();
    const [first, second] = world.deliveries.splice(0);
    const [stored, recorded] = [signal(), signal()];
    const base = world.handlerDependencies;
    type Record = EnrollImagesDependencies['enrollments']['record'];
    const dies = Object.create(base.enrollments, {
      record: {
        value: async (...outcomes: Parameters<Record>) => {
          stored.give();
          await recorded.given;
          return base.enrollments.record(...outcomes);
        },
      },
      listLeftovers: { value: () => Promise.reject(new Error('killed')) },
    });
    const dead = world.run(second!.payload, { ...base, enrollments: dies }, 1).catch(() => undefined);
    await stored.given;
    const waits = Object.create(base.enrollments, {
      record: {
        value: async (...outcomes: Parameters<Record>) => {
          const result = await base.enrollments.record(...outcomes);
          recorded.give();
          await dead;
          return result;
        },
      },
    });
    await world.run(first!.payload, { ...base, enrollments: waits }, 1);
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'IN_PROGRESS', done: 64 });
    expect(await world.storedKeys(scope, 'images')).toHaveLength(64);
    await world.run(second!.payload);
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 64 });
    expect(await world.storedKeys(scope, 'images')).toHaveLength(32);
  });

  it.each(['collection', 'tenant'] as const)('goes when the %s is deleted while it is analysed', async (what) => {
    for (const bare of [true, false]) {
      const scope = await world.createTenant();
      const collectionId = await world.createCollection(scope);
      const uploadId = await world.upload(scope, scriptedImage({ faces: [3], bare }));
      await world.service.enroll(scope, { collectionId, items: [{ image: { uploadId } }] }, 'request');
      world.analyzer.before = async () => {
        if (what === 'collection') {
          await new CollectionStore(db.database).beginDeletion(scope, collectionId, 'request');
        } else {
          await world.system.tenants.beginDeletion(scope.tenantId, new Date());
          await new DeletionStore(db.database).requestTenantDeletion(scope);
        }
        await world.settleDeletions();
      };
      await world.settle();
      expect(await db.database.maintain(scope, (tx) => tx.collection.count())).toBe(0);
      expect(await world.storedKeys(scope, 'images')).toEqual([]);
    }
  });

  it('is enrolled from what was read though its upload goes meanwhile', async () => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    const uploadId = await world.upload(scope, scriptedImage({ faces: [3], bare: true }));
    const job = await world.service.enroll(scope, { collectionId, items: [{ image: { uploadId } }] }, 'request');
    world.analyzer.before = () => world.images.delete(`uploads/${scope.tenantId}/${uploadId}`);
    await world.settle();
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 1, failed: 0 });
    expect(await world.storedKeys(scope, 'images')).toHaveLength(1);
  });
});
