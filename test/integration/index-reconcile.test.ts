import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSystem } from '../../src/database/system';
import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { MilvusVectorIndex } from '../../src/infra/milvus/milvus-vector-index';
import { UsearchVectorIndex } from '../../src/infra/usearch/usearch-vector-index';
import { CollectionIndex } from '../../src/modules/collection-index/collection-index.service';
import { IndexReconciler } from '../../src/modules/collection-index/index-reconciler.service';
import { IndexTruthStore } from '../../src/modules/collection-index/index-truth.store';
import { SpaceReconciler, type ReconcileOptions } from '../../src/modules/collection-index/space-reconciler.service';
import { VectorOpStore } from '../../src/modules/collection-index/vector-op.store';
import { deleteFaces } from '../../src/modules/faces/face-deletion.store';
import type { VectorIndex } from '../../src/ports/vector-index';
import type { VectorSpace } from '../../src/records/vector-space';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, vectorOf, type EnrollmentWorld } from '../fixtures/enrollment-world';
import { milvusAddress } from '../fixtures/milvus';
import { isHere } from '../fixtures/needs';

const PAGE = 7;
const NONE = { missing: 0, ghosts: 0, wrong: 0, unmended: 0 };
const address = milvusAddress('what mends an index in Milvus');

const engines: [string, (db: TestDatabase, directory: string) => VectorIndex][] = [
  ['USearch', (_, directory) => new UsearchVectorIndex({ directory, exactLimit: 10 })],
];
if (isHere(address !== undefined, 'MILVUS_ADDRESS is not set')) {
  engines.push([
    'Milvus',
    ({ database }) =>
      new MilvusVectorIndex({
        address: address!,
        watermarks: createSystem(database).watermarks,
        // Keys are unique on a platform; those of other databases of tests are not.
        namePrefix: `likeness_test_${newId().replaceAll('-', '')}`,
      }),
  ]);
}

describe.each(engines)('an index in %s', (engine, open) => {
  let db: TestDatabase;
  let world: EnrollmentWorld;
  let ops: VectorOpStore;
  let truth: IndexTruthStore;
  let directory: string;
  beforeAll(async () => {
    db = await startTestDatabase();
    directory = await mkdtemp(path.join(tmpdir(), 'likeness-reconcile-'));
    world = await createEnrollmentWorld(db, open(db, directory));
    ops = new VectorOpStore(db.database);
    truth = new IndexTruthStore(db.database);
  });
  afterAll(async () => {
    await world.dispose();
    await db.stop();
    await rm(directory, { recursive: true });
  });

  const reconciler = (changes: Partial<ConstructorParameters<typeof SpaceReconciler>[0]> = {}) =>
    new SpaceReconciler({
      truth,
      ops,
      index: world.index,
      collectionIndex: world.collectionIndex,
      pageSize: PAGE,
      ...changes,
    });
  const reconcile = ({ scope, space }: Enrolled, options: Partial<ReconcileOptions> = {}) =>
    reconciler().reconcile(scope, space, { dryRun: false, ...options });

  type Enrolled = Awaited<ReturnType<typeof enrolled>>;
  async function enrolled(faces = 20) {
    const { scope, collectionId } = await world.createTenantWithCollection();
    await enrol(scope, collectionId, faces);
    const { space } = (await ops.findSpace(scope, collectionId))!;
    return { scope, collectionId, space, keys: await keysOf(scope, collectionId) };
  }
  let seed = 0;
  async function enrol(scope: TenantScope, collectionId: string, faces: number): Promise<void> {
    const items = [];
    for (let at = 0; at < faces; at += 5) {
      const image = scriptedImage({ faces: [1, 2, 3, 4, 5].map(() => (seed += 1)), bare: true });
      items.push({ image: { uploadId: await world.upload(scope, image) } });
    }
    await world.enrollAll(scope, collectionId, items);
  }
  const facesOf = (scope: TenantScope, collectionId: string) =>
    db.database.read(scope, (tx) => tx.face.findMany({ where: { collectionId }, orderBy: { vectorKey: 'asc' } }));
  const keysOf = async (scope: TenantScope, collectionId: string) =>
    (await facesOf(scope, collectionId)).map(({ vectorKey }) => vectorKey);
  async function deleteFace(scope: TenantScope, collectionId: string, vectorKey: bigint): Promise<void> {
    const { id } = (await facesOf(scope, collectionId)).find((face) => face.vectorKey === vectorKey)!;
    await db.database.change(scope, (change) => deleteFaces(change, [id]));
  }
  /** Each of its vectors is found under its key and no other key is. */
  async function expectExact({ scope, collectionId, space }: Enrolled): Promise<void> {
    const vectors = await ops.listVectors(scope, space, 0n, 1_000);
    expect((await world.index.stats(space)).count).toBe(vectors.length);
    const answers = await world.collectionIndex.search(
      scope,
      space,
      vectors.map(({ vector }) => vector),
      1,
    );
    expect(answers.map(([hit]) => hit!.vectorKey)).toEqual(vectors.map(({ vectorKey }) => vectorKey));
    expect((await world.index.stats(space)).watermark).toBe((await ops.findSpace(scope, collectionId))!.lastSeq);
  }

  it('that is as Postgres has it shows no difference', async () => {
    const one = await enrolled();
    expect(await reconcile(one)).toEqual({ ...NONE, checked: 20 });
    await expectExact(one);
  });

  it('gets back what is missing, loses ghosts and false vectors, while faces come and go', async () => {
    const one = await enrolled();
    const { scope, collectionId, space, keys } = one;
    await deleteFace(scope, collectionId, keys[19]!);
    await world.collectionIndex.catchUp(scope, collectionId);
    const missing = [keys[0]!, keys[8]!, keys[9]!];
    const unknown = keys[19]! + 1_000_000_000n;
    await world.index.remove(space, missing);
    await world.index.load(space, [
      { vectorKey: keys[19]!, vector: vectorOf(900) },
      { vectorKey: unknown, vector: vectorOf(901) },
      { vectorKey: keys[15]!, vector: vectorOf(902) },
    ]);
    const planted = { missing: 3, ghosts: 2, wrong: 1 };

    expect(await reconcile(one, { dryRun: true })).toEqual({ ...planted, checked: 19, unmended: 6 });
    expect((await world.index.stats(space)).count).toBe(18);

    let walking = true;
    const meanwhile = (async () => {
      for (let round = 0; walking || round < 2; round += 1) {
        await enrol(scope, collectionId, 5);
        // Both one that has been walked past and one that has not.
        for (const key of [keys[1 + round]!, keys[14 - round]!]) await deleteFace(scope, collectionId, key);
        await world.collectionIndex.catchUp(scope, collectionId);
        if (round === 3) return;
      }
    })();
    const found = await reconcile(one);
    walking = false;
    await meanwhile;
    expect(found).toMatchObject({ ghosts: 2, unmended: 0 });
    // One that was deleted before the walk came to it is not looked for.
    expect(found.missing + found.wrong).toBeLessThanOrEqual(4);
    expect(found.missing).toBeGreaterThanOrEqual(1);
    expect(await reconcile(one)).toMatchObject(NONE);
    await expectExact(one);
  });

  it('loses the vector of a face whose addition was undone, which Postgres keeps for the redo', async () => {
    const one = await enrolled(10);
    await db.database.maintain(one.scope, (tx) =>
      tx.face.updateMany({ where: { vectorKey: one.keys[2]! }, data: { state: 'TRASHED' } }),
    );
    expect(await reconcile(one)).toEqual({ ...NONE, checked: 9, ghosts: 1 });
    expect(await reconcile(one)).toEqual({ ...NONE, checked: 9 });
    await expectExact(one);
  });

  it('is no different for a face that comes or goes between two looks', async () => {
    const one = await enrolled(10);
    const { scope, collectionId, space, keys } = one;
    let steps = 0;
    let pending = 0;
    class Moving extends VectorOpStore {
      override async listVectors(...args: Parameters<VectorOpStore['listVectors']>) {
        const page = await super.listVectors(...args);
        // What has just been read from Postgres goes, and is not in the index when that is read.
        if (page.length > 0 && (steps += 1) === 1) {
          await deleteFace(scope, collectionId, keys[2]!);
          await world.collectionIndex.catchUp(scope, collectionId);
        }
        return page;
      }
    }
    class Growing extends IndexTruthStore {
      override async listPresent(...args: Parameters<IndexTruthStore['listPresent']>) {
        const present = await super.listPresent(...args);
        // What is in the index goes between the list of its keys and the look at it.
        if ((steps += 1) === 4) {
          await deleteFace(scope, collectionId, keys[3]!);
          present.delete(keys[3]!);
        }
        // It was told before the commit.
        present.delete(keys[4]!);
        return present;
      }
      override async find(...args: Parameters<IndexTruthStore['find']>) {
        // Its op is committed, and not applied.
        if (pending === 0 && args[2].includes(keys[4]!)) {
          await deleteFace(scope, collectionId, keys[4]!);
          pending += 1;
        }
        return super.find(...args);
      }
    }
    const walk = reconciler({ ops: new Moving(db.database), truth: new Growing(db.database), pageSize: 5 });
    expect(await walk.reconcile(scope, space, { dryRun: false })).toMatchObject(NONE);
    expect(steps).toBeGreaterThanOrEqual(4);
    expect(pending).toBe(1);
    expect(await reconcile(one)).toMatchObject(NONE);
    await expectExact(one);
  });

  it('keeps the vector of a face that came back while it was taken for a ghost', async () => {
    const one = await enrolled(5);
    const { scope, space, keys } = one;
    const setState = (state: 'TRASHED' | 'INDEXED') =>
      db.database.maintain(scope, (tx) => tx.face.updateMany({ where: { vectorKey: keys[2]! }, data: { state } }));
    await setState('TRASHED');
    let looks = 0;
    class StandingStill extends IndexTruthStore {
      override async find(...args: Parameters<IndexTruthStore['find']>) {
        const found = await super.find(...args);
        if ((looks += 1) === 1) await setState('INDEXED');
        return found;
      }
    }
    const walk = reconciler({ truth: new StandingStill(db.database) });
    expect(await walk.reconcile(scope, space, { dryRun: false })).toEqual({ ...NONE, checked: 4, ghosts: 1 });
    await expectExact(one);
  });

  it('is left alone once its collection is being deleted', async () => {
    const { scope, collectionId, space, keys } = await enrolled(5);
    await world.index.remove(space, keys.slice(0, 2));
    class Deleting extends IndexTruthStore {
      override async find(...args: Parameters<IndexTruthStore['find']>) {
        const found = await super.find(...args);
        await db.database.maintain(scope, (tx) =>
          tx.collection.update({ where: { id: collectionId }, data: { state: 'DELETING' } }),
        );
        return found;
      }
    }
    const walk = reconciler({ truth: new Deleting(db.database) });
    // It was to be put back, and was taken out again.
    expect(await walk.reconcile(scope, space, { dryRun: false })).toMatchObject({ missing: 2 });
    expect(await world.index.read(space, keys.slice(0, 2))).toEqual([]);
    await world.index.remove(space, keys);
    expect(await reconciler().reconcile(scope, space, { dryRun: false })).toMatchObject(NONE);
    expect((await world.index.stats(space)).count).toBe(0);
  });

  if (engine === 'Milvus') {
    it('gets no vector back from a process that stood still while another one removed it', async () => {
      const one = await enrolled(5);
      const { scope, collectionId, space, keys } = one;
      await world.index.remove(space, [keys[1]!]);
      const other = new CollectionIndex({ ops, index: world.index, sharedBetweenProcesses: true });
      class StandingStill extends IndexTruthStore {
        override async find(...args: Parameters<IndexTruthStore['find']>) {
          const found = await super.find(...args);
          if (found?.get(keys[1]!)?.vector) {
            await db.database.maintain(
              scope,
              (tx) => tx.$executeRaw`
                UPDATE vector_index_states SET lease_until = now() - interval '1 second'
                 WHERE collection_id = ${collectionId}::uuid`,
            );
            await deleteFace(scope, collectionId, keys[1]!);
            await other.catchUp(scope, collectionId);
          }
          return found;
        }
      }
      await reconciler({ truth: new StandingStill(db.database) }).reconcile(scope, space, { dryRun: false });
      expect(await world.index.read(space, [keys[1]!])).toEqual([]);
      await expectExact(one);
    });
  }

  describe('in rounds over all collections', () => {
    const rounds = () => world.system.reconciling;
    function round(
      onFound: (space: VectorSpace, checked: number) => void = () => undefined,
      changes: Partial<ConstructorParameters<typeof IndexReconciler>[0]> = {},
    ): IndexReconciler {
      return new IndexReconciler({
        rounds: rounds(),
        collections: world.system.collections,
        ops,
        spaces: reconciler(),
        onFound: ({ checked }, space) => onFound(space, checked),
        index: world.index,
        onError: (error) => world.faults.push(error),
        onSkipped: (error) => world.faults.push(error),
        pauseMs: 3_600_000,
        ...changes,
      });
    }

    it('goes on after the last page where one was cut short, one process at a time', async () => {
      const [first, second] = [await enrolled(), await enrolled(10)];
      for (const { space, keys } of [first, second]) await world.index.remove(space, [keys[3]!]);
      const checkedOf = (space: VectorSpace, seen: [VectorSpace, number][]) =>
        seen.filter(([one]) => one.collectionId === space.collectionId).reduce((sum, [, count]) => sum + count, 0);

      const before: [VectorSpace, number][] = [];
      const cut = round((space, checked) => {
        before.push([space, checked]);
        if (checkedOf(first.space, before) === 2 * PAGE) void cut.stop();
      });
      expect(await cut.runOnce({ now: true })).toBe(false);
      expect(checkedOf(first.space, before)).toBe(2 * PAGE);
      expect(checkedOf(second.space, before)).toBe(0);

      const other = newId();
      expect(await rounds().take(other, 60_000)).toMatchObject({
        place: { collectionId: first.collectionId, lastKey: first.keys[2 * PAGE - 1] },
      });
      expect(await round().runOnce({ now: true })).toBe(false);
      await rounds().release(other);

      const after: [VectorSpace, number][] = [];
      expect(await round((space, checked) => after.push([space, checked])).runOnce()).toBe(true);
      expect(checkedOf(first.space, after)).toBe(20 - 2 * PAGE);
      expect(checkedOf(second.space, after)).toBe(10);
      expect(after.every(([{ collectionId }]) => collectionId >= first.collectionId)).toBe(true);
      await expectExact(first);
      await expectExact(second);

      expect(await round().runOnce()).toBe(false);
      const { found, secondsSinceRound } = await rounds().state();
      expect(secondsSinceRound).toBeLessThan(60);
      expect(found.every(({ pack }) => pack === world.pack.id)).toBe(true);
      const totals = Object.fromEntries(found.map(({ what, total }) => [what, total]));
      expect(totals).toMatchObject({ missing: 2 });
      expect(totals['checked']).toBeGreaterThanOrEqual(30);
      expect(totals['unmended']).toBe(0);
      expect(world.faults).toEqual([]);
    });

    it('goes past one that cannot be looked at, and waits for an engine that is away', async () => {
      const [bad, good] = [await enrolled(5), await enrolled(5)];
      await world.index.remove(good.space, [good.keys[3]!]);
      class Failing extends IndexTruthStore {
        override listPresent(...args: Parameters<IndexTruthStore['listPresent']>) {
          if (args[1].collectionId === bad.collectionId) throw new Error('a row that cannot be read');
          return super.listPresent(...args);
        }
      }
      const skipped: [unknown, string][] = [];
      const failing = (ping: () => Promise<void>) =>
        round(undefined, {
          spaces: reconciler({ truth: new Failing(db.database) }),
          index: { ping },
          onSkipped: (error, { collectionId }) => skipped.push([error, collectionId]),
        });
      const away = new Error('Milvus is away');
      await expect(failing(() => Promise.reject(away)).runOnce({ now: true })).rejects.toBe(away);
      expect(await rounds().take(newId(), 1, true)).toMatchObject({ place: { collectionId: bad.collectionId } });
      expect(skipped).toEqual([]);
      await delay(20);
      expect(await failing(() => world.index.ping()).runOnce()).toBe(true);
      expect(skipped).toEqual([[expect.objectContaining({ message: 'a row that cannot be read' }), bad.collectionId]]);
      await expectExact(good);
    });
  });
});
