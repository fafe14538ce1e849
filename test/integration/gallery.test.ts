import { LINKED_NEIGHBOURS } from '../../src/domain/average-linkage';
import type { TenantScope } from '../../src/domain/tenant-scope';
import type { SearchedFact } from '../../src/modules/audit/search-audit.service';
import { CollectionIndex } from '../../src/modules/collection-index/collection-index.service';
import { VectorOpStore } from '../../src/modules/collection-index/vector-op.store';
import { CollectionService } from '../../src/modules/collections/collection.service';
import { CollectionStore } from '../../src/modules/collections/collection.store';
import type { CurationService } from '../../src/modules/curation/curation.service';
import { DuplicatePersonsService } from '../../src/modules/gallery/duplicate-persons.service';
import { GalleryStore } from '../../src/modules/gallery/gallery.store';
import { ReferenceAuditService } from '../../src/modules/gallery/reference-audit.service';
import { CollectionTurns } from '../../src/modules/grouping/collection-turns';
import { GroupingStore } from '../../src/modules/grouping/grouping.store';
import { PersonStore } from '../../src/modules/persons/person.store';
import { STEEP as calibration } from '../fixtures/calibrations';
import { createTestCuration, enrollScripted } from '../fixtures/curation';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, type EnrollmentWorld } from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
let curation: CurationService;
let persons: PersonStore;
let audits: ReferenceAuditService;
let duplicates: DuplicatePersonsService;
const facts: SearchedFact[] = [];
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  curation = createTestCuration(db);
  persons = new PersonStore(db.database);
  const deps = {
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
    gallery: new GalleryStore(db.database),
    audit: { record: async (_: TenantScope, fact: SearchedFact) => `row ${facts.push(fact)}` },
  };
  audits = new ReferenceAuditService(deps);
  duplicates = new DuplicatePersonsService(deps);
});
afterAll(async () => {
  await world?.dispose();
  await db?.stop();
});

async function open() {
  const scope: TenantScope = await world.createTenant();
  const collectionId = await world.createCollection(scope);
  const somebody = async (displayName: string) =>
    (await persons.create(scope, { collectionId, displayName, externalId: null, metadata: {} })).id;
  return {
    scope,
    collectionId,
    somebody,
    /** Enrols images of one face each; the same number is the same vector. @returns the faces. */
    enroll: async (id: string, ...numbers: number[]) => {
      const images = numbers.map((face, at) => ({ faces: [face], salt: `${id} ${at}`, person: { id } }));
      return (await enrollScripted(world, scope, collectionId, images)).flat();
    },
    audit: (request = {}) => audits.audit(scope, collectionId, { afterPerson: null, limit: 10, ...request }),
    find: (request = {}) =>
      duplicates.find(scope, collectionId, { minSimilarity: null, afterPerson: null, limit: 10, ...request }),
  };
}

test('finds the reference faces that are somebody else’s or nobody’s, the surest first', async () => {
  const { scope, collectionId, somebody, enroll, audit } = await open();
  const [ada, bea] = [await somebody('Ada'), await somebody('Bea')];
  const [, , , wrong] = await enroll(ada, 1, 1, 1, 2);
  const [, , , odd] = await enroll(bea, 2, 2, 2, 3);
  const before = facts.length;
  const { doubted, ...looked } = await audit();
  expect(doubted.map(({ faceId, personId, reason }) => ({ faceId, personId, reason }))).toEqual([
    { faceId: wrong, personId: ada, reason: 'WRONG_PERSON' },
    { faceId: odd, personId: bea, reason: 'FITS_BADLY' },
  ]);
  expect(doubted[0]!.better).toEqual({ personId: bea, similarity: expect.closeTo(95, 3) });
  expect(doubted[0]!.score).toBeGreaterThan(doubted[1]!.score);
  expect(looked).toEqual({ facesLookedAt: 8, personsLookedAt: 2, lastPersonId: bea, isCut: false });
  expect(facts.slice(before)).toEqual([
    expect.objectContaining({ collectionIds: [collectionId], subjectIds: [ada, bea], results: 2 }),
  ]);
  expect((await audit({ afterPerson: ada })).doubted.map(({ faceId }) => faceId)).toEqual([odd]);
  expect((await audit({ limit: 1 })).doubted).toHaveLength(1);
  // "Not Bea": she is no better owner of it then, and Ada still a bad one.
  await curation.rejectMatch(scope, [wrong!], bea, 'r');
  expect((await audit()).doubted.find(({ faceId }) => faceId === wrong)).toMatchObject({
    reason: 'FITS_BADLY',
    better: null,
  });
});

test('says nothing of a face that is all that is known of its person, of hidden faces and of good ones', async () => {
  const { scope, somebody, enroll, audit } = await open();
  const [ada, bea] = [await somebody('Ada'), await somebody('Bea')];
  const [, , , hidden] = await enroll(ada, 1, 1, 1, 2);
  await enroll(bea, 3);
  await curation.hide(scope, [hidden!], 'STRANGER', 'r');
  expect((await audit()).doubted).toEqual([]);
});

test('finds persons who look like one, until it is said that they are not', async () => {
  const { scope, collectionId, somebody, enroll, find } = await open();
  const [ada, countess, bea] = [await somebody('Ada'), await somebody('The Countess'), await somebody('Bea')];
  await enroll(ada, 1, 1);
  await enroll(countess, 1);
  await enroll(bea, 2);
  const before = facts.length;
  const { pairs, ...looked } = await find();
  expect(pairs).toEqual([{ personId: ada, otherId: countess, similarity: expect.closeTo(95, 3), sharedImageIds: [] }]);
  expect(looked).toEqual({
    personsLookedAt: 3,
    minSimilarity: 90,
    lastPersonId: bea,
    isCut: false,
    hasMorePairs: false,
  });
  expect(facts.slice(before)).toEqual([
    expect.objectContaining({ collectionIds: [collectionId], subjectIds: [ada, countess], results: 1 }),
  ]);
  // Seen from the later one alone, too: she may be near to somebody of whom she is not among those nearest.
  expect((await find({ afterPerson: ada })).pairs).toEqual(pairs);
  const said = await curation.rejectMerge(scope, countess, ada, 'r');
  expect((await find()).pairs).toEqual([]);
  await curation.undo(scope, said!, false, 'r');
  expect((await find()).pairs).toHaveLength(1);
});

test('finds somebody near to one who has many faces, and says when there are more pairs than it tells', async () => {
  const { somebody, enroll, find } = await open();
  const [ada, bea, cleo] = [await somebody('Ada'), await somebody('Bea'), await somebody('Cleo')];
  // More than are looked up around a face, all nearer to each other than to anybody else.
  await enroll(ada, ...Array.from({ length: LINKED_NEIGHBOURS + 2 }, () => 1));
  await enroll(bea, 1);
  await enroll(cleo, 1);
  const all = await find({ afterPerson: ada });
  expect(all).toMatchObject({ personsLookedAt: 2, hasMorePairs: false });
  expect(all.pairs).toContainEqual(expect.objectContaining({ personId: ada, otherId: bea }));
  const one = await find({ afterPerson: ada, limit: 1 });
  expect(one).toMatchObject({ pairs: [expect.anything()], hasMorePairs: true });
});

test('says when both stand in one photograph; the same face that was sent for each is no such one', async () => {
  const { scope, collectionId, somebody, enroll, find } = await open();
  const [ada, twin] = [await somebody('Ada'), await somebody('Her twin')];
  const [[left, right]] = (await enrollScripted(world, scope, collectionId, [{ faces: [1, 1] }])) as [string[]];
  await curation.name(scope, [left!], { id: ada }, 'HUMAN', 'r');
  await curation.name(scope, [right!], { id: twin }, 'HUMAN', 'r');
  const face = await world.database.read(scope, (tx) => tx.face.findUniqueOrThrow({ where: { id: left! } }));
  expect((await find()).pairs).toMatchObject([{ sharedImageIds: [face.imageId] }]);

  const [bea, beatrix] = [await somebody('Bea'), await somebody('Beatrix')];
  for (const id of [bea, beatrix]) {
    await enrollScripted(world, scope, collectionId, [{ faces: [5], salt: 'the same bytes', person: { id } }]);
  }
  await enroll(bea, 5);
  expect((await find()).pairs).toContainEqual(
    expect.objectContaining({ personId: bea, otherId: beatrix, sharedImageIds: [] }),
  );
});

test('shows another tenant nothing', async () => {
  const { collectionId, somebody, enroll } = await open();
  await enroll(await somebody('Ada'), 1, 1, 1, 2);
  const stranger = await world.createTenant();
  const request = { minSimilarity: null, afterPerson: null, limit: 1 };
  await expect(audits.audit(stranger, collectionId, request)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(duplicates.find(stranger, collectionId, request)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
