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
  await world.system.erasures.seen(0);
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
