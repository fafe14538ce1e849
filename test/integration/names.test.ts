import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import type { Tx } from '../../src/database/sql';
import { newId } from '../../src/domain/ids';
import { makeTenantScope } from '../../src/domain/tenant-scope-factory';
import { CursorCodec } from '../../src/domain/cursor';
import { Pager } from '../../src/graphql/pager';

import { PersonResolver } from '../../src/modules/persons/person.resolver';
import { PersonStore } from '../../src/modules/persons/person.store';
import { PersonService } from '../../src/modules/persons/person.service';
import { createTenant, startTestApi, type TestApi } from '../fixtures/api-server';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';

const PACK = 'names@1';
/** As one keyboard writes it, and as a file system does. */
const COMPOSED = 'José';
const DECOMPOSED = 'José'.normalize('NFD');

let db: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  db = await startTestDatabase();
  const persons = new PersonResolver(
    new PersonService({ persons: new PersonStore(db.database), tryCatchUp: async () => undefined }),
    new Pager(new CursorCodec('cursor-secret-of-a-test')),
  );
  api = await startTestApi(db.database, { resolvers: [persons] });
  const row = {
    id: PACK,
    name: 'names',
    version: '1',
    embeddingDigest: 'x',
    dimension: 2,
    metric: 'L2',
    licence: 'MIT',
  };
  await db.database.system.modelPack.create({ data: { ...row, commercialUse: true } });
});
afterAll(async () => {
  await api?.stop();
  await db?.stop();
});

async function openCollection() {
  const { tenantId, key } = await createTenant(api);
  const id = newId();
  await db.database.maintain(makeTenantScope(tenantId), (tx) =>
    tx.collection.create({ data: { id, tenantId, name: 'names', modelPackId: PACK } }),
  );
  const create = async (displayName: string, more: Record<string, unknown> = {}) => {
    const input = { collectionId: id, displayName, ...more };
    return api.call(
      key,
      'mutation ($input: CreatePersonInput!) { createPerson(input: $input) { person { displayName externalId metadata } } }',
      { input },
    );
  };
  const list = async (filter: Record<string, unknown>): Promise<string[]> => {
    const { data, errors } = await api.call(
      key,
      'query ($id: ID!, $filter: PersonFilterInput) { persons(collectionId: $id, filter: $filter) { nodes { displayName } } }',
      { id, filter },
    );
    expect(errors).toBeUndefined();
    return (data!.persons.nodes as { displayName: string }[]).map((node) => node.displayName);
  };
  return { id, tenantId, create, list };
}

test('names, ids and metadata are kept composed, whatever form they came in', async () => {
  const { create, list } = await openCollection();
  const metadata = { [DECOMPOSED]: [DECOMPOSED, { deep: DECOMPOSED }] };
  const { data } = await create(DECOMPOSED, { externalId: DECOMPOSED, metadata });
  expect(data!.createPerson.person).toEqual({
    displayName: COMPOSED,
    externalId: COMPOSED,
    metadata: { [COMPOSED]: [COMPOSED, { deep: COMPOSED }] },
  });
  expect((await create('Another', { externalId: COMPOSED })).errors?.[0]?.extensions['code']).toBe('CONFLICT');
  for (const form of [COMPOSED, DECOMPOSED]) {
    expect(await list({ externalId: form })).toEqual([COMPOSED]);
    expect(await list({ metadata: { [form]: [form] } })).toEqual([COMPOSED]);
  }
  // 255 letters are 510 characters before they are composed.
  expect((await create('é'.repeat(255).normalize('NFD'))).errors).toBeUndefined();
});

test('a name is found without its case and accents', async () => {
  const { create, list } = await openCollection();
  for (const name of ['Zoë', 'Łukasz Żak', 'Straße', 'Ægir', 'Nguyễn', 'ΆΝΝΑ']) await create(name);
  await create('Nobody', { externalId: 'CAFÉ-7' });
  for (const [text, found] of [
    ['zoe', 'Zoë'],
    ['ZOË', 'Zoë'],
    ['lukasz z', 'Łukasz Żak'],
    ['STRASSE', 'Straße'],
    ['aegir', 'Ægir'],
    ['nguyen', 'Nguyễn'],
    ['αννα', 'ΆΝΝΑ'],
    ['cafe', 'Nobody'],
    ['ukas', 'Łukasz Żak'],
    ['e-7', 'Nobody'],
  ] as const) {
    expect([text, await list({ text })]).toEqual([text, [found]]);
  }
  expect(await list({ text: '%' })).toEqual([]);
});

test('a part of a name is found wherever it stands, however long it is, as long as somebody is called so', async () => {
  const { id, tenantId, create, list } = await openCollection();
  const other = await openCollection();
  const long = 'María de los Ángeles Hernández-Gutiérrez y Núñez';
  for (const name of [long, 'María de los Ángeles Ruiz']) await create(name);
  await other.create('María Elsewhere');
  expect(await list({ text: 'maria' })).toHaveLength(2);
  expect(await list({ text: 'de los angeles hernandez-gutierrez y n' })).toEqual([long]);
  expect(await list({ text: 'de los angeles hernandez-gutierrez y nobody' })).toEqual([]);
  expect(await list({ text: 'z'.repeat(16) })).toEqual([]);
  for (const form of ['NFC', 'NFD'] as const) expect(await list({ text: 'Núñez'.normalize(form) })).toEqual([long]);

  const scope = makeTenantScope(tenantId);
  const store = new PersonStore(db.database);
  const [one, two] = await store.list(scope, id, {}, { first: 2 });
  await store.update(scope, one!.id, { displayName: 'Renamed', externalId: 'Badge-Ünal' }, 'r');
  await store.update(scope, two!.id, { aliases: ['Mariechen'] }, 'r');
  expect(await list({ text: 'gutierrez' })).toEqual([]);
  expect(await list({ text: 'ge-unal' })).toEqual(['Renamed']);
  expect(await list({ text: 'mariechen' })).toEqual(['María de los Ángeles Ruiz']);
  await store.delete(scope, [one!.id, two!.id], { keepFaces: false, requestId: 'r' });
  expect(await db.database.read(scope, (tx) => tx.personTerm.count())).toBe(0);
});

test('what persons are found by stays small, however long their texts are', async () => {
  const { tenantId, create, list } = await openCollection();
  const texts = Array.from({ length: 21 }, (_, at) =>
    Array.from({ length: 255 }, (__, letter) =>
      String.fromCharCode(97 + ((letter * letter + at * 7 + (letter >> 3)) % 26)),
    ).join(''),
  );
  const words = `${'x'.repeat(70)} Wienerwald-Heurigen`;
  const ids = ['long', 'short'];
  for (const externalId of ids) expect((await create(words, { externalId })).errors).toBeUndefined();
  const scope = makeTenantScope(tenantId);
  const store = new PersonStore(db.database);
  const long = await db.database.read(scope, (tx) => tx.person.findFirstOrThrow({ where: { externalId: 'long' } }));
  await store.update(scope, long.id, { aliases: texts.slice(0, 20) }, 'r');
  const count = await db.database.read(scope, (tx) => tx.personTerm.count({ where: { personId: long.id } }));
  expect(count).toBe(500);
  // Every text from its beginning, every word of it, and the whole of what is the person's first.
  for (const text of texts.slice(0, 20)) expect(await list({ text: text.slice(0, 30) })).toEqual([words]);
  expect(await list({ text: 'wienerwald-h' })).toEqual([words, words]);
  expect(await list({ text: 'heurigen' })).toEqual([words, words]);
  expect(await list({ text: 'ong' })).toEqual([words]);
});

test('however many persons a statement changes, it makes the terms of each of them once', async () => {
  const { id, tenantId, create, list } = await openCollection();
  for (let at = 0; at < 12; at++) await create(`Person ${at}`, { externalId: `badge-${at}` });
  const scope = makeTenantScope(tenantId);
  /** How many rows of terms are written meanwhile. */
  const written = (work: (tx: Tx) => Promise<unknown>) =>
    db.database.maintain(scope, async (tx) => {
      const count = async () => {
        const [row] = await tx.$queryRaw<{ made: number }[]>`
          SELECT pg_stat_get_xact_tuples_inserted('person_terms'::regclass)::int AS made`;
        return row!.made;
      };
      const before = await count();
      await work(tx);
      return (await count()) - before;
    });
  const left = () => db.database.read(scope, (tx) => tx.personTerm.findMany());
  const drop = (tx: Tx, ...externalIds: string[]) =>
    tx.person.deleteMany({ where: { externalId: { in: externalIds } } });

  const { id: survivor } = await db.database.read(scope, (tx) =>
    tx.person.findFirstOrThrow({ where: { externalId: 'badge-0' } }),
  );
  const byMerge = await written((tx) =>
    tx.person.updateMany({ where: { NOT: { id: survivor } }, data: { mergedIntoId: survivor } }),
  );
  const terms = await left();
  expect(new Set(terms.map(({ personId }) => personId))).toEqual(new Set([survivor]));
  expect(byMerge).toBe(terms.length);
  expect(await list({ text: 'person 11' })).toEqual(['Person 0']);

  expect(await written((tx) => drop(tx, 'badge-10', 'badge-11'))).toBe((await left()).length);
  expect(await list({ text: 'person 11' })).toEqual([]);

  const ofDoomed = written(async (tx) => {
    await tx.collection.update({ where: { id }, data: { state: 'DELETING' } });
    await drop(tx, 'badge-8', 'badge-9');
  });
  expect(await ofDoomed).toBe(0);
});

test('what was kept before is composed where it fits, and nothing is lost', async () => {
  const { id, tenantId, list } = await openCollection();
  const owner = new Client({ connectionString: db.ownerUrl });
  await owner.connect();
  const before = (name: string): string => name.normalize('NFD');
  const rows = [
    [before('Zoë'), before('zoë-1')],
    [before('José'), before('josé')],
    ['José', 'josé'],
  ] as const;
  try {
    await owner.query('ALTER TABLE persons NO FORCE ROW LEVEL SECURITY; ALTER TABLE jobs NO FORCE ROW LEVEL SECURITY');
    await owner.query('ALTER TABLE job_items NO FORCE ROW LEVEL SECURITY');
    // What persons are found by follows whoever changes them.
    await owner.query('ALTER TABLE person_terms NO FORCE ROW LEVEL SECURITY');
    for (const [displayName, externalId] of rows) {
      await owner.query(
        'INSERT INTO persons (id, tenant_id, collection_id, display_name, external_id) VALUES ($1, $2, $3, $4, $5)',
        [newId(), tenantId, id, displayName, externalId],
      );
    }
    const jobId = newId();
    await owner.query(
      `INSERT INTO jobs (id, tenant_id, collection_id, kind, request_id) VALUES ($1, $2, $3, 'ENROLLMENT', 'r')`,
      [jobId, tenantId, id],
    );
    for (const [ordinal, [, externalId]] of rows.entries()) {
      await owner.query(
        'INSERT INTO job_items (id, tenant_id, job_id, ordinal, person_create) VALUES ($1, $2, $3, $4, $5)',
        [newId(), tenantId, jobId, ordinal, JSON.stringify({ displayName: before('Zoë'), externalId, metadata: {} })],
      );
    }
    const sql = await readFile('prisma/migrations/20261128140000_names/migration.sql', 'utf8');
    await owner.query(sql.replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION'));

    await owner.query('ALTER TABLE job_items NO FORCE ROW LEVEL SECURITY');
    const { rows: items } = await owner.query(
      `SELECT person_create->>'externalId' AS id FROM job_items WHERE job_id = $1 ORDER BY ordinal`,
      [jobId],
    );
    // The second one's person could not be composed: the third has that id.
    expect(items.map((item: { id: string }) => item.id)).toEqual(['zoë-1', before('josé'), 'josé']);
  } finally {
    await owner.query('ALTER TABLE job_items FORCE ROW LEVEL SECURITY');
    await owner.query('ALTER TABLE person_terms FORCE ROW LEVEL SECURITY');
    await owner.end();
  }
  expect((await list({})).sort()).toEqual(['José', 'José', 'Zoë']);
  expect(await list({ externalId: 'zoë-1' })).toEqual(['Zoë']);
  expect(await list({ text: 'zoe' })).toEqual(['Zoë']);
});
