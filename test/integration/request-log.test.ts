import { createTenant, startTestApi, type TestApi } from '../fixtures/api-server';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';

let db: TestDatabase;
let api: TestApi;

beforeAll(async () => {
  db = await startTestDatabase();
  api = await startTestApi(db.database);
});
afterAll(async () => {
  await api?.stop();
  await db?.stop();
});

const lines = (message: string): Record<string, unknown>[] =>
  api.log.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === message);

/** The line comes when the answer has gone out, which its reader may notice first. */
async function lineOf(requestId: string): Promise<Record<string, unknown>> {
  for (;;) {
    const found = lines('request').find((line) => line['requestId'] === requestId);
    if (found) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a request is logged with its operation and its key’s id', async () => {
  const { tenantId, key } = await createTenant(api);
  await api.call(key, 'query WhoAmI { viewer { keyName } }', {}, { 'x-request-id': 'named-operation' });
  const line = await lineOf('named-operation');
  const [own] = await db.database.system.apiKey.findMany({ where: { tenantId } });
  expect(line).toMatchObject({ operation: 'query WhoAmI', tenantId, keyId: own!.id, route: '/graphql', status: 200 });
  expect(line).not.toHaveProperty('errorId');

  await api.call(
    api.operatorKey,
    '{ viewer { keyName } tenants { nodes { id } } }',
    {},
    { 'x-request-id': 'anonymous-one' },
  );
  expect(await lineOf('anonymous-one')).toMatchObject({ operation: 'query viewer, tenants', keyId: 'operator' });
});

test('an error is logged under the id that the caller was told', async () => {
  const { key } = await createTenant(api);
  const refused = await api.call(key, '{ tenants { nodes { id } } }', {}, { 'x-request-id': 'refused-request' });
  expect(await lineOf('refused-request')).toMatchObject({
    operation: 'query tenants',
    code: 'FORBIDDEN',
    errorId: refused.errors?.[0]?.extensions['errorId'],
  });

  const unknown = await api.call('lk_nonsense', '{ viewer { keyName } }', {}, { 'x-request-id': 'unknown-request' });
  const line = await lineOf('unknown-request');
  expect(line).toMatchObject({ status: 401, errorId: unknown.errors?.[0]?.extensions['errorId'] });
  expect(line).not.toHaveProperty('keyId');
});

test('an operation on a socket is logged likewise', async () => {
  const { tenantId, key } = await createTenant(api);
  const client = api.socket(key);
  for await (const _answer of client.iterate({ query: 'query OverSocket { viewer { keyName } }' }));
  await client.dispose();
  expect(lines('socket operation')).toContainEqual(
    expect.objectContaining({ operation: 'query OverSocket', tenantId, keyId: expect.any(String) }),
  );
});

test('probes leave no lines, unless one fails', async () => {
  for (const path of ['/livez', '/readyz']) expect((await fetch(api.url + path)).status).toBe(200);
  await fetch(`${api.url}/nowhere`, { headers: { 'x-request-id': 'after-the-probes' } });
  await lineOf('after-the-probes');
  expect(lines('request').map((line) => line['route'])).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/z$/)]),
  );
});

test('of a path that the server does not know nothing is logged', async () => {
  const { key } = await createTenant(api);
  for (const [requestId, path] of [
    ['key-in-path', key],
    ['long-path', 'x'.repeat(10_000)],
  ] as const) {
    await fetch(`${api.url}/${path}`, { headers: { 'x-request-id': requestId } });
    expect(await lineOf(requestId)).toMatchObject({ route: 'other', status: 404 });
  }
  expect(api.log.join('')).not.toContain(key);
});
