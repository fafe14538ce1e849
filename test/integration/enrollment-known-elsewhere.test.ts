import { AuditStore } from '../../src/modules/audit/audit.store';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { CollectionIndex } from '../../src/modules/collection-index/collection-index.service';
import { VectorOpStore } from '../../src/modules/collection-index/vector-op.store';
import { CollectionService } from '../../src/modules/collections/collection.service';
import { CollectionStore } from '../../src/modules/collections/collection.store';
import type { OnKnownElsewhere } from '../../src/modules/enrollment/enrollment-shapes';
import { KnownElsewhere } from '../../src/modules/enrollment/known-elsewhere';
import { NamingStore } from '../../src/modules/curation/naming.store';
import { FaceStore } from '../../src/modules/faces/face.store';
import { GroupingStore } from '../../src/modules/grouping/grouping.store';
import { PersonStore } from '../../src/modules/persons/person.store';
import { STEEP as calibration } from '../fixtures/calibrations';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, type EnrollmentWorld } from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
let knownElsewhere: KnownElsewhere;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  knownElsewhere = new KnownElsewhere({
    collections: new CollectionService({
      collections: new CollectionStore(db.database),
      packs: () => [{ ...world.pack, calibration }],
      defaultPackId: world.pack.id,
    }),
    collectionIndex: new CollectionIndex({
      ops: new VectorOpStore(db.database),
      index: world.index,
      sharedBetweenProcesses: false,
    }),
    faces: new FaceStore(db.database),
    groupings: new GroupingStore(db.database),
    persons: new PersonStore(db.database),
  });
});
afterAll(async () => {
  await world?.dispose();
  await db?.stop();
});

async function open() {
  const scope: TenantScope = await world.createTenant();
  const collectionId = await world.createCollection(scope);
  const enroll = async (externalId: string, face: number, onKnownElsewhere?: OnKnownElsewhere, salt = '') => {
    const image = { base64: scriptedImage({ faces: [face], salt: `${externalId} ${salt}` }).toString('base64') };
    const items = [{ image, person: { create: { displayName: externalId, externalId } } }];
    const command = { collectionId, items, ...(onKnownElsewhere ? { onKnownElsewhere } : {}) };
    const job = await world.service.enroll(scope, command, 'request');
    const looking = { ...world.handlerDependencies, knownElsewhere, audit: new AuditStore(db.database) };
    await world.settle(onKnownElsewhere ? looking : undefined, 1);
    const read = async () => (await world.jobs.listItems(scope, job.id, {}, { first: 1 }))[0]!;
    return { read, item: await read() };
  };
  const personOf = (externalId: string) =>
    db.database.maintain(scope, (tx) => tx.person.findFirstOrThrow({ where: { collectionId, externalId } }));
  return { scope, enroll, personOf };
}

test('a warning names whom the face is like, as long as they are there; the face is enrolled', async () => {
  const { scope, enroll, personOf } = await open();
  await enroll('ada', 1);
  const ada = await personOf('ada');
  const { item, read } = await enroll('bea', 1, 'WARN');
  const rows = await db.database.maintain(scope, (tx) => tx.auditEntry.findMany());
  const looks = rows.map(({ content }) => JSON.parse(content!)).filter((row) => row.operation === 'onKnownElsewhere');
  expect(looks).toMatchObject([{ by: 'JOB', subjectIds: [ada.id], results: 1, details: { itemId: item.id } }]);
  expect(item).toMatchObject({
    state: 'SUCCEEDED',
    faces: [{ state: 'INDEXED' }],
    knownElsewhere: { personId: ada.id, similarity: expect.closeTo(95, 3) },
  });
  await new PersonStore(db.database).delete(scope, [ada.id], { keepFaces: false, requestId: 'r' });
  expect((await read()).knownElsewhere).toBeNull();
  const left = await db.database.maintain(scope, (tx) =>
    tx.jobItem.count({ where: { OR: [{ knownPersonId: { not: null } }, { knownSimilarity: { not: null } }] } }),
  );
  expect(left).toBe(0);
});

test('a face that is refused leaves nothing but whom it is like', async () => {
  const { scope, enroll, personOf } = await open();
  await enroll('ada', 1);
  const stored = await world.storedKeys(scope, 'images');
  const { item } = await enroll('bea', 1, 'REFUSE');
  expect(item).toMatchObject({
    state: 'FAILED',
    image: null,
    error: { code: 'KNOWN_ELSEWHERE', message: expect.stringMatching(/another person of the collection/) },
    knownElsewhere: { personId: (await personOf('ada')).id },
  });
  expect(await world.storedKeys(scope, 'images')).toEqual(stored);
  await expect(personOf('bea')).rejects.toThrow();
});

test('one’s own face and a new one are nobody else’s, and nothing is looked up unless it is asked for', async () => {
  const { enroll } = await open();
  await enroll('ada', 1);
  expect((await enroll('ada', 1, 'REFUSE', 'again')).item).toMatchObject({ state: 'SUCCEEDED', knownElsewhere: null });
  expect((await enroll('cleo', 3, 'WARN')).item).toMatchObject({ state: 'SUCCEEDED', knownElsewhere: null });
  // The world's own look-up fails.
  expect((await enroll('dora', 1)).item).toMatchObject({ state: 'SUCCEEDED', knownElsewhere: null });
});

test('who was said to be somebody else is no reason to refuse a face: twins are enrolled', async () => {
  const { scope, enroll, personOf } = await open();
  await enroll('ada', 1);
  await enroll('her twin', 1);
  const [ada, twin] = [await personOf('ada'), await personOf('her twin')];
  expect((await enroll('ada', 1, 'REFUSE', 'before')).item).toMatchObject({ state: 'FAILED' });
  await new NamingStore(db.database).rejectMerge(scope, [ada.id, twin.id], 'r');
  expect((await enroll('ada', 1, 'REFUSE', 'after')).item).toMatchObject({ state: 'SUCCEEDED', knownElsewhere: null });
});
