import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createTenant } from '../factories/tenant';
import { TestPlatform } from '../fixtures/platform';

const TOKEN = 'a-token-of-whoever-reads-the-metrics-0000';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await TestPlatform.start();
});
afterAll(() => platform?.stop());

const get = (headers: Record<string, string> = {}) => fetch(`${platform.url}/metrics`, { headers });
const read = async (headers?: Record<string, string>): Promise<string> => (await get(headers)).text();
const valueOf = (text: string, series: string): number => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length));
};

test('metrics count operations, refusals and responses, whatever they come by', async () => {
  const tenant = await createTenant(platform.operator);
  const before = await read();
  const collectionId = await tenant.createCollection();
  await tenant.api.call('query NamedByTheCaller { viewer { keyName } collections { nodes { id } } }');
  await tenant.api.refusal('mutation ($input: UpdatePersonInput!) { updatePerson(input: $input) { person { id } } }', {
    input: { id: collectionId, displayName: 'Nobody' },
  });
  await tenant.api.refusal('{ notThere }');
  const { client } = tenant.api.socket();
  for await (const answer of client.iterate({ query: '{ viewer { keyName } }' })) expect(answer.errors).toBeUndefined();
  for await (const answer of client.iterate({ query: '{ tenants { nodes { id } } }' }))
    expect(answer.errors).toBeDefined();
  const after = await read();
  const grown = (series: string): number => valueOf(after, series) - valueOf(before, series);
  expect({
    viewer: grown('likeness_operations_total{operation="viewer",outcome="ok"}'),
    collections: grown('likeness_operations_total{operation="collections",outcome="ok"}'),
    updatePerson: grown('likeness_operations_total{operation="updatePerson",outcome="NOT_FOUND"}'),
    forbidden: grown('likeness_operations_total{operation="tenants",outcome="FORBIDDEN"}'),
    timed: grown('likeness_operation_seconds_count{operation="viewer"}'),
    notFound: grown('likeness_errors_total{code="NOT_FOUND",transport="http"}'),
    invalid: grown('likeness_errors_total{code="BAD_USER_INPUT",transport="http"}'),
    onSocket: grown('likeness_errors_total{code="FORBIDDEN",transport="socket"}'),
    sockets: grown('likeness_sockets_open'),
  }).toEqual({
    viewer: 2,
    collections: 1,
    updatePerson: 1,
    forbidden: 1,
    timed: 2,
    notFound: 1,
    invalid: 1,
    onSocket: 1,
    sockets: 1,
  });
  await client.dispose();
  for (const secret of [tenant.id, collectionId, 'NamedByTheCaller', 'notThere']) expect(after).not.toContain(secret);
  expect(valueOf(after, 'likeness_disk_free_bytes{disk="images"}')).toBeGreaterThan(0);
});

test('a client that leaves while its key is looked up leaves nothing behind that counts', async () => {
  const { hostname, port } = new URL(platform.url);
  for (let n = 0; n < 20; n++) {
    // A key of its own each time: one that is not in the cache.
    const key = (await createTenant(platform.operator)).api.key!;
    const socket = connect(Number(port), hostname);
    socket.end(
      `POST /graphql HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: 12000000\r\n\r\n`,
      () => socket.destroy(),
    );
  }
  let text = '';
  for (let n = 0; n < 50; n++) {
    text = await read();
    if (valueOf(text, 'likeness_request_bytes_in_flight{size="large"}') === 0) break;
    await wait(100);
  }
  expect(valueOf(text, 'likeness_request_bytes_in_flight{size="large"}')).toBe(0);
});

test('a subscription is kept apart from requests, and is short', async () => {
  const tenant = await createTenant(platform.operator);
  const collectionId = await tenant.createCollection();
  const { client } = tenant.api.socket();
  const query = 'subscription ($id: ID!, $x: String) { collectionEvents(collectionId: $id, after: $x) { type } }';
  const events = client.iterate({ query, variables: { id: collectionId } });
  const first = events.next();
  let kept = 0;
  for (let n = 0; n < 50 && kept === 0; n++) {
    await wait(50);
    kept = valueOf(await read(), 'likeness_request_bytes_in_flight{size="socket_small"}');
  }
  expect(kept).toBeGreaterThan(query.length);
  expect(valueOf(await read(), 'likeness_request_bytes_in_flight{size="small"}')).toBe(0);
  const long = client.iterate({ query, variables: { id: collectionId, x: 'x'.repeat(5_000) } }).next();
  await expect(long).rejects.toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  await events.return!();
  await first;
  await client.dispose();
});

test('every metric of ours is in the documentation, and no other', async () => {
  const names = [...(await read()).matchAll(/^# TYPE (likeness_\w+)/gm)].map(([, name]) => name);
  const documented = [...readFileSync('docs/operations.md', 'utf8').matchAll(/^\| `(likeness_\w+)`/gm)].map(
    ([, name]) => name,
  );
  expect(names.sort()).toEqual(documented.sort());
});

test('metrics are there for programs of this machine, not for whom a proxy lets in, and behind a token where there is one', async () => {
  expect((await get()).status).toBe(200);
  expect((await get({ 'x-forwarded-for': '203.0.113.7' })).status).toBe(404);

  await platform.restart({ LIKENESS_METRICS_TOKEN: TOKEN });
  expect((await get()).status).toBe(401);
  expect((await get({ authorization: `Bearer ${TOKEN}x` })).status).toBe(401);
  expect((await get({ authorization: `Bearer ${TOKEN}`, 'x-forwarded-for': '203.0.113.7' })).status).toBe(200);

  await platform.restart({ LIKENESS_METRICS_TOKEN: '', LIKENESS_HOST: '0.0.0.0' });
  expect((await get()).status).toBe(404);
});
