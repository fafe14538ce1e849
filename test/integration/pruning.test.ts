import { Client } from 'pg';
import { createSystem } from '../../src/database/system';
import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { dayOf, NO_USAGE } from '../../src/domain/usage';
import { CollectionIndex } from '../../src/modules/collection-index/collection-index.service';
import { VectorOpStore } from '../../src/modules/collection-index/vector-op.store';
import { FaceStore } from '../../src/modules/faces/face.store';
import { PruningStore } from '../../src/modules/pruning/pruning.store';
import { UsageDaysStore } from '../../src/modules/usage/usage-days.store';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, vectorOf, type EnrollmentWorld } from '../fixtures/enrollment-world';
import { createTestPruner, DAY } from '../fixtures/pruner';

let db: TestDatabase;
let world: EnrollmentWorld;
let owner: Client;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  owner = new Client({ connectionString: db.ownerUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await world.dispose();
  await db.stop();
});

const ALL = { first: 500 };

async function enrol(scope: TenantScope, collectionId: string, faces: readonly number[]): Promise<string> {
  const items = faces.map((face) => ({
    image: { base64: scriptedImage({ faces: [face] }).toString('base64') },
    person: { create: { displayName: `Person ${face}` } },
  }));
  const job = await world.service.enroll(scope, { collectionId, items }, 'request');
  await world.settle();
  return job.id;
}

async function start(faces: readonly number[] = [1, 2, 3]) {
  const scope = await world.createTenant();
  const collectionId = await world.createCollection(scope);
  return { scope, collectionId, jobId: await enrol(scope, collectionId, faces) };
}

async function age(table: string, column: string, scope: TenantScope, days: number): Promise<void> {
  await db.database.maintain(scope, (tx) =>
    tx.$executeRawUnsafe(`UPDATE ${table} SET ${column} = ${column} - make_interval(days => ${days})`),
  );
}

const spaceOf = (scope: TenantScope, collectionId: string) => {
  const { embeddingDigest, dimension, metric } = world.pack;
  return { tenantId: scope.tenantId, collectionId, embeddingDigest, dimension, metric };
};

describe('events', () => {
  it('older than they are kept go, and a cursor before them is CURSOR_EXPIRED', async () => {
    const { scope, collectionId } = await start();
    const before = await world.reader.currentCursor(scope);
    await enrol(scope, collectionId, [4]);
    await age('events', 'created_at', scope, 31);
    await enrol(scope, collectionId, [5]);
    const kept = (await world.events.readAfter(scope, { collectionId }, 0n, 500)).events;
    await createTestPruner(world).runOnce();
    const left = (await world.events.readAfter(scope, { collectionId }, 0n, 500)).events;
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(kept.length);
    expect(left).toEqual(kept.slice(-left.length));
    await expect(world.reader.read(scope, { collectionId }, { after: before })).rejects.toMatchObject({
      code: 'CURSOR_EXPIRED',
    });
    const { prunedSeq } = await world.events.bounds(scope);
    const reading = await world.reader.read(
      scope,
      { collectionId },
      { after: world.reader.cursorOf(scope, prunedSeq) },
    );
    expect((await reading.next()).value).toMatchObject({ seq: left[0]!.seq });
    await reading.return!();
  });
});

describe('jobs', () => {
  it('that ended long ago go with their items, and no other', async () => {
    const { scope, collectionId, jobId } = await start();
    const other = await enrol(scope, collectionId, [4]);
    await age('jobs', 'finished_at', scope, 91);
    const recent = await enrol(scope, collectionId, [7]);
    const items = [{ image: { base64: scriptedImage({ faces: [8] }).toString('base64') } }];
    const open = await world.service.enroll(scope, { collectionId, items }, 'request');
    await age('jobs', 'created_at', scope, 400);
    await createTestPruner(world).runOnce();
    const found = await Promise.all([jobId, other, recent, open.id].map((id) => world.jobs.find(scope, id)));
    expect(found.map((job) => job?.state)).toEqual([undefined, undefined, 'SUCCEEDED', 'QUEUED']);
    const left = await db.database.read(scope, (tx) => tx.jobItem.findMany({ select: { jobId: true } }));
    expect(left.map((item) => item.jobId).sort()).toEqual([recent, open.id].sort());
    await world.settle();
    expect(await world.jobs.find(scope, open.id)).toMatchObject({ state: 'SUCCEEDED' });
  });

  it('stay while the store may hold something that only their items name', async () => {
    const { scope, jobId } = await start();
    await age('jobs', 'finished_at', scope, 91);
    const leave = (hasLeftover: boolean) =>
      db.database.maintain(scope, (tx) => tx.jobItem.updateMany({ data: { hasLeftover } }));
    await leave(true);
    await createTestPruner(world).runOnce();
    expect(await world.jobs.find(scope, jobId)).not.toBeNull();
    await leave(false);
    await createTestPruner(world).runOnce();
    expect(await world.jobs.find(scope, jobId)).toBeNull();
  });

  it('leave no message behind that the queue has lost', async () => {
    const { scope, jobId } = await start();
    const message = (admittedAt: Date | null, ofJob: string) => ({
      id: newId(),
      tenantId: scope.tenantId,
      jobName: 'enroll-images',
      payload: { jobId: ofJob },
      admittedAt,
    });
    const long = new Date(Date.now() - 8 * DAY);
    const rows = [message(long, jobId), message(long, newId()), message(new Date(), jobId), message(null, jobId)];
    await db.database.maintain(scope, (tx) => tx.outbox.createMany({ data: rows }));
    await createTestPruner(world).runOnce();
    const left = await db.database.read(scope, (tx) => tx.outbox.findMany({ select: { id: true } }));
    expect(left.map(({ id }) => id).sort()).toEqual([rows[2]!.id, rows[3]!.id].sort());
    await db.database.maintain(scope, (tx) => tx.outbox.deleteMany({}));
  });
});

describe('rows of the audit', () => {
  it('are kept for ever, or for the days that are set', async () => {
    const { scope } = await start([1]);
    const { audit } = createSystem(db.database);
    while ((await audit.advance()) > 0);
    const operations = () =>
      db.database.read(scope, async (tx) => {
        const rows = await tx.$queryRaw<{ operation: string }[]>`
          SELECT content::jsonb->>'operation' AS operation FROM audit_entries ORDER BY id`;
        return rows.map(({ operation }) => operation);
      });
    const before = await operations();
    expect(before).not.toHaveLength(0);
    await createTestPruner(world).runOnce();
    expect(await operations()).toEqual(before);
    await owner.query(
      `UPDATE audit_entries SET id = ('00000000-0001' || substr(id::text, 14))::uuid WHERE tenant_id = $1`,
      [scope.tenantId],
    );
    const keptFor = { jobsMs: 90 * DAY, eventsMs: 90 * DAY, vectorOpsMs: 90 * DAY, usageMs: 90 * DAY, auditMs: DAY };
    await createTestPruner(world, { keptFor }).runOnce();
    expect(await operations()).toEqual(['expireAudit']);
  });
});

describe('vector ops', () => {
  const opsOf = (scope: TenantScope) => db.database.read(scope, (tx) => tx.vectorOp.count());
  const indexed = async (scope: TenantScope, collectionId: string, seed: number) => {
    const [hits] = await world.index.search(spaceOf(scope, collectionId), [vectorOf(seed)], 10);
    return hits!.map((hit) => hit.vectorKey).sort();
  };

  it('go once the index would begin behind them after a crash, and no sooner', async () => {
    const { scope, collectionId } = await start();
    await age('vector_ops', 'created_at', scope, 8);
    const durableSeq = jest.spyOn(world.index, 'durableSeq');
    durableSeq.mockResolvedValue(0n);
    await createTestPruner(world).runOnce();
    expect(await opsOf(scope)).toBe(3);
    durableSeq.mockResolvedValue(2n);
    await createTestPruner(world).runOnce();
    expect(await opsOf(scope)).toBe(1);
    durableSeq.mockResolvedValue(3n);
    await createTestPruner(world, {
      keptFor: { jobsMs: DAY, eventsMs: DAY, vectorOpsMs: 9 * DAY, usageMs: DAY },
    }).runOnce();
    expect(await opsOf(scope)).toBe(1);
    durableSeq.mockRestore();
    expect(await world.index.search(spaceOf(scope, collectionId), [vectorOf(1)], 10)).toMatchObject([{ length: 3 }]);
  });

  it('that are gone are made good for by the vectors themselves: the index is built, not caught up', async () => {
    const { scope, collectionId } = await start([11, 12, 13]);
    const faces = new FaceStore(db.database);
    const [first] = await faces.list(scope, { collectionId }, ALL);
    await faces.delete(scope, [first!.id], 'request');
    await world.handlerDependencies.catchUpIndex(scope, collectionId);
    const before = await indexed(scope, collectionId, 11);
    expect(before).toHaveLength(2);
    await age('vector_ops', 'created_at', scope, 8);
    jest.spyOn(world.index, 'durableSeq').mockResolvedValue(4n);
    await createTestPruner(world).runOnce();
    jest.restoreAllMocks();
    expect(await opsOf(scope)).toBe(0);
    // The index was lost, and an op comes after that.
    await world.index.reset(spaceOf(scope, collectionId));
    await enrol(scope, collectionId, [14]);
    const after = await indexed(scope, collectionId, 11);
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after).toHaveLength(3);
    expect(await world.index.stats(spaceOf(scope, collectionId))).toMatchObject({ count: 3, watermark: 5n });
  });

  it('of an index that is ahead of its database: it is built anew, so that no op is passed over', async () => {
    const { scope, collectionId } = await start([21]);
    const space = spaceOf(scope, collectionId);
    // What a copy of the database that was put back does not know of.
    await world.index.apply(
      space,
      [{ kind: 'UPSERT', seq: 50n, vectorKey: 9_007_199_254_740_000n, vector: vectorOf(22) }],
      50n,
    );
    await enrol(scope, collectionId, [23]);
    expect(await world.index.stats(space)).toMatchObject({ count: 2, watermark: 2n });
    expect(await indexed(scope, collectionId, 22)).not.toContain(9_007_199_254_740_000n);
  });

  it('are added while the index is built: none is lost, and what was deleted meanwhile stays away', async () => {
    const { scope, collectionId } = await start([31, 32]);
    const space = spaceOf(scope, collectionId);
    await new VectorOpStore(db.database).prune(scope, collectionId, 2n, new Date(Date.now() + DAY), 10);
    await world.index.reset(space);
    const faces = new FaceStore(db.database);
    class SlowOps extends VectorOpStore {
      override async listVectors(...args: Parameters<VectorOpStore['listVectors']>) {
        const page = await super.listVectors(...args);
        if (args[2] === 0n) {
          const [first] = await faces.list(scope, { collectionId }, ALL);
          await faces.delete(scope, [first!.id], 'request');
        }
        return page;
      }
    }
    const ops = new SlowOps(db.database);
    const sync = new CollectionIndex({ ops, index: world.index, sharedBetweenProcesses: false });
    await sync.catchUp(scope, collectionId);
    expect(await world.index.stats(space)).toMatchObject({ watermark: 2n });
    await sync.catchUp(scope, collectionId);
    expect(await world.index.stats(space)).toMatchObject({ count: 1, watermark: 3n });
  });
});

describe('use', () => {
  it('of days that are long past is removed, of this tenant alone', async () => {
    const [scope, other] = [await world.createTenant(), await world.createTenant()];
    const { usage } = createSystem(db.database);
    const dayAgo = (days: number): string => dayOf(new Date(world.clock.now().getTime() - days * DAY));
    const apiKeyId = newId();
    const rows = [scope, other].flatMap(({ tenantId }) =>
      [801, 799, 0].map((days) => ({ ...NO_USAGE, tenantId, apiKeyId, day: dayAgo(days), searches: 2 })),
    );
    await usage.add(rows);
    await usage.add([...rows, { ...rows[0]!, tenantId: newId() }]);
    const store = new UsageDaysStore(db.database);
    const daysOf = async (of: TenantScope) =>
      (await store.list(of, new Date(0), new Date(world.clock.now().getTime() + DAY), null)).map(
        ({ day, searches }) => ({
          day: dayOf(day),
          searches,
        }),
      );
    expect(await daysOf(scope)).toEqual([801, 799, 0].map((days) => ({ day: dayAgo(days), searches: 4 })));
    expect(await store.prune(scope, new Date(world.clock.now().getTime() - 800 * DAY), 100)).toBe(1);
    expect((await daysOf(scope)).map(({ day }) => day)).toEqual([799, 0].map(dayAgo));
    expect(await daysOf(other)).toHaveLength(3);
    await createTestPruner(world).runOnce();
    expect((await daysOf(other)).map(({ day }) => day)).toEqual([799, 0].map(dayAgo));
    expect(await store.list(scope, new Date(0), world.clock.now(), newId())).toEqual([]);
  });
});

describe('a round', () => {
  it('is one process’s at a time, and goes on after the tenant that the one before had seen to', async () => {
    const { rounds, other } = { rounds: createSystem(db.database).pruning, other: newId() };
    expect(await rounds.take(other, 60_000)).toEqual({ afterTenant: null });
    expect(await createTestPruner(world).runOnce()).toBe(false);
    const scopes = await rounds.listTenants(null, 3);
    await rounds.advance(other, scopes[1]!.tenantId);
    // It was killed: its lease runs out.
    await owner.query(`UPDATE pruning_rounds SET lease_until = now() - interval '1 second'`);
    const seen: string[] = [];
    class Watched extends PruningStore {
      override async listCollections(scope: TenantScope) {
        seen.push(scope.tenantId);
        return super.listCollections(scope);
      }
    }
    expect(await createTestPruner(world, { past: new Watched(db.database) }).runOnce()).toBe(true);
    expect(seen[0]).toBe(scopes[2]!.tenantId);
    expect(await rounds.keep(other, 60_000)).toBe(false);
  });

  it('tells what it removed, over all processes', async () => {
    const { scope } = await start();
    await age('events', 'created_at', scope, 31);
    const count = async () =>
      (await createSystem(db.database).pruning.state()).removed.find(({ what }) => what === 'events')?.total ?? 0;
    const before = await count();
    const removed = await db.database.read(scope, (tx) => tx.event.count());
    await createTestPruner(world).runOnce();
    expect(await count()).toBe(before + removed);
    expect((await createSystem(db.database).pruning.state()).secondsSinceRound).toBeLessThan(600);
  });

  it('ends when it is asked to, and leaves the rest to the next', async () => {
    const pruner = createTestPruner(world);
    await pruner.stop();
    expect(await pruner.runOnce()).toBe(false);
    expect(await createTestPruner(world).runOnce()).toBe(true);
  });
});
