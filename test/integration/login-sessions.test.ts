import { randomBytes } from 'node:crypto';
import { createSystem } from '../../src/database/system';
import { generateKey } from '../../src/domain/api-key';
import type { Clock } from '../../src/ports/clock';
import { createTenant, startTestApi, type TestApi } from '../fixtures/api-server';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';

const VIEWER = '{ viewer { keyName scopes tenant { id name } } }';
const REVOKE = 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }';
const HOUR_MS = 3_600_000;
const PLAIN = { 'content-type': 'application/json' };
const OF_PAGE = { ...PLAIN, 'apollo-require-preflight': '1' };

/** A clock that a test moves on. */
class TestClock implements Clock {
  private aheadMs = 0;

  now(): Date {
    return new Date(Date.now() + this.aheadMs);
  }

  pass(ms: number): void {
    this.aheadMs += ms;
  }
}

interface Answer {
  readonly status: number;
  readonly cookies: string[];
  readonly body: {
    session?: { tenant: { id: string; name: string } | null; keyName: string; scopes: string[] } | null;
    code?: string;
    error?: { code: string; message: string };
    data?: { viewer: { keyName: string; tenant: { id: string } | null } } | null;
    errors?: { message: string; extensions: { code: string } }[];
  };
}

let db: TestDatabase;
let api: TestApi;
let clock: TestClock;

beforeEach(async () => {
  clock = new TestClock();
  api = await startTestApi(db.database, { clock });
});
afterEach(() => api.stop());
beforeAll(async () => {
  db = await startTestDatabase();
});
afterAll(() => db?.stop());

async function post(path: string, headers: Record<string, string>, body: object = {}): Promise<Answer> {
  const response = await fetch(`${api.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return {
    status: response.status,
    cookies: response.headers.getSetCookie(),
    body: (await response.json()) as Answer['body'],
  };
}

const codeOf = ({ body }: Answer): string | undefined => body.error?.code ?? body.errors?.[0]?.extensions.code;
const pairOf = (cookie: string): string => cookie.split(';', 1)[0]!;
const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

async function signIn(key: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await post('/session', { ...OF_PAGE, ...bearer(key), ...headers });
  expect(answer).toMatchObject({ status: 201 });
  return pairOf(answer.cookies[0]!);
}

/** What the page asks with its cookie. */
const viewer = (cookie: string, tenant: string, headers: Record<string, string> = OF_PAGE): Promise<Answer> =>
  post('/graphql', { ...headers, cookie, 'x-likeness-tenant': tenant }, { query: VIEWER });

describe('signing in', () => {
  it('gives a session for a key, in a cookie that no script and no other page can use', async () => {
    const { key, tenantId } = await createTenant(api, 'Alpha');
    const { status, cookies, body } = await post('/session', { ...OF_PAGE, ...bearer(key) });
    expect(status).toBe(201);
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(/^likeness_[0-9a-f]{12}=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
    expect(body.session).toMatchObject({ tenant: { id: tenantId, name: 'Alpha' }, keyName: 'First key' });
    const answer = await viewer(pairOf(cookies[0]!), tenantId);
    expect(answer.body.data?.viewer).toMatchObject({ keyName: 'First key', tenant: { id: tenantId } });
  });

  it('gives one for the operator, too', async () => {
    const cookie = await signIn(api.operatorKey);
    expect((await viewer(cookie, 'operator')).body.data?.viewer).toMatchObject({ keyName: 'operator', tenant: null });
  });

  it('marks the cookie of a page that came encrypted as for such pages alone', async () => {
    const { key } = await createTenant(api);
    const headers = {
      ...OF_PAGE,
      ...bearer(key),
      origin: 'https://faces.example.com',
      'sec-fetch-site': 'same-origin',
    };
    const { cookies } = await post('/session', headers);
    expect(cookies[0]).toMatch(/^__Host-likeness_[0-9a-f]{12}=.*; Secure$/);
  });

  it('says why a key is not taken from a page that came in the clear from elsewhere, and opens nothing', async () => {
    const { key } = await createTenant(api);
    const headers = { ...OF_PAGE, ...bearer(key), origin: 'http://faces.example.com', 'sec-fetch-site': 'same-origin' };
    const answer = await post('/session', headers);
    expect(answer).toMatchObject({ status: 403, cookies: [] });
    expect(answer.body.error?.message).toMatch(/plain HTTP.*https/);
    const before = await db.database.system.loginSession.count();
    await post('/session', headers);
    expect(await db.database.system.loginSession.count()).toBe(before);
  });

  it.each([
    ['an unknown key', () => bearer(generateKey('live').text)],
    ['no key', () => ({})],
    ['a word', () => bearer('swordfish')],
  ])('is refused with %s', async (_what, headers) => {
    const answer = await post('/session', { ...OF_PAGE, ...headers() });
    expect(answer).toMatchObject({ status: 401, cookies: [] });
  });

  it('ends the session that the browser had before', async () => {
    const { key, tenantId } = await createTenant(api);
    const before = await signIn(key);
    const after = await signIn(key, { cookie: before });
    expect(after).not.toBe(before);
    expect(codeOf(await viewer(before, tenantId))).toBe('UNAUTHENTICATED');
    expect((await viewer(after, tenantId)).status).toBe(200);
  });

  it('keeps a hundred logins of a key: the oldest ends when there is one more', async () => {
    const { tenantId: id, key } = await createTenant(api, 'Bravo');
    const cookie = await signIn(key);
    const { logins } = createSystem(db.database);
    const { tenantId, apiKeyId } = await db.database.system.loginSession.findFirstOrThrow({ where: { tenantId: id } });
    const owner = { kind: 'tenant', tenantId: tenantId!, apiKeyId: apiKeyId! } as const;
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + HOUR_MS);
    for (let n = 0; n < 99; n += 1) {
      await logins.create({ tokenHash: randomBytes(32), isCode: n % 2 === 0, owner, expiresAt }, now, new Date(0));
    }
    expect((await viewer(cookie, id)).status).toBe(200);
    const newest = await signIn(key);
    clock.pass(1_000);
    expect(codeOf(await viewer(cookie, id))).toBe('UNAUTHENTICATED');
    expect((await viewer(newest, id)).status).toBe(200);
    expect(await db.database.system.loginSession.count({ where: { tenantId: id } })).toBe(100);
  });

  it('stores no token, and logs none', async () => {
    const { key, tenantId } = await createTenant(api);
    const cookie = await signIn(key);
    await viewer(cookie, tenantId);
    const token = cookie.split('=')[1]!;
    const rows = await db.database.system.loginSession.findMany();
    expect(rows.length).toBeGreaterThan(0);
    for (const { tokenHash } of rows) expect(Buffer.from(tokenHash)).toHaveLength(32);
    expect(JSON.stringify(rows.map(({ tokenHash }) => Buffer.from(tokenHash).toString('base64url')))).not.toContain(
      token,
    );
    expect(api.log.join('')).not.toContain(token);
  });
});

describe('a code', () => {
  const codeFor = async (key: string): Promise<string> =>
    (await post('/session/code', { ...OF_PAGE, ...bearer(key) })).body.code!;

  it('signs in once', async () => {
    const { key, tenantId } = await createTenant(api);
    const code = await codeFor(key);
    const answer = await post('/session', OF_PAGE, { code });
    expect(answer.body.session?.tenant?.id).toBe(tenantId);
    expect((await viewer(pairOf(answer.cookies[0]!), tenantId)).status).toBe(200);
    expect(codeOf(await post('/session', OF_PAGE, { code }))).toBe('UNAUTHENTICATED');
  });

  it('is too old after a minute', async () => {
    const { key } = await createTenant(api);
    const code = await codeFor(key);
    clock.pass(60_001);
    expect(codeOf(await post('/session', OF_PAGE, { code }))).toBe('UNAUTHENTICATED');
  });

  it('is worth nothing once its key is revoked, and is no session itself', async () => {
    const { key, tenantId } = await createTenant(api);
    const code = await codeFor(key);
    const cookie = (await signIn(key)).split('=')[0]!;
    expect(codeOf(await viewer(`${cookie}=${code}`, tenantId))).toBe('UNAUTHENTICATED');
    const row = await db.database.system.apiKey.findFirstOrThrow({ where: { tenantId } });
    expect((await api.call(key, REVOKE, { id: row.id })).errors).toBeUndefined();
    expect(codeOf(await post('/session', OF_PAGE, { code }))).toBe('UNAUTHENTICATED');
  });
});

describe('a session', () => {
  it('ends with its key, at once', async () => {
    const { key, tenantId } = await createTenant(api);
    const cookie = await signIn(key);
    const row = await db.database.system.apiKey.findFirstOrThrow({ where: { tenantId } });
    await api.call(key, REVOKE, { id: row.id });
    const answer = await viewer(cookie, tenantId);
    expect(answer.status).toBe(401);
    expect(answer.body.errors?.[0]?.message).toMatch(/revoked/);
  });

  it('may do no more than its key', async () => {
    const { key, tenantId } = await createTenant(api);
    const created = await api.call(
      key,
      'mutation { createApiKey(input: { name: "Reader", scopes: [READ] }) { secret } }',
    );
    const cookie = await signIn(created.data?.createApiKey.secret as string);
    const query = '{ apiKeys { nodes { id } } }';
    const answer = await post('/graphql', { ...OF_PAGE, cookie, 'x-likeness-tenant': tenantId }, { query });
    expect(codeOf(answer)).toBe('FORBIDDEN');
  });

  it('ends when it is not used for two hours, and lasts while it is', async () => {
    const { key, tenantId } = await createTenant(api);
    const cookie = await signIn(key);
    for (let hour = 0; hour < 3; hour += 1) {
      clock.pass(HOUR_MS);
      expect((await viewer(cookie, tenantId)).status).toBe(200);
    }
    clock.pass(2 * HOUR_MS + 1_000);
    expect(codeOf(await viewer(cookie, tenantId))).toBe('UNAUTHENTICATED');
  });

  it('ends after twelve hours, however much it is used', async () => {
    const { key, tenantId } = await createTenant(api);
    const cookie = await signIn(key);
    for (let hour = 0; hour < 11; hour += 1) {
      clock.pass(HOUR_MS);
      expect((await viewer(cookie, tenantId)).status).toBe(200);
    }
    clock.pass(HOUR_MS + 1_000);
    expect(codeOf(await viewer(cookie, tenantId))).toBe('UNAUTHENTICATED');
  });

  it('ends with a sign-out, which takes the cookie away', async () => {
    const { key, tenantId } = await createTenant(api);
    const cookie = await signIn(key);
    const { cookies } = await post('/session/end', { ...OF_PAGE, cookie });
    expect(cookies.every((one) => /=; Path=\/; Max-Age=0;/.test(one))).toBe(true);
    expect(codeOf(await viewer(cookie, tenantId))).toBe('UNAUTHENTICATED');
    expect((await post('/session/current', { ...OF_PAGE, cookie })).body).toEqual({ session: null });
  });

  it('tells the page whose it is', async () => {
    const { key, tenantId } = await createTenant(api);
    const cookie = await signIn(key);
    const { body } = await post('/session/current', { ...OF_PAGE, cookie });
    expect(body.session).toMatchObject({ tenant: { id: tenantId }, keyName: 'First key' });
    expect((await post('/session/current', OF_PAGE)).body).toEqual({ session: null });
  });

  it('is gone with its tenant', async () => {
    const { key, tenantId } = await createTenant(api);
    const cookie = await signIn(key);
    await db.database.system.tenant.delete({ where: { id: tenantId } });
    expect(await db.database.system.loginSession.count({ where: { tenantId } })).toBe(0);
    expect(codeOf(await viewer(cookie, tenantId))).toBe('UNAUTHENTICATED');
  });
});

describe('a request with a cookie', () => {
  let key: string;
  let tenantId: string;
  let cookie: string;
  beforeEach(async () => {
    ({ key, tenantId } = await createTenant(api));
    cookie = await signIn(key);
  });

  it('is judged by its Authorization header alone where it has one, good or bad', async () => {
    const other = await createTenant(api, 'Other');
    const good = await viewer(cookie, tenantId, { ...OF_PAGE, ...bearer(other.key) });
    expect(good.body.data?.viewer.tenant?.id).toBe(other.tenantId);
    for (const bad of [bearer(generateKey('live').text), bearer('swordfish')]) {
      expect((await viewer(cookie, tenantId, { ...OF_PAGE, ...bad })).status).toBe(401);
    }
    expect(codeOf(await viewer(cookie, tenantId, { ...OF_PAGE, authorization: '' }))).toBe('UNAUTHENTICATED');
  });

  it('wants the header that pages of other origins cannot send', async () => {
    const answer = await viewer(cookie, tenantId, PLAIN);
    expect(answer.status).toBe(403);
    expect(answer.body.errors?.[0]?.message).toContain('apollo-require-preflight');
  });

  it('wants JSON', async () => {
    const answer = await viewer(cookie, tenantId, { ...OF_PAGE, 'content-type': 'text/plain' });
    expect(codeOf(answer)).toBe('FORBIDDEN');
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port of the same machine', { origin: 'http://127.0.0.1:1' }],
    ['the same site, as browsers say it', { 'sec-fetch-site': 'same-site' }],
    ['nowhere', { origin: 'null' }],
  ])('is refused from a page of %s', async (_what, headers) => {
    expect((await viewer(cookie, tenantId, { ...OF_PAGE, ...headers })).status).toBe(403);
    expect((await post('/session/end', { ...OF_PAGE, ...headers, cookie })).status).toBe(403);
    expect((await viewer(cookie, tenantId)).status).toBe(200);
  });

  it('is answered to a page of this server', async () => {
    expect((await viewer(cookie, tenantId, { ...OF_PAGE, origin: api.url })).status).toBe(200);
  });

  it.each([
    ['another tenant', () => '01a00000-0000-7000-8000-000000000000'],
    ['the operator', () => 'operator'],
    ['nobody', () => undefined],
  ])('that expects %s is a CONFLICT', async (_what, expected: () => string | undefined) => {
    const tenant = expected();
    const headers = { ...OF_PAGE, cookie, ...(tenant === undefined ? {} : { 'x-likeness-tenant': tenant }) };
    const answer = await post('/graphql', headers, { query: VIEWER });
    expect(answer.status).toBe(409);
    expect(codeOf(answer)).toBe('CONFLICT');
  });

  it('is answered without credentials for other origins', async () => {
    const response = await fetch(`${api.url}/session/current`, {
      method: 'POST',
      headers: { ...OF_PAGE, cookie },
      body: '{}',
    });
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is passed over when the cookie is of another instance', async () => {
    const value = cookie.split('=')[1]!;
    const answer = await viewer(`likeness_000000000000=${value}; session=${value}`, tenantId);
    expect(answer.body.errors?.[0]?.message).toMatch(/Send an API key/);
  });
});
