import { newId } from '../../src/domain/ids';
import { PrismaFaceRepository } from '../../src/infra/prisma/face-repository';
import { PrismaPersonRepository } from '../../src/infra/prisma/person-repository';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import {
  createEnrollmentWorld,
  scriptedPicture,
  type EnrollmentWorld,
  type ScriptedPicture,
} from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
let persons: PrismaPersonRepository;
let faces: PrismaFaceRepository;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  persons = new PrismaPersonRepository(db.database);
  faces = new PrismaFaceRepository(db.database);
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});

const imageOf = (picture: ScriptedPicture) => ({ base64: scriptedPicture(picture).toString('base64') });
const FIRST_PAGE = { first: 10 };

describe('what a deletion reaches', () => {
  it('takes a person’s pictures along whose faces were too poor to be indexed, unless faces are kept', async () => {
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

  it('meets an assignment at the same moment: one comes first, and neither fails for no reason', async () => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    const items = Array.from({ length: 8 }, (_, n) => ({ image: imageOf({ faces: [n] }) }));
    await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.settle();
    for (const { id } of await faces.list(scope, {}, FIRST_PAGE)) {
      const person = await persons.create(scope, { collectionId, displayName: 'Ada', externalId: null, metadata: {} });
      const [assigned] = await Promise.allSettled([
        faces.assign(scope, [id], person.id),
        persons.delete(scope, [person.id], { keepFaces: true, requestId: 'r' }),
      ]);
      if (assigned.status === 'rejected') expect(assigned.reason).toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await faces.list(scope, { assigned: false }, FIRST_PAGE)).toHaveLength(8);
  });
});
