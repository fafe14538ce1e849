import type { TenantScope } from '../../src/domain/tenant-scope';
import type { CurationService } from '../../src/modules/curation/curation.service';
import { lockIdentities } from '../../src/modules/curation/identity-state.store';
import { externalIdTaken } from '../../src/modules/curation/ledger.store';
import { PersonStore } from '../../src/modules/persons/person.store';
import { createTestCuration, enrollScripted, whoIsWho } from '../fixtures/curation';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, type EnrollmentWorld } from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
let curation: CurationService;
let persons: PersonStore;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  curation = createTestCuration(db);
  persons = new PersonStore(db.database);
});
afterAll(async () => {
  await world?.dispose();
  await db?.stop();
});

async function open() {
  const scope = await world.createTenant();
  const collectionId = await world.createCollection(scope);
  const somebody = async (displayName: string, externalId: string | null = null) =>
    (await persons.create(scope, { collectionId, displayName, externalId, metadata: { of: displayName } })).id;
  const state = () => whoIsWho(world, scope, collectionId);
  const enroll = (...images: Parameters<typeof enrollScripted>[3]) =>
    enrollScripted(world, scope, collectionId, images);
  return { scope, collectionId, somebody, state, enroll };
}

const merge = (scope: TenantScope, personId: string, ...mergedIds: string[]) =>
  curation.merge(scope, { personId, mergedIds, evenIfRejected: false, requestId: 'r' });
const undo = (scope: TenantScope, id: string, partial = false) => curation.undo(scope, id, partial, 'r');
const conflict = (reason: string) => ({ code: 'CONFLICT', details: expect.objectContaining({ reason }) });

describe('merging persons', () => {
  it('makes one of them, whose id the others lead to, and is undone completely', async () => {
    const { scope, collectionId, somebody, state, enroll } = await open();
    const [ada, bea] = [await somebody('Ada', 'a'), await somebody('Bea', 'b')];
    await enroll({ faces: [1], person: { id: ada } }, { faces: [2], person: { id: bea } });
    const before = await state();

    const merged = await merge(scope, ada, bea);
    expect(merged).toMatchObject({ faceCount: 1, warnings: [] });
    expect(await persons.find(scope, bea)).toMatchObject({ id: ada, displayName: 'Ada', aliases: ['Bea'] });
    for (const filter of [{ externalId: 'b' }, { text: 'bea' }, {}]) {
      expect((await persons.list(scope, collectionId, filter, { first: 9 })).map(({ id }) => id)).toEqual([ada]);
    }
    const after = await state();

    const undone = await undo(scope, merged.operationId);
    expect(await state()).toBe(before);
    expect(await persons.find(scope, bea)).toMatchObject({ id: bea, displayName: 'Bea' });
    await expect(undo(scope, merged.operationId)).rejects.toMatchObject(conflict('UNDONE_ALREADY'));
    await undo(scope, undone.operationId);
    expect(await state()).toBe(after);
    await undo(scope, merged.operationId);
    expect(await state()).toBe(before);
  });

  it('takes people who hold the same photograph, and sends what is enrolled for either to who stays', async () => {
    const { scope, somebody, state, enroll } = await open();
    const [ada, bea] = [await somebody('Ada', 'a'), await somebody('Bea', 'b')];
    const photo = { faces: [1] };
    await enroll({ ...photo, person: { id: ada } }, { ...photo, person: { id: bea } });
    const before = await state();
    const { operationId, warnings } = await merge(scope, ada, bea);
    expect(warnings).toEqual([]);

    const again = await enroll(
      { ...photo, person: { id: bea } },
      { ...photo, person: { externalId: 'b' } },
      { faces: [2], person: { externalId: 'b' } },
    );
    expect(new Set(again.slice(0, 2).flat()).size).toBe(1);
    const faces = await db.database.read(scope, (tx) => tx.face.findMany({ where: { personId: ada } }));
    expect(faces).toHaveLength(3);

    await undo(scope, operationId);
    // What came after the merge stays where it is.
    const late = again[2]![0]!;
    const { faces: now, ...rest } = JSON.parse(await state());
    const { faces: then, ...were } = JSON.parse(before);
    expect(rest).toEqual(were);
    expect(now.filter(({ id }: { id: string }) => id !== late)).toEqual(then);
    expect(now.find(({ id }: { id: string }) => id === late)).toMatchObject({ personId: ada });
  });

  it('warns of people who stand in one photograph, and refuses those who were said to be different', async () => {
    const { scope, somebody, enroll } = await open();
    const [ada, bea] = [await somebody('Ada'), await somebody('Bea')];
    const [left, right] = (await enroll({ faces: [1, 2] })).flat();
    await curation.name(scope, [left!], { id: ada }, 'HUMAN', 'r');
    await curation.name(scope, [right!], { id: bea }, 'HUMAN', 'r');
    const photograph = { code: 'SAME_PHOTOGRAPH', faceIds: [left, right].sort() };
    expect(await curation.previewMerge(scope, ada, [bea])).toMatchObject({ faceCount: 1, warnings: [photograph] });
    await curation.rejectMerge(scope, ada, bea, 'r');
    await expect(merge(scope, ada, bea)).rejects.toMatchObject(conflict('REJECTED_MERGE'));
    const merged = await curation.merge(scope, {
      personId: ada,
      mergedIds: [bea],
      evenIfRejected: true,
      requestId: 'r',
    });
    expect(merged.warnings).toMatchObject([photograph, { code: 'REJECTED_MERGE' }]);
    await undo(scope, merged.operationId);
    await expect(merge(scope, ada, bea)).rejects.toMatchObject(conflict('REJECTED_MERGE'));
  });

  it('refuses a person into themselves, another collection’s, and nobody', async () => {
    const { scope, somebody } = await open();
    const [ada, bea] = [await somebody('Ada'), await somebody('Bea')];
    const elsewhere = await world.createCollection(scope);
    const other = await persons.create(scope, {
      collectionId: elsewhere,
      displayName: 'O',
      externalId: null,
      metadata: {},
    });
    await expect(merge(scope, ada, ada)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(merge(scope, ada, other.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(merge(await world.createTenant(), ada, bea)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await merge(scope, ada, bea);
    await expect(merge(scope, bea, ada)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('goes on when who stayed is merged, too: all ids lead to the last one', async () => {
    const { scope, somebody, state } = await open();
    const [ada, bea, eve] = [await somebody('Ada'), await somebody('Bea'), await somebody('Eve')];
    const before = await state();
    const first = await merge(scope, bea, ada);
    const second = await merge(scope, eve, bea);
    expect(await persons.find(scope, ada)).toMatchObject({ id: eve, aliases: ['Ada', 'Bea'] });
    await expect(undo(scope, first.operationId)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { changed: [{ entity: 'PERSON', id: ada, field: 'mergedIntoId', operationId: second.operationId }] },
    });
    await undo(scope, second.operationId);
    await undo(scope, first.operationId);
    expect(await state()).toBe(before);
  });

  it('locks who stayed with who was merged, since the one is found by the other’s names', async () => {
    const { scope, collectionId, somebody } = await open();
    const [ada, bea] = [await somebody('Ada'), await somebody('Bea')];
    await merge(scope, ada, bea);
    const free = await db.database.maintain(scope, async (tx) => {
      await lockIdentities(tx, collectionId, { personIds: [bea] });
      return db.database.maintain(
        scope,
        (other) => other.$queryRaw<unknown[]>`
          SELECT id FROM persons WHERE collection_id = ${collectionId}::uuid FOR UPDATE SKIP LOCKED`,
      );
    });
    expect(free).toEqual([]);
    const clash = (constraint: string) => Object.assign(new Error('duplicate key'), { code: '23505', constraint });
    const refusalOf = (constraint: string) => () => externalIdTaken(clash(constraint));
    expect(refusalOf('person_terms_pkey')).toThrow('duplicate key');
    expect(refusalOf('persons_collection_id_external_id_key')).toThrow(/Another person/);
  });

  it('lets a deletion take all who were merged, with their names in recorded operations', async () => {
    const { scope, collectionId, somebody, enroll } = await open();
    const [ada, bea] = [await somebody('Ada'), await somebody('Bea')];
    await enroll({ faces: [1], person: { id: bea } });
    await persons.update(scope, bea, { displayName: 'Beatrice' }, 'r');
    const { operationId } = await merge(scope, ada, bea);
    const { deletedIds } = await persons.delete(scope, [bea], { keepFaces: false, requestId: 'r' });
    expect(deletedIds.sort()).toEqual([ada, bea].sort());
    const left = await db.database.read(scope, async (tx) => [
      await tx.person.count({ where: { collectionId } }),
      JSON.stringify(await tx.operationChange.findMany({ where: { collectionId } })),
    ]);
    expect(left[0]).toBe(0);
    expect(left[1]).not.toMatch(/Bea/);
    await expect(undo(scope, operationId)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { changed: expect.arrayContaining([expect.objectContaining({ reason: 'DELETED' })]) },
    });
  });
});

describe('naming faces', () => {
  it('makes a person with it; undoing hides them, redoing brings them back under their id', async () => {
    const { scope, state, enroll } = await open();
    const [face] = (await enroll({ faces: [1] })).flat();
    const before = await state();
    const create = { displayName: 'Zoë', externalId: 'z', metadata: { a: 1 } };
    const named = await curation.name(scope, [face!], { create }, 'SUGGESTION', 'r');
    const after = await state();
    expect(JSON.parse(after)).toMatchObject({ faces: [{ personId: named.personId, assignedBy: 'SUGGESTION' }] });
    const undone = await undo(scope, named.operationId!);
    expect(await state()).toBe(before);
    expect(await persons.find(scope, named.personId)).toBeNull();
    await undo(scope, undone.operationId);
    expect(await state()).toBe(after);
  });

  it('is not undone over what came later, unless in part', async () => {
    const { scope, state, enroll } = await open();
    const [one, two, three] = (await enroll({ faces: [1] }, { faces: [2] }, { faces: [3] })).flat();
    const create = (displayName: string) => ({ create: { displayName, externalId: null, metadata: {} } });
    const named = await curation.name(scope, [one!, two!], create('Ada'), 'HUMAN', 'r');
    const moved = await curation.name(scope, [two!], create('Bea'), 'HUMAN', 'r');
    await curation.name(scope, [three!], { id: named.personId }, 'HUMAN', 'r');
    const before = await state();
    await expect(undo(scope, named.operationId!)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: {
        count: 2,
        changed: expect.arrayContaining([
          expect.objectContaining({ id: two, reason: 'CHANGED_SINCE', operationId: moved.operationId }),
          expect.objectContaining({ id: named.personId, reason: 'IN_USE' }),
        ]),
      },
    });
    expect(await state()).toBe(before);
    const { skipped } = await undo(scope, named.operationId!, true);
    expect(skipped).toHaveLength(2);
    const { faces } = JSON.parse(await state());
    const ownerOf = (id: string) => faces.find((face: { id: string }) => face.id === id).personId;
    expect([one!, two!, three!].map(ownerOf)).toEqual([null, moved.personId, named.personId]);
  });

  it('takes faces out of a person, only those that are theirs', async () => {
    const { scope, somebody, state, enroll } = await open();
    const [ada, bea] = [await somebody('Ada'), await somebody('Bea')];
    const [one, two] = (await enroll({ faces: [1], person: { id: ada } }, { faces: [2], person: { id: ada } })).flat();
    const before = await state();
    await expect(curation.split(scope, bea, [one!], { id: ada }, 'r')).rejects.toMatchObject({ code: 'CONFLICT' });
    const split = await curation.split(scope, ada, [two!], { id: bea }, 'r');
    const faces: { id: string }[] = JSON.parse(await state()).faces;
    expect(faces.find(({ id }) => id === one)).toMatchObject({ personId: ada, assignedBy: 'ENROLLED' });
    expect(faces.find(({ id }) => id === two)).toMatchObject({ personId: bea, assignedBy: 'HUMAN' });
    await undo(scope, split.operationId!);
    expect(await state()).toBe(before);
  });

  it('remembers who a face is not, until somebody says otherwise', async () => {
    const { scope, somebody, state, enroll } = await open();
    const ada = await somebody('Ada');
    const [one] = (await enroll({ faces: [1], person: { id: ada } })).flat();
    const before = await state();
    const rejected = await curation.rejectMatch(scope, [one!], ada, 'r');
    expect(JSON.parse(await state())).toMatchObject({
      faces: [{ personId: null }],
      faceRejections: [{ personId: ada }],
    });
    const named = await curation.name(scope, [one!], { id: ada }, 'HUMAN', 'r');
    expect(named.warnings).toMatchObject([{ code: 'REJECTED_MATCH', faceIds: [one] }]);
    expect(JSON.parse(await state())).toMatchObject({ faces: [{ personId: ada }], faceRejections: [] });
    await undo(scope, named.operationId!);
    await undo(scope, rejected!);
    expect(await state()).toBe(before);
  });

  it('hides what is no face, also from whoever it was given to', async () => {
    const { scope, somebody, state, enroll } = await open();
    const ada = await somebody('Ada');
    const [one] = (await enroll({ faces: [1], person: { id: ada } })).flat();
    const before = await state();
    const [hidden] = await curation.hide(scope, [one!], 'NOT_A_FACE', 'r');
    expect(JSON.parse(await state()).faces).toMatchObject([{ personId: null, hiddenAs: 'NOT_A_FACE' }]);
    await undo(scope, hidden!);
    expect(await state()).toBe(before);
  });
});

it('lists what was done, the newest first, and of one person with whoever was merged into them', async () => {
  const { scope, collectionId, somebody, enroll } = await open();
  const [ada, bea, eve] = [await somebody('Ada'), await somebody('Bea'), await somebody('Eve')];
  const [face] = (await enroll({ faces: [1] })).flat();
  await curation.name(scope, [face!], { id: bea }, 'HUMAN', 'r');
  await merge(scope, ada, bea);
  await persons.update(scope, eve, { displayName: 'Eva' }, 'r');
  const kinds = async (personId?: string) =>
    (await curation.list(scope, collectionId, personId ? { personId } : {}, { first: 9 })).map(({ kind }) => kind);
  expect(await kinds()).toEqual(['UPDATE_PERSON', 'MERGE_PERSONS', 'NAME_FACES']);
  expect(await kinds(ada)).toEqual(['MERGE_PERSONS', 'NAME_FACES']);
  expect(await kinds(bea)).toEqual(['MERGE_PERSONS', 'NAME_FACES']);
  expect(await kinds(eve)).toEqual(['UPDATE_PERSON']);
  expect(await curation.list(await world.createTenant(), collectionId, {}, { first: 9 })).toEqual([]);
});
