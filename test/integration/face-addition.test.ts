import { setTimeout } from 'node:timers/promises';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { CollectionIndex } from '../../src/modules/collection-index/collection-index.service';
import { VectorOpStore } from '../../src/modules/collection-index/vector-op.store';
import type { CurationService } from '../../src/modules/curation/curation.service';
import type { FaceAdditionService } from '../../src/modules/curation/face-addition.service';
import { lockPlacesOf } from '../../src/modules/curation/face-places.store';
import { DeletionStore } from '../../src/modules/deletion/deletion.store';
import { FaceStore } from '../../src/modules/faces/face.store';
import { PersonStore } from '../../src/modules/persons/person.store';
import { createTestAdditions, createTestCuration, enrollScripted } from '../fixtures/curation';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, vectorOf, type EnrollmentWorld } from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
let additions: FaceAdditionService;
let curation: CurationService;
let faces: FaceStore;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  additions = createTestAdditions(db, world);
  curation = createTestCuration(db, async (scope, ids) => {
    for (const id of ids) await world.handlerDependencies.catchUpIndex(scope, id);
  });
  faces = new FaceStore(db.database);
});
afterAll(async () => {
  await world?.dispose();
  await db?.stop();
});

/** The scripted analyzer embeds a placed face by where it is. */
const at = (left: number) => ({ left, top: 0.6, width: 0.1, height: 0.2 });
const seedOf = (left: number): number => Math.round(left * 1000);

async function start() {
  const { scope, collectionId } = await world.createTenantWithCollection();
  const [[faceId]] = (await enrollScripted(world, scope, collectionId, [{ faces: [1], bare: true }])) as [[string]];
  const { image } = (await faces.find(scope, faceId))!;
  return { scope, collectionId, faceId, imageId: image.id };
}

const facesOf = (scope: TenantScope, imageId: string) => faces.list(scope, { imageId }, { first: 10 });

const searched = async (scope: TenantScope, collectionId: string, seed: number) => {
  const space = {
    tenantId: scope.tenantId,
    collectionId,
    embeddingDigest: world.pack.embeddingDigest,
    dimension: world.pack.dimension,
    metric: world.pack.metric,
  };
  const [hits] = await world.index.search(space, [vectorOf(seed)], 1);
  const found = await faces.findIndexedByVectorKeys(
    scope,
    [collectionId],
    hits!.map(({ vectorKey }) => vectorKey),
    space.embeddingDigest,
  );
  return { distance: hits![0]?.distance, ids: found.map(({ id }) => id) };
};

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    ({ code, details }: { code: string; details?: unknown }) => ({ code, details }),
  );

const counts = async (scope: TenantScope, collectionId: string) =>
  db.database.read(
    scope,
    async (tx) => (await tx.collection.findUniqueOrThrow({ where: { id: collectionId } })).faceCount,
  );

describe('a face that was missed', () => {
  it('is added where its box is, nobody’s and found by searches, in an operation that is undone and redone', async () => {
    const { scope, collectionId, faceId, imageId } = await start();
    const added = await additions.add(scope, imageId, at(0.5), 'r');
    const [, face] = await facesOf(scope, imageId);
    expect(face).toMatchObject({
      id: added.faceId,
      state: 'INDEXED',
      person: null,
      boundingBox: at(0.5),
      confidence: 99,
    });
    expect(await searched(scope, collectionId, seedOf(0.5))).toMatchObject({ ids: [added.faceId] });
    expect(await counts(scope, collectionId)).toBe(2);
    expect(await curation.find(scope, added.operationId)).toMatchObject({
      kind: 'ADD_FACE',
      faceCount: 1,
      personIds: [],
    });

    const undone = await curation.undo(scope, added.operationId, false, 'r');
    expect((await facesOf(scope, imageId)).map(({ id }) => id)).toEqual([faceId]);
    expect(await faces.find(scope, added.faceId)).toBeNull();
    expect((await searched(scope, collectionId, seedOf(0.5))).ids).toEqual([faceId]);
    expect(await counts(scope, collectionId)).toBe(1);
    // What is out of sight can be named by nobody, and a new index does not have it.
    expect(await refusal(curation.hide(scope, [added.faceId], 'STRANGER', 'r'))).toMatchObject({ code: 'NOT_FOUND' });
    const ops = new VectorOpStore(db.database);
    await new CollectionIndex({ ops, index: world.index, sharedBetweenProcesses: false }).rebuild(scope, collectionId);
    expect((await searched(scope, collectionId, seedOf(0.5))).ids).toEqual([faceId]);

    await curation.undo(scope, undone.operationId, false, 'r');
    expect((await facesOf(scope, imageId)).map(({ id }) => id)).toEqual([faceId, added.faceId]);
    expect(await searched(scope, collectionId, seedOf(0.5))).toMatchObject({ ids: [added.faceId] });
    expect(await counts(scope, collectionId)).toBe(2);
  });

  it('is not undone once something is said of it, nor redone where another one stands', async () => {
    const { scope, imageId } = await start();
    const { faceId, operationId } = await additions.add(scope, imageId, at(0.5), 'r');
    const create = { displayName: 'Ada', externalId: null, metadata: {} };
    const named = await curation.name(scope, [faceId], { create }, 'HUMAN', 'r');
    expect(await refusal(curation.undo(scope, operationId, false, 'r'))).toMatchObject({
      code: 'CONFLICT',
      details: { changed: [{ id: faceId, field: 'isTrashed', reason: 'IN_USE' }] },
    });
    await curation.undo(scope, named.operationId!, false, 'r');
    const undone = await curation.undo(scope, operationId, false, 'r');
    const other = await additions.add(scope, imageId, at(0.8), 'r');
    await db.database.maintain(scope, (tx) =>
      tx.face.update({ where: { id: faceId }, data: { boundingBox: at(0.8) } }),
    );
    expect(await refusal(curation.undo(scope, undone.operationId, false, 'r'))).toMatchObject({
      code: 'CONFLICT',
      details: { changed: [{ id: faceId, reason: 'PLACE_TAKEN' }] },
    });
    expect((await facesOf(scope, imageId)).map(({ id }) => id)).toContain(other.faceId);
  });

  it('is deleted for good by one that is added in its place', async () => {
    const { scope, collectionId, faceId: standing, imageId } = await start();
    const { faceId, operationId } = await additions.add(scope, imageId, at(0.5), 'r');
    const undone = await curation.undo(scope, operationId, false, 'r');
    const elsewhere = await additions.add(scope, imageId, at(0.8), 'r');
    const kept = await curation.undo(scope, elsewhere.operationId, false, 'r');
    const again = await additions.add(scope, imageId, at(0.5), 'r');
    expect(await refusal(curation.undo(scope, undone.operationId, false, 'r'))).toMatchObject({
      code: 'CONFLICT',
      details: { changed: [{ id: faceId, reason: 'DELETED' }] },
    });
    const rows = await db.database.read(scope, (tx) => tx.faceEmbedding.findMany({ orderBy: { vectorKey: 'asc' } }));
    expect(rows.map((row) => row.faceId)).toEqual([standing, elsewhere.faceId, again.faceId]);
    const erased = await db.database.system.erasure.findMany({ where: { tenantId: scope.tenantId } });
    expect(erased.map(({ subjectId }) => subjectId)).toEqual([faceId]);
    await curation.undo(scope, kept.operationId, false, 'r');
    expect(await counts(scope, collectionId)).toBe(3);
  });

  it('is deleted for good as the oldest of more than 20 in the trash of its image', async () => {
    const { scope, imageId } = await start();
    const added: string[] = [];
    const boxes = Array.from({ length: 22 }, (_, n) => ({
      left: 0.35 + 0.06 * (n % 10),
      top: 0.35 + 0.1 * Math.floor(n / 10),
      width: 0.05,
      height: 0.09,
    }));
    for (const box of boxes) {
      const { faceId, operationId } = await additions.add(scope, imageId, box, 'r');
      added.push(faceId);
      await curation.undo(scope, operationId, false, 'r');
    }
    const kept = await db.database.read(scope, (tx) =>
      tx.face.findMany({ where: { imageId, state: 'TRASHED' }, orderBy: { id: 'asc' } }),
    );
    expect(kept.map(({ id }) => id)).toEqual(added.slice(2));
  });

  it('is told of as undone, and as indexed only where searches find it again', async () => {
    const { scope, collectionId, imageId } = await start();
    const told = async () =>
      (
        await db.database.read(scope, (tx) =>
          tx.event.findMany({ where: { collectionId, type: { startsWith: 'FACES_' } }, orderBy: { seq: 'asc' } }),
        )
      ).map(({ type, payload }) => ({ type, payload }));
    const { faceId, operationId } = await additions.add(scope, imageId, at(0.5), 'r');
    const undone = await curation.undo(scope, operationId, false, 'r');
    const before = await told();
    expect(before.at(-1)).toEqual({ type: 'FACES_DELETED', payload: { faceIds: [faceId], reason: 'UNDONE' } });
    await db.database.maintain(scope, (tx) => tx.faceEmbedding.deleteMany({ where: { faceId } }));
    await curation.undo(scope, undone.operationId, false, 'r');
    expect(await told()).toEqual(before);
    expect(await faces.find(scope, faceId)).toMatchObject({ state: 'UNINDEXED', reasons: ['NOT_REEMBEDDED'] });
  });

  it('is given nothing while it is out of sight', async () => {
    const { scope, imageId } = await start();
    const { faceId, operationId } = await additions.add(scope, imageId, at(0.5), 'r');
    const create = { displayName: 'Ada', externalId: null, metadata: {} };
    const { personId } = await curation.name(scope, [faceId], { create }, 'HUMAN', 'r');
    const [unassigned] = await curation.unassign(scope, [faceId], 'r');
    const rejected = await curation.rejectMatch(scope, [faceId], personId, 'r');
    const parted = await curation.undo(scope, rejected!, false, 'r');
    const undone = await curation.undo(scope, operationId, false, 'r');
    for (const [id, field] of [
      [unassigned!, 'assignment'],
      [parted.operationId, 'rejected'],
    ] as const) {
      expect(await refusal(curation.undo(scope, id, false, 'r'))).toMatchObject({
        code: 'CONFLICT',
        details: { changed: [{ id: faceId, field, reason: 'CHANGED_SINCE', operationId: undone.operationId }] },
      });
    }
    await curation.undo(scope, undone.operationId, false, 'r');
    await curation.undo(scope, unassigned!, false, 'r');
    expect((await faces.find(scope, faceId))!.person).toMatchObject({ id: personId });
  });

  it('goes with its person also out of the trash', async () => {
    const { scope, collectionId, imageId } = await start();
    const { faceId, operationId } = await additions.add(scope, imageId, at(0.5), 'r');
    const create = { displayName: 'Ada', externalId: null, metadata: {} };
    const named = await curation.name(scope, [faceId], { create }, 'HUMAN', 'r');
    await curation.unassign(scope, [faceId], 'r');
    const undone = await curation.undo(scope, operationId, false, 'r');
    await new PersonStore(db.database).delete(scope, [named.personId], { keepFaces: false, requestId: 'r' });
    const vectors = await db.database.read(scope, (tx) => tx.faceEmbedding.count({ where: { faceId } }));
    expect(vectors).toBe(0);
    expect(await counts(scope, collectionId)).toBe(1);
    expect(await refusal(curation.undo(scope, undone.operationId, false, 'r'))).toMatchObject({
      code: 'CONFLICT',
      details: { changed: [{ id: faceId, reason: 'DELETED' }] },
    });
  });

  it('is refused where the box is none, a face is there, or nothing is seen; two at once are one', async () => {
    const { scope, collectionId, faceId, imageId } = await start();
    const stranger = await world.createTenant();
    const add = (box: ReturnType<typeof at>, by = scope) => refusal(additions.add(by, imageId, box, 'r'));
    const outside = { left: 0.95, top: 0.6, width: 0.1, height: 0.2 };
    const tiny = { left: 0.5, top: 0.6, width: 0.02, height: 0.2 };
    expect(await add(outside)).toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { fields: [{ path: 'input.boundingBox' }] },
    });
    expect(await add(tiny)).toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { fields: [{ rule: 'must be at least 16 pixels wide and high of this image, which has 600 x 400' }] },
    });
    expect(await add({ left: 0.11, top: 0.1, width: 0.2, height: 0.2 })).toMatchObject({
      code: 'CONFLICT',
      details: { reason: 'FACE_IS_THERE', faceId },
    });
    expect(await add(at(0.5), stranger)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(additions.add(scope, 'no id', at(0.5), 'r'))).toMatchObject({ code: 'NOT_FOUND' });

    const [[blurred]] = (await enrollScripted(world, scope, collectionId, [
      { faces: [2], rejected: { 0: 'MISALIGNED' }, bare: true },
    ])) as [[string]];
    const { image } = (await faces.find(scope, blurred))!;
    expect(await refusal(additions.add(scope, image.id, at(0.5), 'r'))).toMatchObject({
      code: 'NO_FACE_FOUND',
      details: { reasons: ['MISALIGNED'] },
    });

    const both = await Promise.all([add(at(0.5)), add({ ...at(0.5), left: 0.51 })]);
    expect(both.filter((one) => one === null)).toHaveLength(1);
    expect(both.find((one) => one !== null)).toMatchObject({ code: 'CONFLICT', details: { reason: 'FACE_IS_THERE' } });
    await world.images.delete(`images/${scope.tenantId}/${imageId}`);
    expect(await add(at(0.8))).toMatchObject({ code: 'CONFLICT', details: { reason: 'IMAGE_NOT_STORED' } });
    expect(await facesOf(scope, imageId)).toHaveLength(2);
  });

  it('stays where its image has lost the others: the image would be left without one that searches find', async () => {
    const { scope, faceId, imageId } = await start();
    const added = await additions.add(scope, imageId, at(0.5), 'r');
    await faces.delete(scope, [faceId], 'r');
    const last = { code: 'CONFLICT', details: { changed: [{ id: added.faceId, reason: 'IN_USE' }] } };
    expect(await refusal(curation.undo(scope, added.operationId, false, 'r'))).toMatchObject(last);
    await world.settleDeletions();
    expect(await refusal(curation.undo(scope, added.operationId, false, 'r'))).toMatchObject(last);
    expect((await facesOf(scope, imageId)).map(({ id }) => id)).toEqual([added.faceId]);
    await faces.delete(scope, [added.faceId], 'r');
    await world.settleDeletions();
    expect(await world.storedKeys(scope, 'images')).toEqual([]);
  });

  it('is undone in an image that has lost nothing, and had none that searches find', async () => {
    const { scope, faceId, imageId } = await start();
    await db.database.maintain(scope, (tx) =>
      tx.face.update({ where: { id: faceId }, data: { state: 'UNINDEXED', reasons: ['LOW_SHARPNESS'] } }),
    );
    const added = await additions.add(scope, imageId, at(0.5), 'r');
    await curation.undo(scope, added.operationId, false, 'r');
    expect((await facesOf(scope, imageId)).map(({ id }) => id)).toEqual([faceId]);
  });

  it('goes out of the trash with the last of its image, for good and into the ledger, and is not brought back before', async () => {
    const { scope, collectionId, faceId, imageId } = await start();
    const added = await additions.add(scope, imageId, at(0.5), 'r');
    const undone = await curation.undo(scope, added.operationId, false, 'r');
    await faces.delete(scope, [faceId], 'r');
    expect(await refusal(curation.undo(scope, undone.operationId, false, 'r'))).toMatchObject({
      code: 'CONFLICT',
      details: { changed: [{ id: added.faceId, reason: 'DELETED' }] },
    });
    await world.settleDeletions();
    const erased = await db.database.system.$queryRaw<{ subject_id: string }[]>`
      SELECT subject_id FROM erasures WHERE tenant_id = ${scope.tenantId}::uuid AND kind = 'FACE' ORDER BY id`;
    expect(erased.map(({ subject_id: id }) => id)).toEqual([faceId, added.faceId]);
    expect(await counts(scope, collectionId)).toBe(0);
    expect(await world.storedKeys(scope, 'images')).toEqual([]);
  });

  it('that comes back while the last other one is deleted keeps its image', async () => {
    const { scope, collectionId, faceId, imageId } = await start();
    const added = await additions.add(scope, imageId, at(0.5), 'r');
    await curation.undo(scope, added.operationId, false, 'r');
    const deletions = new DeletionStore(db.database);
    let doomed: Promise<string[]> | undefined;
    await db.database.maintain(scope, async (tx) => {
      await lockPlacesOf(tx, collectionId, [added.faceId]);
      await faces.delete(scope, [faceId], 'r');
      doomed = deletions.listDoomedImages(scope, collectionId, 10);
      const isListed = await Promise.race([doomed.then(() => true), setTimeout(200, false)]);
      expect(isListed).toBe(false);
      await tx.face.update({ where: { id: added.faceId }, data: { state: 'INDEXED' } });
    });
    expect(await doomed).toEqual([]);
  });
});
