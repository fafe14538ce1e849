import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { createTenant, startTestApi, type TestApi } from '../fixtures/api-server';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';

const OF_PAGE = { 'content-type': 'application/json', 'apollo-require-preflight': '1' };

let db: TestDatabase;
let api: TestApi;
let cookie: string;
let tenantId: string;
let key: string;

beforeAll(async () => {
  db = await startTestDatabase();
  api = await startTestApi(db.database);
});
afterAll(async () => {
  await api?.stop();
  await db?.stop();
});
beforeEach(async () => {
  ({ key, tenantId } = await createTenant(api));
  const headers = { ...OF_PAGE, authorization: `Bearer ${key}` };
  const response = await fetch(`${api.url}/session`, { method: 'POST', headers, body: '{}' });
  cookie = response.headers.getSetCookie()[0]!.split(';', 1)[0]!;
});

interface Opened {
  /** How it ended; undefined while it is open. */
  readonly closing: Promise<{ code: number; reason: string }>;
  readonly connected: Promise<void>;
  dispose(): void | Promise<void>;
}

/** A socket as a page opens it: with the cookie, and the origin of the page. */
function open(headers: Record<string, string>, connectionParams: Record<string, unknown>): Opened {
  class PageSocket extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols, { headers });
    }
  }
  const client = createClient({
    url: `${api.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: PageSocket,
    connectionParams,
    retryAttempts: 0,
    lazy: false,
    onNonLazyError: () => undefined,
  });
  return {
    closing: new Promise((resolve) =>
      client.on('closed', (event) => resolve(event as { code: number; reason: string })),
    ),
    connected: new Promise((resolve) => client.on('connected', () => resolve())),
    dispose: () => client.dispose(),
  };
}

it('opens for a page of this server with the cookie of a session', async () => {
  const socket = open({ cookie, origin: api.url }, { tenant: tenantId });
  await socket.connected;
  await socket.dispose();
});

it.each([
  ['a page of another origin', { origin: 'http://127.0.0.1:1' }, true, 4403],
  ['a page that expects another tenant', {}, false, 4403],
])('is closed to %s', async (_what, headers, isExpected, code) => {
  const tenant = isExpected ? tenantId : 'operator';
  const socket = open({ cookie, origin: api.url, ...headers }, { tenant });
  expect((await socket.closing).code).toBe(code);
});

it('takes the key that it is shown, and never the cookie beside it', async () => {
  const good = open({ cookie, origin: 'http://127.0.0.1:1' }, { authorization: `Bearer ${key}` });
  await good.connected;
  await good.dispose();
  const bad = open({ cookie, origin: api.url }, { authorization: 'Bearer swordfish', tenant: tenantId });
  expect((await bad.closing).code).toBe(4401);
});

it('is closed by a sign-out', async () => {
  const socket = open({ cookie, origin: api.url }, { tenant: tenantId });
  await socket.connected;
  await fetch(`${api.url}/session/end`, { method: 'POST', headers: { ...OF_PAGE, cookie }, body: '{}' });
  expect(await socket.closing).toEqual(expect.objectContaining({ code: 4403, reason: 'You have signed out.' }));
});

it('is closed when its key is revoked', async () => {
  const socket = open({ cookie, origin: api.url }, { tenant: tenantId });
  await socket.connected;
  const { id } = await db.database.system.apiKey.findFirstOrThrow({ where: { tenantId } });
  await api.call(key, 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', { id });
  expect((await socket.closing).code).toBe(4403);
});
