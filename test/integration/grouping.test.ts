import type { TenantScope } from '../../src/domain/tenant-scope';
import { CollectionService } from '../../src/modules/collections/collection.service';
import { CollectionStore } from '../../src/modules/collections/collection.store';
import { VectorOpStore } from '../../src/modules/collection-index/vector-op.store';
import { CollectionIndex } from '../../src/modules/collection-index/collection-index.service';
import type { CurationService } from '../../src/modules/curation/curation.service';
import { CollectionTurns } from '../../src/modules/grouping/collection-turns';
import { GroupingService } from '../../src/modules/grouping/grouping.service';
import { GroupingStore } from '../../src/modules/grouping/grouping.store';
import { PersonStore } from '../../src/modules/persons/person.store';
import { STEEP as calibration } from '../fixtures/calibrations';
import { createTestCuration, enrollScripted } from '../fixtures/curation';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, type EnrollmentWorld } from '../fixtures/enrollment-world';

const NEAR = 80;

let db: TestDatabase;
let world: EnrollmentWorld;
let curation: CurationService;
let groupings: GroupingService;
let persons: PersonStore;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  curation = createTestCuration(db);
  persons = new PersonStore(db.database);
  groupings = new GroupingService({
    turns: new CollectionTurns(),
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
    groupings: new GroupingStore(db.database),
  });
});
afterAll(async () => {
  await world?.dispose();
  await db?.stop();
});

async function open() {
  const scope: TenantScope = await world.createTenant();
  const collectionId = await world.createCollection(scope);
  const enroll = (...images: Parameters<typeof enrollScripted>[3]) =>
    enrollScripted(world, scope, collectionId, images);
  const somebody = async (displayName: string) =>
    (await persons.create(scope, { collectionId, displayName, externalId: null, metadata: {} })).id;
  const cluster = (which: 'UNASSIGNED' | 'ALL' = 'UNASSIGNED', olderThan: string | null = null) =>
    groupings.cluster(scope, collectionId, { which, minSimilarity: NEAR, olderThan });
  const suggest = () => groupings.suggest(scope, collectionId, NEAR, 10);
  return { scope, collectionId, enroll, somebody, cluster, suggest };
}

/** The same vector is the same person, in other bytes. */
const photo = (face: number, salt: string) => ({ faces: [face], salt });

test('groups the faces of nobody, the largest group first, with whom each resembles', async () => {
  const { enroll, somebody, cluster } = await open();
  const ada = await somebody('Ada');
  const [known, a, b, c, d, e, alone] = (
    await enroll(
      { ...photo(1, 'known'), person: { id: ada } },
      photo(1, 'a'),
      photo(1, 'b'),
      photo(2, 'c'),
      photo(2, 'd'),
      photo(2, 'e'),
      photo(3, 'alone'),
    )
  ).flat() as string[];
  const first = await cluster();
  const { groups, messyFaceIds } = first;
  expect(groups.map(({ faceIds }) => faceIds)).toEqual([[c, d, e].sort(), [a, b].sort()]);
  expect(groups[1]!.nearest).toEqual({ personId: ada, similarity: expect.closeTo(95, 3) });
  // Nobody else is known: she is the nearest, and far.
  expect(groups[0]!.nearest!.similarity).toBeLessThan(NEAR);
  expect(messyFaceIds).toEqual([alone]);
  const all = [a, b, c, d, e, alone].sort() as string[];
  expect(first).toMatchObject({ facesLookedAt: 6, minSimilarity: NEAR, oldestFaceId: all[0], isCut: false });
  expect((await cluster('ALL')).groups.map(({ faceIds }) => faceIds)).toContainEqual([known, a, b].sort());
  expect(await cluster()).toEqual(first);
  expect(await cluster('UNASSIGNED', all[3])).toMatchObject({ facesLookedAt: 3, oldestFaceId: all[0] });
  expect(await cluster('UNASSIGNED', all[0])).toMatchObject({ facesLookedAt: 0, oldestFaceId: null, groups: [] });
});

test('never joins two faces of one image, and leaves hidden ones out', async () => {
  const { scope, enroll, cluster } = await open();
  const [[left, right], [other], [hidden]] = (await enroll(
    { faces: [1, 1] },
    photo(1, 'other'),
    photo(1, 'hidden'),
  )) as [string[], string[], string[]];
  await curation.hide(scope, [hidden!], 'STRANGER', 'r');
  const { groups, messyFaceIds } = await cluster();
  expect(groups).toHaveLength(1);
  expect(groups[0]!.faceIds).toContain(other);
  expect([...groups[0]!.faceIds, ...messyFaceIds].sort()).toEqual([left, right, other].sort());
});

test('suggests whose faces are, the surest first, and never who was rejected, nor whoever they were merged into', async () => {
  const { scope, enroll, somebody, suggest } = await open();
  const [ada, bea] = [await somebody('Ada'), await somebody('Bea')];
  const [, , one, two] = (
    await enroll(
      { ...photo(1, 'ada'), person: { id: ada } },
      { ...photo(2, 'bea'), person: { id: bea } },
      photo(1, 'one'),
      photo(2, 'two'),
    )
  ).flat() as string[];
  const pairs = async () => (await suggest()).map(({ faceId, personId }) => [faceId, personId]).sort();
  expect(await pairs()).toEqual(
    [
      [one, ada],
      [two, bea],
    ].sort(),
  );
  const rejected = await curation.rejectMatch(scope, [one!], ada, 'r');
  expect(await pairs()).toEqual([[two, bea]]);
  await curation.merge(scope, { personId: bea, mergedIds: [ada], evenIfRejected: false, requestId: 'r' });
  expect(await pairs()).toEqual([[two, bea]]);
  await curation.undo(scope, rejected!, false, 'r');
  expect(await pairs()).toEqual(
    [
      [one, bea],
      [two, bea],
    ].sort(),
  );
  await curation.name(scope, [one!], { id: bea }, 'SUGGESTION', 'r');
  expect(await pairs()).toEqual([[two, bea]]);
});

test('suggests nobody for a photograph from before their birth, until that date is taken back', async () => {
  const { scope, enroll, somebody, suggest } = await open();
  const ada = await somebody('Ada');
  const [, early] = (await enroll({ ...photo(1, 'ada'), person: { id: ada } }, photo(1, 'early'))).flat() as string[];
  const { imageId } = await db.database.maintain(scope, async (tx) => {
    const face = await tx.face.findUniqueOrThrow({ where: { id: early! } });
    return tx.image
      .update({ where: { id: face.imageId }, data: { takenAt: new Date('1990-05-04T12:00:00Z') } })
      .then(() => face);
  });
  const suggested = async () => (await suggest()).map(({ faceId, personId }) => [faceId, personId]);
  expect(await suggested()).toEqual([[early, ada]]);
  const said = await persons.update(scope, ada, { bornOn: '1990-05-05', diedOn: '2020-01-31' }, 'r');
  expect(await persons.find(scope, ada)).toMatchObject({ bornOn: '1990-05-05', diedOn: '2020-01-31' });
  expect(await suggested()).toEqual([]);
  await db.database.maintain(scope, (tx) => tx.image.update({ where: { id: imageId }, data: { takenAt: null } }));
  expect(await suggested()).toEqual([[early, ada]]);
  await curation.undo(scope, said!, false, 'r');
  expect(await persons.find(scope, ada)).toMatchObject({ bornOn: null, diedOn: null });
});

test('shows another tenant nothing', async () => {
  const { collectionId, enroll } = await open();
  await enroll(photo(1, 'a'), photo(1, 'b'));
  const stranger = await world.createTenant();
  await expect(
    groupings.cluster(stranger, collectionId, { which: 'ALL', minSimilarity: null, olderThan: null }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(groupings.suggest(stranger, collectionId, NEAR, 1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
