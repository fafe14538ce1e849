import type { Database } from '../../src/database';
import { createSystem } from '../../src/database/system';
import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { MilvusGateway } from '../../src/infra/milvus/milvus-gateway';
import { MilvusVectorIndex } from '../../src/infra/milvus/milvus-vector-index';
import { VectorOpStore } from '../../src/modules/collection-index/vector-op.store';
import { CollectionIndex } from '../../src/modules/collection-index/collection-index.service';
import type { VectorIndexOp } from '../../src/ports/vector-index';
import type { VectorSpace } from '../../src/records/vector-space';
import { createTestTenant, startTestDatabase, type TestDatabase } from '../fixtures/database';
import { randomVectors, seeded } from '../fixtures/vectors';

const PACK = 'collection-index-lease@1';
const vector = randomVectors(1, 4, seeded(1))[0]!;

let db: TestDatabase;
const held = new Set<bigint>();

beforeAll(async () => {
  db = await startTestDatabase();
  const row = {
    id: PACK,
    name: 'collection-index-lease',
    version: '1',
    embeddingDigest: 'lease',
    dimension: 4,
    metric: 'COSINE' as const,
    licence: 'none',
    commercialUse: false,
  };
  await db.database.system.modelPack.create({ data: row });
});
afterAll(() => db.stop());

/** What both processes write: a Milvus that keeps keys, and the writes that it is told to let wait. */
const milvus = { beforeUpsert: async (): Promise<void> => undefined };
beforeEach(() => {
  held.clear();
  milvus.beforeUpsert = async () => undefined;
  jest.spyOn(MilvusGateway.prototype, 'ensureCollection').mockResolvedValue(undefined);
  jest.spyOn(MilvusGateway.prototype, 'count').mockImplementation(async () => held.size);
  jest.spyOn(MilvusGateway.prototype, 'upsert').mockImplementation(async (_, rows) => {
    await milvus.beforeUpsert();
    for (const row of rows) held.add(row.vectorKey);
  });
  jest.spyOn(MilvusGateway.prototype, 'delete').mockImplementation(async () => held.clear());
});
afterEach(() => jest.restoreAllMocks());

/** One face that is enrolled and later deleted; leases and watermarks are those of PostgreSQL. */
class OneFaceOps extends VectorOpStore {
  deleted = false;
  afterRead = async (): Promise<void> => undefined;

  constructor(
    database: Database,
    readonly space: VectorSpace,
  ) {
    super(database);
  }

  override async listSpaces() {
    return [{ space: this.space, lastSeq: this.deleted ? 2n : 1n, prunedSeq: 0n }];
  }

  override async listOps(_: TenantScope, __: VectorSpace, afterSeq: bigint) {
    const log: VectorIndexOp[] = this.deleted
      ? [{ kind: 'DELETE', seq: 2n, vectorKey: 7n }]
      : [{ kind: 'UPSERT', seq: 1n, vectorKey: 7n, vector }];
    const throughSeq = this.deleted ? 2n : 1n;
    await this.afterRead();
    return { ops: log.filter((op) => op.seq > afterSeq), throughSeq };
  }
}

async function twoProcesses() {
  const scope = await createTestTenant(db.database);
  const collectionId = newId();
  await db.database.maintain(scope, (tx) =>
    tx.collection.create({ data: { id: collectionId, tenantId: scope.tenantId, name: 'lease', modelPackId: PACK } }),
  );
  const { tenantId } = scope;
  const space: VectorSpace = { tenantId, collectionId, embeddingDigest: 'lease', dimension: 4, metric: 'COSINE' };
  const watermarks = createSystem(db.database).watermarks;
  const start = () => {
    const ops = new OneFaceOps(db.database, space);
    const index = new MilvusVectorIndex({ address: '127.0.0.1:1', watermarks });
    const sync = new CollectionIndex({ ops, index, sharedBetweenProcesses: true });
    return {
      ops,
      apply: () => sync.catchUp(scope, collectionId),
      open: () => sync.open(scope, space),
      moveTo: (embeddingDigest: string) =>
        sync.buildBeside(scope, { ...space, embeddingDigest }, async () => 'switched over'),
      close: () => index.close(),
    };
  };
  const expireLease = () =>
    db.database.maintain(
      scope,
      (tx) => tx.$executeRaw`
        UPDATE vector_index_states SET lease_until = now() - interval '1 second'
         WHERE collection_id = ${collectionId}::uuid`,
    );
  const fallBackTo = (seq: bigint) => watermarks.set(space, seq);
  return {
    paused: start(),
    other: start(),
    watermark: () => watermarks.get(space),
    watermarks,
    expireLease,
    fallBackTo,
  };
}

/** Somewhere to stand still: `reached` resolves when somebody does, `leave` lets them go on. */
function makeStop() {
  let arrive = () => {};
  let leave = () => {};
  const reached = new Promise<void>((resolve) => (arrive = resolve));
  const left = new Promise<void>((resolve) => (leave = resolve));
  const stop = () => {
    arrive();
    return left;
  };
  return { reached, leave: () => leave(), stop };
}

test('a process that stood still between reading and applying applies nothing', async () => {
  const { paused, other, watermark, expireLease } = await twoProcesses();
  const { reached, leave, stop } = makeStop();
  paused.ops.afterRead = stop;
  const late = paused.apply();
  await reached;
  await expireLease();
  other.ops.deleted = true;
  await other.apply();
  leave();
  await expect(late).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
  expect(MilvusGateway.prototype.upsert).not.toHaveBeenCalled();
  expect(await watermark()).toBe(2n);
  await paused.close();
  await other.close();
});

test('what a process wrote after it had lost the lease is applied over, by whoever comes next', async () => {
  const { paused, other, watermark, expireLease } = await twoProcesses();
  const { reached, leave, stop } = makeStop();
  milvus.beforeUpsert = stop;
  const late = paused.apply();
  await reached;
  await expireLease();
  other.ops.deleted = true;
  await other.apply();
  expect(await watermark()).toBe(2n);
  leave();
  await expect(late).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
  expect([...held]).toEqual([7n]);
  expect(await watermark()).toBe(0n);
  await other.apply();
  expect([...held]).toEqual([]);
  expect(await watermark()).toBe(2n);
  await paused.close();
  await other.close();
});

test('a space that the engine has lost is filled again by a process that has not noticed the loss, within a second', async () => {
  const { paused: searching, other, watermark, watermarks } = await twoProcesses();
  await searching.open();
  await other.open();
  held.clear();
  await watermarks.forget('lease');
  const now = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => now + 1_000);
  await searching.open();
  expect([...held]).toEqual([7n]);
  expect(await watermark()).toBe(1n);
  await searching.close();
  await other.close();
});

test.each([
  ['while searches go on', 1_000, 1_000],
  ['after an hour without a search', 3_600_000, 0],
])(
  'a space that others have brought further, and that is lost and half filled, is not taken for whole %s',
  async (_, idle, more) => {
    const { paused: searching, other, watermark, fallBackTo } = await twoProcesses();
    await searching.open();
    searching.ops.deleted = other.ops.deleted = true;
    await other.apply();
    const now = jest.spyOn(performance, 'now');
    const opened = performance.now();
    now.mockImplementation(() => opened + idle);
    if (more > 0) await searching.open();
    held.add(7n);
    await fallBackTo(1n);
    now.mockImplementation(() => opened + idle + more);
    await searching.open();
    expect([...held]).toEqual([]);
    expect(await watermark()).toBe(2n);
    await searching.close();
    await other.close();
  },
);

test('a first page that was being applied when the engine lost the space is applied again', async () => {
  const { paused, other, watermark, watermarks } = await twoProcesses();
  const { reached, leave, stop } = makeStop();
  milvus.beforeUpsert = stop;
  const late = paused.apply();
  await reached;
  await watermarks.forget('lease');
  leave();
  await expect(late).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
  expect(await watermark()).toBe(0n);
  held.clear();
  await other.apply();
  expect([...held]).toEqual([7n]);
  expect(await watermark()).toBe(1n);
  await paused.close();
  await other.close();
});

test('the first space of an embedding is built at the first go: what is made for it ends no lease of who builds', async () => {
  const { paused, other } = await twoProcesses();
  jest.mocked(MilvusGateway.prototype.ensureCollection).mockImplementationOnce((_, beforeCreating) => beforeCreating());
  expect(await paused.moveTo('lease-of-another-pack')).toBe('switched over');
  await paused.close();
  await other.close();
});
