import type { TenantScope } from '../../src/domain/tenant-scope';
import type { EnrollFacesItem } from '../../src/modules/enrollment/enrollment-request';
import { NamingStore } from '../../src/modules/curation/naming.store';
import { FaceStore } from '../../src/modules/faces/face.store';
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

const base64 = (faces: number[], salt = '') => ({ base64: scriptedImage({ faces, salt }).toString('base64') });
const person = (externalId: string) => ({ create: { displayName: externalId, externalId } });

const start = () => world.createTenantWithCollection();

const enroll = async (scope: TenantScope, collectionId: string, items: EnrollFacesItem[]) =>
  (await world.enrollAll(scope, collectionId, items)).items;

describe('the same bytes', () => {
  it('for the same person are the same face, in one job and in a later one', async () => {
    const { scope, collectionId } = await start();
    const [first, second] = await enroll(scope, collectionId, [
      { image: base64([1]), person: person('ada') },
      { image: base64([1]), person: person('ada') },
    ]);
    expect(first).toMatchObject({ state: 'SUCCEEDED', duplicate: false });
    expect(second).toMatchObject({ state: 'SUCCEEDED', duplicate: true });
    expect(second!.faces.map((face) => face.id)).toEqual(first!.faces.map((face) => face.id));
    expect(second!.image!.id).toBe(first!.id);

    const analyses = world.analyzer.calls;
    const [third] = await enroll(scope, collectionId, [{ image: base64([1]), person: { externalId: 'ada' } }]);
    expect(third).toMatchObject({ state: 'SUCCEEDED', duplicate: true, image: { id: first!.id } });
    expect(world.analyzer.calls).toBe(analyses);
  });

  it('for the person whom an earlier face was given to are that face, whomever it was enrolled for', async () => {
    const { scope, collectionId } = await start();
    const namings = new NamingStore(db.database);
    const [ada] = await enroll(scope, collectionId, [{ image: base64([1]), person: person('ada') }]);
    const [nobodys] = await enroll(scope, collectionId, [{ image: base64([2]) }]);
    const [beas] = await enroll(scope, collectionId, [{ image: base64([3]), person: person('bea') }]);
    const adaId = ada!.faces[0]!.person!.id;
    await namings.assign(scope, [nobodys!.faces[0]!.id, beas!.faces[0]!.id], adaId, 'r');

    const again = await enroll(scope, collectionId, [
      { image: base64([2]), person: { id: adaId } },
      { image: base64([3]), person: { externalId: 'ada' } },
      { image: base64([3]), person: person('bea') },
      { image: base64([2]) },
    ]);
    expect(again.map((item) => [item.state, item.duplicate, item.image!.id])).toEqual([
      ['SUCCEEDED', true, nobodys!.id],
      ['SUCCEEDED', true, beas!.id],
      ['SUCCEEDED', false, again[2]!.id],
      ['SUCCEEDED', true, nobodys!.id],
    ]);
  });

  it('are that face also when it is given away while the image is at work', async () => {
    const { scope, collectionId } = await start();
    const namings = new NamingStore(db.database);
    const [ada] = await enroll(scope, collectionId, [{ image: base64([1]), person: person('ada') }]);
    const [nobodys] = await enroll(scope, collectionId, [{ image: base64([2]) }]);
    const adaId = ada!.faces[0]!.person!.id;
    world.analyzer.before = async () => void (await namings.assign(scope, [nobodys!.faces[0]!.id], adaId, 'r'));
    const [again] = await enroll(scope, collectionId, [{ image: base64([2]), person: { id: adaId } }]);
    world.analyzer.before = () => undefined;
    expect(again).toMatchObject({ state: 'SUCCEEDED', duplicate: true, image: { id: nobodys!.id } });
  });

  it('for another person, for nobody, or in another collection are another face', async () => {
    const { scope, collectionId } = await start();
    const items = await enroll(scope, collectionId, [
      { image: base64([1]), person: person('ada') },
      { image: base64([1]), person: person('bea') },
      { image: base64([1]) },
    ]);
    expect(items.map((item) => item.duplicate)).toEqual([false, false, false]);
    const [elsewhere] = await enroll(scope, await world.createCollection(scope), [{ image: base64([1]) }]);
    expect(elsewhere!.duplicate).toBe(false);
  });

  it('are one face also when two jobs enrol them at the same time', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { scope, collectionId } = await start();
      const images = [1, 2, 3, 4];
      const jobs = await Promise.all(
        // The second job has them the other way round, so that locks are asked for in both orders.
        [images, [...images].reverse()].map((faces) =>
          world.service.enroll(
            scope,
            { collectionId, items: faces.map((face) => ({ image: base64([face]), person: person(`p${face}`) })) },
            'request',
          ),
        ),
      );
      await world.relay.drain();
      await Promise.all(world.deliveries.splice(0).map((delivery) => world.run(delivery.payload)));
      const items = (
        await Promise.all(jobs.map((job) => world.jobs.listItems(scope, job.id, {}, { first: 10 })))
      ).flat();
      expect(items.map((item) => item.state)).toEqual(Array(8).fill('SUCCEEDED'));
      expect(items.filter((item) => item.duplicate)).toHaveLength(4);
      const { faces, persons } = await db.database.maintain(scope, async (tx) => ({
        faces: await tx.face.count({ where: { collectionId } }),
        persons: await tx.person.count({ where: { collectionId } }),
      }));
      expect([faces, persons]).toEqual([4, 4]);
      expect(await world.storedKeys(scope, 'images')).toHaveLength(4);
    }
  });

  it('make a new face once the earlier one is deleted, moved to somebody else, or was rejected', async () => {
    const { scope, collectionId } = await start();
    const faces = new FaceStore(db.database);
    const namings = new NamingStore(db.database);
    const [first] = await enroll(scope, collectionId, [{ image: base64([1]), person: person('ada') }]);
    await faces.delete(scope, [first!.faces[0]!.id], 'request');
    const [second] = await enroll(scope, collectionId, [{ image: base64([1]), person: person('ada') }]);
    expect(second).toMatchObject({ state: 'SUCCEEDED', duplicate: false });

    await namings.unassign(scope, [second!.faces[0]!.id], 'r');
    const [third] = await enroll(scope, collectionId, [{ image: base64([1]), person: person('ada') }]);
    expect(third).toMatchObject({ state: 'SUCCEEDED', duplicate: false });

    const dark = {
      base64: scriptedImage({ faces: [9], rejected: { 0: 'LOW_BRIGHTNESS' } }).toString('base64'),
    };
    const [fourth] = await enroll(scope, collectionId, [{ image: dark, person: person('cyd') }]);
    expect(fourth).toMatchObject({ state: 'SUCCEEDED', duplicate: false });
    expect(fourth!.faces.map((face) => [face.state, face.reasons])).toEqual([['UNINDEXED', ['LOW_BRIGHTNESS']]]);
    const [fifth] = await enroll(scope, collectionId, [{ image: dark, person: person('cyd') }]);
    expect(fifth).toMatchObject({ state: 'SUCCEEDED', duplicate: false });
    // Nobody is made of an image that shows nobody well enough.
    const cyd = await db.database.maintain(scope, (tx) => tx.person.count({ where: { externalId: 'cyd' } }));
    expect(cyd).toBe(0);
  });
});
