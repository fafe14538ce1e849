import type { TenantScope } from '../../src/domain/tenant-scope';
import { PersonStore } from '../../src/modules/persons/person.store';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, vectorOf, type EnrollmentWorld } from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
let persons: PersonStore;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  persons = new PersonStore(db.database);
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});
beforeEach(() => world.served.clear());

const bytesOf = (face: number) => scriptedImage({ faces: [face] });
const imageOf = (face: number) => ({ base64: bytesOf(face).toString('base64') });
/** Of an image that answers only once the test serves it. */
const PORTRAIT = 'https://images.test/portrait-of-zerubabel.jpg';
const ZERUBABEL = {
  create: { displayName: 'Zerubabel Quist', externalId: 'badge-77231', metadata: { motto: 'semper quistissimus' } },
};
const TRACES = ['zerubabel', 'badge-77231', 'quistissimus'];
const ALL = { first: 50 };

/** The columns of all tables, read under the tenant's own wall, in which a trace is left. */
async function findTraces(scope: TenantScope): Promise<string[]> {
  return db.database.maintain(scope, async (tx) => {
    const columns = await tx.$queryRaw<{ table: string; column: string }[]>`
      SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type IN ('text', 'jsonb', 'ARRAY')
          AND has_column_privilege(to_regclass(quote_ident(table_name)), column_name::text, 'SELECT') ORDER BY 1, 2`;
    expect(columns.length).toBeGreaterThan(30);
    const found: string[] = [];
    for (const { table, column } of columns) {
      const rows = await tx.$queryRawUnsafe<{ value: string }[]>(
        `SELECT lower("${column}"::text) AS value FROM "${table}" WHERE "${column}" IS NOT NULL`,
      );
      if (rows.some(({ value }) => TRACES.some((trace) => value.includes(trace)))) found.push(`${table}.${column}`);
    }
    return found;
  });
}

/** What the columns of bytes hold, as hexadecimal digits, by `table.column`. */
async function readBytes(scope: TenantScope): Promise<Map<string, string[]>> {
  return db.database.maintain(scope, async (tx) => {
    const columns = await tx.$queryRaw<{ table: string; column: string }[]>`
      SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type = 'bytea'
          AND has_column_privilege(to_regclass(quote_ident(table_name)), column_name::text, 'SELECT') ORDER BY 1, 2`;
    expect(columns.length).toBeGreaterThan(4);
    const found = new Map<string, string[]>();
    for (const { table, column } of columns) {
      const rows = await tx.$queryRawUnsafe<{ value: string }[]>(
        `SELECT encode("${column}", 'hex') AS value FROM "${table}" WHERE "${column}" IS NOT NULL`,
      );
      found.set(
        `${table}.${column}`,
        rows.map(({ value }) => value),
      );
    }
    return found;
  });
}

async function start() {
  const scope = await world.createTenant();
  return { scope, collectionId: await world.createCollection(scope) };
}

async function deletePersons(scope: TenantScope, collectionId: string): Promise<void> {
  const found = await persons.list(scope, collectionId, {}, ALL);
  const ids = found.map((person) => person.id);
  await persons.delete(scope, ids, { keepFaces: false, requestId: 'request' });
}

describe('a deleted person', () => {
  it('is named nowhere any more, neither by what succeeded nor by what failed', async () => {
    const { scope, collectionId } = await start();
    const other = await start();
    const items = [
      { image: imageOf(1), person: ZERUBABEL },
      { image: { url: PORTRAIT }, person: ZERUBABEL },
    ];
    for (const one of [{ scope, collectionId }, other]) {
      await world.service.enroll(one.scope, { collectionId: one.collectionId, items }, 'request');
    }
    await world.settle();
    const [made] = await persons.list(scope, collectionId, {}, ALL);
    const known = [{ externalId: 'badge-77231' }, { id: made!.id }];
    await world.service.enroll(
      scope,
      { collectionId, items: known.map((person) => ({ image: { url: PORTRAIT }, person })) },
      'request',
    );
    await world.settle();
    const held = ['job_items.person_create', 'job_items.person_external_id', 'job_items.url'];
    const ofPerson = [
      'person_terms.term',
      'persons.display_name',
      'persons.external_id',
      'persons.metadata',
      'persons.sort_name',
    ];
    expect(await findTraces(scope)).toEqual([...held, ...ofPerson]);

    await deletePersons(scope, collectionId);
    await world.settleDeletions();
    expect(await findTraces(scope)).toEqual([]);
    // The other tenant's person of the same name is somebody else.
    expect(await findTraces(other.scope)).toEqual(['job_items.person_create', 'job_items.url', ...ofPerson]);
  });

  it('leaves neither vectors, digests of their images, stored bytes nor an entry of the index', async () => {
    const { scope, collectionId } = await start();
    const uploadId = await world.upload(scope, bytesOf(2));
    const items = [
      { image: imageOf(1), person: ZERUBABEL },
      { image: { uploadId }, person: ZERUBABEL },
    ];
    await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.settle();
    // Salts and digests of rows that say that something was asked, and not of whom.
    const ofRequests = ['audit_entries.commitment', 'audit_entries.salt', 'jobs.request_digest'];
    const held = [...(await readBytes(scope))].filter(([column]) => !ofRequests.includes(column));
    const theirs = new Set(held.flatMap(([, values]) => values));
    for (const face of [1, 2]) expect(theirs).toContain(Buffer.from(vectorOf(face).buffer).toString('hex'));
    expect(await world.storedKeys(scope, 'images')).toHaveLength(2);

    await deletePersons(scope, collectionId);
    await world.settleDeletions();
    const left = [...(await readBytes(scope))].filter(([, values]) => values.some((value) => theirs.has(value)));
    expect(left.map(([column]) => column)).toEqual([]);
    expect(await world.storedKeys(scope, 'images')).toEqual([]);
    expect(await world.storedKeys(scope, 'uploads')).toEqual([]);
    const { embeddingDigest, dimension, metric } = world.pack;
    const space = { tenantId: scope.tenantId, collectionId, embeddingDigest, dimension, metric };
    expect(await world.index.search(space, [vectorOf(1), vectorOf(2)], 10)).toEqual([[], []]);
  });

  it('leaves nothing of where their face may be in what was refused for them', async () => {
    const { scope, collectionId } = await start();
    const couple = { base64: scriptedImage({ faces: [5, 6], alike: true }).toString('base64') };
    const OTHER = { create: { displayName: 'Other', externalId: 'other' } };
    const made = [
      { image: imageOf(1), person: ZERUBABEL },
      { image: imageOf(2), person: OTHER },
    ];
    await world.service.enroll(scope, { collectionId, items: made }, 'request');
    await world.settle();
    const [zerubabel] = await persons.list(scope, collectionId, { externalId: 'badge-77231' }, ALL);
    const targets = [ZERUBABEL, { externalId: 'badge-77231' }, { id: zerubabel!.id }, OTHER];
    const items = targets.map((person) => ({ image: couple, person }));
    const job = await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.settle();
    const errors = async () => (await world.jobs.listItems(scope, job.id, {}, ALL)).map((item) => item.error);
    const boxes = [expect.anything(), expect.anything()];
    expect(await errors()).toEqual(targets.map(() => expect.objectContaining({ details: { boxes } })));

    await persons.delete(scope, [zerubabel!.id], { keepFaces: false, requestId: 'request' });
    const [, , , ofOther] = await errors();
    expect(ofOther).toMatchObject({ code: 'AMBIGUOUS_FACE', details: { boxes } });
    expect((await errors()).slice(0, 3)).toEqual(
      targets.slice(1).map(() => ({ code: 'AMBIGUOUS_FACE', message: expect.stringMatching(/^2 faces/) })),
    );
  });

  it('does not come back with a retry, nor with what was still waiting', async () => {
    const { scope, collectionId } = await start();
    const items = [
      { image: imageOf(1), person: ZERUBABEL },
      { image: { url: PORTRAIT }, person: ZERUBABEL },
    ];
    const job = await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.settle();
    const waiting = await world.service.enroll(
      scope,
      { collectionId, items: [{ image: imageOf(2), person: ZERUBABEL }, { image: imageOf(3) }] },
      'request',
    );
    await deletePersons(scope, collectionId);
    world.served.set(PORTRAIT, bytesOf(4));
    await world.jobService.retry(scope, job.id);
    await world.settle();
    const errorsOf = async (jobId: string) =>
      (await world.jobs.listItems(scope, jobId, {}, ALL)).map((item) => item.error?.code);
    expect(await errorsOf(job.id)).toEqual([undefined, 'NOT_FOUND']);
    expect(await errorsOf(waiting.id)).toEqual(['NOT_FOUND', undefined]);
    expect(await persons.list(scope, collectionId, {}, ALL)).toEqual([]);
    expect(await findTraces(scope)).toEqual([]);
  });

  it.each([
    ['an image', imageOf(2)],
    ['one of two faces of like size', { base64: scriptedImage({ faces: [5, 6], alike: true }).toString('base64') }],
  ])('does not come back with %s that was being worked on', async (_, image) => {
    const { scope, collectionId } = await start();
    await world.service.enroll(scope, { collectionId, items: [{ image: imageOf(1), person: ZERUBABEL }] }, 'request');
    await world.settle();
    const items = [{ image, person: ZERUBABEL }];
    const job = await world.service.enroll(scope, { collectionId, items }, 'request');
    world.analyzer.before = () => deletePersons(scope, collectionId);
    try {
      await world.settle();
    } finally {
      world.analyzer.before = () => undefined;
    }
    const [item] = await world.jobs.listItems(scope, job.id, {}, ALL);
    expect(item).toMatchObject({ state: 'FAILED', error: { code: 'NOT_FOUND' }, image: null });
    expect(item!.error).not.toHaveProperty('details');
    expect(await persons.list(scope, collectionId, {}, ALL)).toEqual([]);
    expect(await findTraces(scope)).toEqual([]);
  });
});

describe('an item', () => {
  it('keeps what was said of its person only while it may still be worked on or retried', async () => {
    const { scope, collectionId } = await start();
    const items = [{ image: imageOf(1), person: ZERUBABEL }];
    const done = await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.settle();
    const named = await world.service.enroll(
      scope,
      { collectionId, items: [{ image: { url: PORTRAIT }, person: { externalId: 'badge-77231' } }] },
      'request',
    );
    const inputOf = (jobId: string) =>
      db.database.maintain(scope, (tx) =>
        tx.jobItem.findFirstOrThrow({
          where: { jobId },
          select: { state: true, url: true, personExternalId: true, personCreate: true },
        }),
      );
    const nothing = { url: null, personExternalId: null, personCreate: null };
    const input = { url: PORTRAIT, personExternalId: 'badge-77231', personCreate: null };
    expect(await inputOf(done.id)).toEqual({ state: 'SUCCEEDED', ...nothing });
    expect(await inputOf(named.id)).toEqual({ state: 'PENDING', ...input });
    await world.settle();
    expect(await inputOf(named.id)).toEqual({ state: 'FAILED', ...input });
    await world.jobService.retry(scope, named.id);
    await world.jobService.cancel(scope, named.id);
    expect(await inputOf(named.id)).toEqual({ state: 'CANCELLED', ...nothing });
  });
});
