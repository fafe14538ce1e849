import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { replayErasures } from '../../src/container/erasures';
import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { MergeStore } from '../../src/modules/curation/merge.store';
import { PersonStore } from '../../src/modules/persons/person.store';
import { ErasureLedgerFile } from '../../src/infra/storage/erasure-ledger-file';
import type { ErasureRecord } from '../../src/records/erasure';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, type EnrollmentWorld } from '../fixtures/enrollment-world';

/** The database of these tests is the copy that was put back: what the ledger has happened after it was taken. */
let db: TestDatabase;
let world: EnrollmentWorld;
let folder: string;
let file: string;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-replay-'));
  file = path.join(folder, 'erasures.jsonl');
  await db.database.system.erasureLedger.updateMany({ data: { bytes: 0 } });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ALL = { first: 50 };

type Told = Pick<ErasureRecord, 'kind' | 'id'> & Partial<ErasureRecord>;

const append = (scope: TenantScope, ...told: Told[]): Promise<number> =>
  new ErasureLedgerFile(file).append(
    told.map((one) => ({ tenantId: scope.tenantId, at: new Date(), endsAt: null, ...one })),
  );

const replay = (): Promise<void> =>
  replayErasures({
    config: { erasureLedger: file },
    database: db.database,
    logger: pino({ level: 'silent' }),
    system: world.system,
  });

test('of several ends of one key the earliest counts', async () => {
  const scope = await world.createTenant();
  const ids = [newId(), newId()];
  await db.database.system.apiKey.createMany({
    data: ids.map((id) => ({
      id,
      tenantId: scope.tenantId,
      keyId: id,
      secretHash: new Uint8Array(32),
      name: 'key',
      scopes: ['READ'],
    })),
  });
  const [early, late] = [new Date('2026-01-01T00:00:00Z'), new Date('2036-01-01T00:00:00Z')];
  // Rotated with a grace and then revoked; and the other way around, which no order of rows may change.
  const ends = [
    [late, early],
    [early, late],
  ];
  await append(scope, ...ids.flatMap((id, at) => ends[at]!.map((endsAt): Told => ({ kind: 'API_KEY', id, endsAt }))));
  await replay();
  const keys = await db.database.system.apiKey.findMany({ where: { id: { in: ids } } });
  expect(keys.map(({ expiresAt }) => expiresAt)).toEqual([early, early]);
});

describe('of two persons whom the copy has merged', () => {
  it.each([
    ['who was merged', 'other', 'survivor'],
    ['who stayed', 'survivor', 'other'],
  ] as const)('%s is erased alone', async (_who, erased, kept) => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    const items = [1, 2].map((face) => ({
      image: { base64: scriptedImage({ faces: [face] }).toString('base64') },
      person: { create: { displayName: `Guest ${face}` } },
    }));
    await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.settle();
    const persons = new PersonStore(db.database);
    const [one, two] = await persons.list(scope, collectionId, {}, ALL);
    const ids = { survivor: one!.id, other: two!.id };
    const merge = { personId: ids.survivor, mergedIds: [ids.other], evenIfRejected: false, requestId: 'request' };
    await new MergeStore(db.database).merge(scope, merge);

    await append(scope, { kind: 'PERSON', id: ids[erased] });
    await replay();
    expect((await persons.list(scope, collectionId, {}, ALL)).map(({ id }) => id)).toEqual([ids[kept]]);
    const { personCount } = await db.database.system.collection.findUniqueOrThrow({ where: { id: collectionId } });
    expect(personCount).toBe(1);
  });
});

describe('what the copy had still to enrol', () => {
  /** One image that waits, and one that failed, each for a person to be made. */
  async function begin(scope: TenantScope, collectionId: string) {
    const items = [1, 2].map((face) => ({
      image: { base64: scriptedImage({ faces: [face] }).toString('base64') },
      person: { create: { displayName: `Guest ${face}` } },
    }));
    const failing = { image: { url: ADDRESS }, person: { create: { displayName: 'Guest 3' } } };
    const failed = await world.service.enroll(scope, { collectionId, items: [failing] }, 'request');
    await world.settle();
    const waiting = await world.service.enroll(scope, { collectionId, items }, 'request');
    return { failed, waiting };
  }
  const ADDRESS = 'https://images.test/guest.jpg';
  const statesOf = async (scope: TenantScope, jobId: string) =>
    (await world.jobs.listItems(scope, jobId, {}, ALL)).map(({ state, error }) => [state, error?.code]);

  it('brings back nobody, neither by itself nor with a retry', async () => {
    const scope = await world.createTenant();
    const collectionId = await world.createCollection(scope);
    const { failed, waiting } = await begin(scope, collectionId);
    await append(scope, { kind: 'PERSON', id: newId() });
    await replay();
    expect(await statesOf(scope, waiting.id)).toEqual([
      ['FAILED', 'CONFLICT'],
      ['FAILED', 'CONFLICT'],
    ]);
    expect(await world.jobs.find(scope, waiting.id)).toMatchObject({ state: 'SUCCEEDED', failed: 2 });
    world.served.set(ADDRESS, scriptedImage({ faces: [3] }));
    for (const job of [failed, waiting]) await world.jobService.retry(scope, job.id);
    await world.settle();
    expect(await new PersonStore(db.database).list(scope, collectionId, {}, ALL)).toEqual([]);
  });

  it('goes on where nobody was erased elsewhere', async () => {
    const [scope, other] = [await world.createTenant(), await world.createTenant()];
    const collectionId = await world.createCollection(scope);
    const { waiting } = await begin(scope, collectionId);
    // Erased here, and a process died before it had noted that this is in the ledger.
    const id = newId();
    await db.database.system.$executeRaw`
      INSERT INTO erasures (tenant_id, kind, subject_id) VALUES (${scope.tenantId}::uuid, 'PERSON', ${id}::uuid)`;
    await append(scope, { kind: 'PERSON', id });
    await append(other, { kind: 'PERSON', id: newId() });
    await replay();
    await world.settle();
    expect(await statesOf(scope, waiting.id)).toEqual([
      ['SUCCEEDED', undefined],
      ['SUCCEEDED', undefined],
    ]);
  });
});
