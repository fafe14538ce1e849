import type { Change } from '../../src/database';
import { CollectionGone, txOf } from '../../src/database/sql';
import { DomainError } from '../../src/domain/errors';
import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { enrollImagesJob, type EnrollImagesPayload } from '../../src/modules/enrollment/enrollment.kind';
import { messageFor, type NewMessage } from '../../src/records/job-definition';
import { createTestTenant, startTestDatabase, type TestDatabase } from '../fixtures/database';

let db: TestDatabase;
let scope: TenantScope;
let packId: string;

beforeAll(async () => {
  db = await startTestDatabase();
  packId = 'change@1';
  await db.database.system.modelPack.create({
    data: {
      id: packId,
      name: 'change',
      version: '1',
      embeddingDigest: 'cd'.repeat(32),
      dimension: 4,
      metric: 'COSINE',
      licence: 'none',
      commercialUse: true,
    },
  });
});
afterAll(() => db.stop());
beforeEach(async () => {
  scope = await createTestTenant(db.database);
});

async function createCollection(state: 'ACTIVE' | 'DELETING' = 'ACTIVE'): Promise<string> {
  const id = newId();
  await db.database.maintain(scope, (tx) =>
    tx.collection.create({ data: { id, tenantId: scope.tenantId, name: id, modelPackId: packId, state } }),
  );
  return id;
}

const aMessage = () => messageFor(enrollImagesJob, { jobId: newId(), requestId: 'r', fromOrdinal: 0, toOrdinal: 0 });
const upserts = (...keys: number[]) => keys.map((key) => ({ kind: 'UPSERT' as const, vectorKey: BigInt(key) }));
const types = async (): Promise<string[]> =>
  (await db.database.read(scope, (tx) => tx.event.findMany({ orderBy: { seq: 'asc' } }))).map((event) => event.type);
const booksOf = async (id: string) => {
  const row = await db.database.read(scope, (tx) => tx.collection.findUniqueOrThrow({ where: { id } }));
  return { faces: row.faceCount, persons: row.personCount, ops: row.vectorSeq };
};

describe('a change', () => {
  it('takes no message but one that its job’s definition has checked', () => {
    const payload = { jobId: newId(), requestId: 'r', fromOrdinal: 0, toOrdinal: 0 };
    const unchecked = { jobName: enrollImagesJob.name, payload, cost: 1 };
    // Told by the compiler: were they taken, these would be true by their types, and this file would not pass the check.
    const isMessage: typeof unchecked extends NewMessage ? true : false = false;
    const isPayload: { jobId: string; requestId: string } extends EnrollImagesPayload ? true : false = false;
    expect([isMessage, isPayload]).toEqual([false, false]);
    expect(messageFor(enrollImagesJob, payload)).toEqual(unchecked);
  });

  it('writes ops, counts, messages and events together, the end of a job last', async () => {
    const [first, second] = [await createCollection(), await createCollection()];
    await db.database.change(scope, async (change) => {
      change.event({ type: 'JOB_SUCCEEDED', payload: {} });
      change.ops(second, upserts(1, 2));
      change.ops(first, upserts(3));
      change.ops(second, [{ kind: 'DELETE', vectorKey: 1n }]);
      change.persons(second, 2);
      change.message(aMessage());
      change.event({ type: 'FACES_INDEXED', payload: {} }, { type: 'PERSON_CREATED', payload: {} });
    });
    expect(await booksOf(first)).toEqual({ faces: 1, persons: 0, ops: 1n });
    expect(await booksOf(second)).toEqual({ faces: 1, persons: 2, ops: 3n });
    expect(await types()).toEqual(['FACES_INDEXED', 'PERSON_CREATED', 'JOB_SUCCEEDED']);
    expect(await db.database.system.outbox.count({ where: { tenantId: scope.tenantId } })).toBe(1);
  });

  it('starts from nothing when it is tried again', async () => {
    const collectionId = await createCollection();
    let attempts = 0;
    await db.database.change(scope, async (change) => {
      attempts += 1;
      change.ops(collectionId, upserts(1));
      change.event({ type: 'FACES_INDEXED', payload: { attempts } });
      if (attempts < 3)
        await txOf(change).$executeRaw`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$`;
    });
    expect(attempts).toBe(3);
    expect(await types()).toEqual(['FACES_INDEXED']);
    expect(await booksOf(collectionId)).toEqual({ faces: 1, persons: 0, ops: 1n });
  });

  it('takes nothing more once it is flushed', async () => {
    let late: Change | undefined;
    await db.database.change(scope, async (change) => {
      late = change;
    });
    expect(() => late!.event({ type: 'FACES_INDEXED', payload: {} })).toThrow('has been flushed');
    expect(() => late!.ops(newId(), [])).toThrow('has been flushed');
    expect(() => late!.persons(newId(), 1)).toThrow('has been flushed');
    expect(() => late!.message(aMessage())).toThrow('has been flushed');
    await expect(late!.flush()).rejects.toThrow('has been flushed');
  });

  it('is undone when its collection may not be written any more', async () => {
    const doomed = await createCollection('DELETING');
    const write = (collectionId: string, requireActive: boolean) =>
      db.database.change(scope, async (change) => {
        change.event({ type: 'FACES_INDEXED', payload: {} });
        change.ops(collectionId, upserts(1), { requireActive });
      });
    await expect(write(doomed, true)).rejects.toThrow(CollectionGone);
    await expect(write(newId(), false)).rejects.toThrow(CollectionGone);
    expect(await types()).toEqual([]);
    await write(doomed, false);
    expect(await types()).toEqual(['FACES_INDEXED']);
  });

  it('is told of after its commit, with what there is to look at, and not when it failed or wrote nothing', async () => {
    const heard: object[] = [];
    db.database.onChange((of, flushed) => of.tenantId === scope.tenantId && heard.push(flushed));
    await db.database.change(scope, async () => undefined);
    const refused = db.database.change(scope, async (change) => {
      change.event({ type: 'FACES_INDEXED', payload: {} });
      throw new DomainError('CONFLICT', 'No.');
    });
    await expect(refused).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(heard).toEqual([]);
    await db.database.change(scope, async (change) => change.event({ type: 'FACES_INDEXED', payload: {} }));
    await db.database.change(scope, async (change) => change.message(aMessage()));
    expect(heard).toEqual([
      { events: true, messages: false, audited: true },
      { events: false, messages: true, audited: false },
    ]);
  });
});

test('a read that writes is a fault of the program, not of the database', async () => {
  const collectionId = await createCollection();
  const write = db.database.read(scope, (tx) => tx.collection.deleteMany({ where: { id: collectionId } }));
  await expect(write).rejects.toThrow(/read-only transaction/);
  await expect(write).rejects.not.toBeInstanceOf(DomainError);
});
