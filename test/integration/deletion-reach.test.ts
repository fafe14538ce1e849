import type { Tenants } from '../../src/database/system';
import { newId } from '../../src/domain/ids';
import { CollectionStore } from '../../src/modules/collections/collection.store';
import { DeletionStore } from '../../src/modules/deletion/deletion.store';
import { NamingStore } from '../../src/modules/curation/naming.store';
import { FaceStore } from '../../src/modules/faces/face.store';
import { heldBy } from '../../src/modules/tenants/quota.store';
import { PersonStore } from '../../src/modules/persons/person.store';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import {
  createEnrollmentWorld,
  scriptedImage,
  type EnrollmentWorld,
  type ScriptedImage,
} from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
let persons: PersonStore;
let faces: FaceStore;
let namings: NamingStore;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  persons = new PersonStore(db.database);
  faces = new FaceStore(db.database);
  namings = new NamingStore(db.database);
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});

const imageOf = (image: ScriptedImage) => ({ base64: scriptedImage(image).toString('base64') });
const FIRST_PAGE = { first: 10 };

describe('what a deletion reaches', () => {
  it('gives back what the images took of the tenant’s disk', async () => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    const held = async () => (await db.database.read(scope, (tx) => heldBy(tx, scope))).imageBytes;
    const items = [1, 2].map((face) => ({ image: imageOf({ faces: [face] }) }));
    await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.settle();
    const both = await held();
    const [first] = await faces.list(scope, {}, FIRST_PAGE);
    await faces.delete(scope, [first!.id], 'r');
    expect(await held()).toBe(both);
    await world.settleDeletions();
    const one = await held();
    expect([one > 0, one < both]).toEqual([true, true]);
  });

  it('takes a person’s images along whose faces were too poor to be indexed, unless faces are kept', async () => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    const person = { collectionId, displayName: 'Ada', externalId: null, metadata: {} };
    const [kept, gone] = [await persons.create(scope, person), await persons.create(scope, person)];
    const items = [kept, gone].map(({ id }) => ({
      image: imageOf({ faces: [1], rejected: { 0: 'LOW_SHARPNESS' }, salt: id }),
      person: { id },
    }));
    await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.settle();
    expect(await faces.list(scope, { state: 'UNINDEXED' }, FIRST_PAGE)).toHaveLength(2);

    const first = await persons.delete(scope, [kept.id], { keepFaces: true, requestId: 'r' });
    expect(first.jobId).toBeNull();
    const second = await persons.delete(scope, [gone.id], { keepFaces: false, requestId: 'r' });
    expect(second.jobId).not.toBeNull();
    expect(await faces.list(scope, {}, FIRST_PAGE)).toHaveLength(1);
  });

  it('ties its job to no collection when there are several: the end of one is not the end of the job', async () => {
    const scope = await world.createTenant();
    for (const collectionId of [await world.createCollection(scope), await world.createCollection(scope)]) {
      await world.service.enroll(scope, { collectionId, items: [{ image: imageOf({ faces: [2] }) }] }, 'request');
    }
    await world.settle();
    const all = await faces.list(scope, {}, FIRST_PAGE);
    const { jobId, collectionIds } = await faces.delete(
      scope,
      all.map((face) => face.id),
      newId(),
    );
    expect(collectionIds).toHaveLength(2);
    expect(await world.jobs.find(scope, jobId!)).toMatchObject({ kind: 'DELETION', collectionId: null });
  });

  it('begins and ends before the eyes of whoever follows the collection that it is about', async () => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    await world.service.enroll(scope, { collectionId, items: [{ image: imageOf({ faces: [3] }) }] }, 'request');
    await world.settle();
    const [face] = await faces.list(scope, {}, FIRST_PAGE);
    const seen = async (jobId: string) => {
      const { events } = await world.events.readAfter(scope, { collectionId }, 0n, 100);
      return events.filter((event) => event.jobId === jobId).map(({ type, payload }) => ({ type, payload }));
    };
    const story = [
      { type: 'JOB_CREATED', payload: { kind: 'DELETION', total: 1 } },
      { type: 'JOB_SUCCEEDED', payload: { done: 1, unindexed: 0, failed: 0, cancelled: 0, total: 1 } },
    ];
    const { jobId: ofFaces } = await faces.delete(scope, [face!.id], newId());
    await world.settleDeletions();
    expect(await seen(ofFaces!)).toEqual(story);

    const ofCollection = await new CollectionStore(db.database).beginDeletion(scope, collectionId, 'request');
    await world.settleDeletions();
    expect(await db.database.maintain(scope, (tx) => tx.collection.count())).toBe(0);
    expect(await seen(ofCollection!)).toEqual(story);
  });

  it('meets an assignment at the same moment: one comes first, and neither fails for no reason', async () => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    const items = Array.from({ length: 8 }, (_, n) => ({ image: imageOf({ faces: [n] }) }));
    await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.settle();
    for (const { id } of await faces.list(scope, {}, FIRST_PAGE)) {
      const person = await persons.create(scope, { collectionId, displayName: 'Ada', externalId: null, metadata: {} });
      const [assigned] = await Promise.allSettled([
        namings.assign(scope, [id], person.id, 'r'),
        persons.delete(scope, [person.id], { keepFaces: true, requestId: 'r' }),
      ]);
      if (assigned.status === 'rejected') expect(assigned.reason).toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await faces.list(scope, { assigned: false }, FIRST_PAGE)).toHaveLength(8);
  });

  it('hides the persons of a collection in deletion from changes, too', async () => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    const { id } = await persons.create(scope, { collectionId, displayName: 'Ada', externalId: null, metadata: {} });
    await new CollectionStore(db.database).beginDeletion(scope, collectionId, 'request');
    await expect(persons.update(scope, id, { displayName: 'Bea' }, 'r')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('answers a person who comes as the collection goes that there is no such collection', async () => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    const [waiting, coming] = await db.database.maintain(scope, async (tx) => {
      await tx.collection.delete({ where: { id: collectionId } });
      const person = { collectionId, displayName: 'Ada', externalId: null, metadata: {} };
      const creation = persons.create(scope, person).catch((error: unknown) => error);
      for (;;) {
        const waits = await tx.$queryRaw<unknown[]>`
          SELECT FROM pg_locks w JOIN pg_locks h ON h.transactionid = w.transactionid AND h.granted
           WHERE NOT w.granted AND h.pid = pg_backend_pid()`;
        if (waits.length > 0) return [waits.length, { creation }] as const;
      }
    });
    expect(waiting).toBe(1);
    expect(await coming.creation).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('removes many rows in transactions of a bounded size', async () => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    const count = 12_000;
    await db.database.maintain(scope, async (tx) => {
      await tx.$executeRaw`
        INSERT INTO vector_ops (collection_id, seq, tenant_id, kind, vector_key)
        SELECT ${collectionId}::uuid, n, ${scope.tenantId}::uuid, 'UPSERT', n FROM generate_series(1, ${count}) n`;
    });
    for (let from = 0; from < count; from += 2_000) {
      await db.database.maintain(
        scope,
        (tx) => tx.$executeRaw`
          INSERT INTO persons (id, tenant_id, collection_id, display_name)
          SELECT gen_random_uuid(), ${scope.tenantId}::uuid, ${collectionId}::uuid, 'P' || n
            FROM generate_series(${from} + 1, ${from} + 2000) n`,
      );
    }
    const terms = await db.database.read(scope, (tx) => tx.personTerm.count());
    expect(terms).toBeGreaterThan(count);
    const removed: number[] = [];
    const deletions = new DeletionStore(db.database);
    const removeRows = async (...rows: Parameters<DeletionStore['removeRows']>) => {
      const count = await deletions.removeRows(...rows);
      if (rows[1] === collectionId) removed.push(count);
      return count;
    };
    await new CollectionStore(db.database).beginDeletion(scope, collectionId, 'request');
    await world.settleDeletions(Object.create(deletions, { removeRows: { value: removeRows } }));
    expect(removed.reduce((sum, rows) => sum + rows, 0)).toBe(2 * count + terms);
    expect(Math.max(...removed)).toBeLessThan(count);
    expect(await db.database.maintain(scope, (tx) => tx.collection.count())).toBe(0);
  });

  it('takes images of a collection along that a worker stored and died before it recorded them', async () => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    const items = [1, 2, 3].map((face) => ({ image: imageOf({ faces: [face] }) }));
    await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.settle();
    const job = await world.service.enroll(
      scope,
      { collectionId, items: [{ image: imageOf({ faces: [4] }) }] },
      'request',
    );
    const [unrecorded] = await world.jobs.listItems(scope, job.id, {}, { first: 10 });
    await world.images.put(`images/${scope.tenantId}/${unrecorded!.id}`, scriptedImage({ faces: [4] }));
    expect(await world.storedKeys(scope, 'images')).toHaveLength(4);
    await new CollectionStore(db.database).beginDeletion(scope, collectionId, 'request');
    await world.settleDeletions(new DeletionStore(db.database));
    expect(await world.storedKeys(scope, 'images')).toEqual([]);
    expect(await db.database.maintain(scope, (tx) => tx.collection.count())).toBe(0);
  });

  it('takes images of a tenant along that were stored while it went', async () => {
    const scope = await world.createTenant();
    const { tenants } = world.system;
    const image = scriptedImage({ faces: [1] });
    const late: Pick<Tenants, 'remove'> = {
      remove: async () => {
        await world.images.put(`images/${scope.tenantId}/${newId()}`, image);
        await world.images.put(`uploads/${scope.tenantId}/${newId()}`, image);
        await tenants.remove(scope);
      },
    };
    await tenants.beginDeletion(scope.tenantId, new Date());
    await new DeletionStore(db.database).requestTenantDeletion(scope);
    await world.settleDeletions(undefined, late);
    expect(await db.database.system.tenant.count({ where: { id: scope.tenantId } })).toBe(0);
    expect([await world.storedKeys(scope, 'images'), await world.storedKeys(scope, 'uploads')]).toEqual([[], []]);
  });
});
