import type { Client } from 'graphql-ws';
import WebSocket from 'ws';
import { generateKey, parseKey } from '../../src/domain/api-key';
import { createTenant, startTestApi, type TestApi } from '../fixtures/api-server';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';

const VIEWER =
  '{ viewer { tenant { id name } keyName scopes limits { maxFaces } usage { collections persons faces } } }';
const KEYS =
  'query ($first: Int!, $after: String) { apiKeys(first: $first, after: $after) { nodes { id keyId name } pageInfo { hasNextPage endCursor } } }';
const CREATE_KEY =
  'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id name scopes expiresAt } secret } }';
const REVOKE = 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id revokedAt } } }';
const ROTATE =
  'mutation ($input: RotateApiKeyInput!) { rotateApiKey(input: $input) { apiKey { id keyId name scopes expiresAt } secret } }';

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

const codeOf = (answer: { errors?: { extensions: Record<string, unknown> }[] | undefined }): unknown =>
  answer.errors?.[0]?.extensions['code'];

/** How long until `done` says so; fails after `limitMs`. Polls the outside world, which tells nobody. */
async function msUntil(limitMs: number, done: () => Promise<boolean>): Promise<number> {
  const startedAt = Date.now();
  while (!(await done())) {
    if (Date.now() - startedAt > limitMs) throw new Error(`Not within ${limitMs} ms`);
  }
  return Date.now() - startedAt;
}

function keyIdOf(key: string): string {
  return parseKey(key)!.keyId;
}

async function revokeElsewhere(key: string): Promise<void> {
  await db.database.system.apiKey.update({ where: { keyId: keyIdOf(key) }, data: { revokedAt: new Date() } });
}

/** Resolves with the close event of a client's socket. */
function closeOf(client: Client): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => client.on('closed', (event) => resolve(event as { code: number; reason: string })));
}

const connected = (client: Client): Promise<void> => new Promise((resolve) => client.on('connected', () => resolve()));

describe('keys over HTTP', () => {
  it('knows a tenant by its key', async () => {
    const { tenantId, key } = await createTenant(api, 'Alpha');
    const { status, data, headers } = await api.call(key, VIEWER, {}, { 'x-request-id': 'request-of-a-test' });
    expect(status).toBe(200);
    expect(data?.viewer).toEqual({
      tenant: { id: tenantId, name: 'Alpha' },
      keyName: 'First key',
      scopes: ['READ', 'SEARCH', 'SEARCH_DETAILS', 'ENROLL', 'WRITE', 'ADMIN', 'AUDIT'],
      limits: { maxFaces: null },
      usage: { collections: 0, persons: 0, faces: 0 },
    });
    expect(headers.get('x-request-id')).toBe('request-of-a-test');
  });

  it('knows a key with blanks around it, over HTTP and on a socket', async () => {
    const { key } = await createTenant(api);
    const { data } = await api.call(null, VIEWER, {}, { authorization: `  Bearer \t ${key}  ` });
    expect(data?.viewer).toMatchObject({ keyName: 'First key' });
    const client = api.socket(` Bearer  ${key}\n`);
    await connected(client);
    await client.dispose();
  });

  it('knows the operator, who has no tenant', async () => {
    const { data } = await api.call(api.operatorKey, VIEWER);
    expect(data?.viewer).toMatchObject({ tenant: null, keyName: 'operator', scopes: [], usage: null });
  });

  it.each([
    ['no key', () => null, /Send an API key/],
    ['an empty key', () => '', /Send an API key/],
    ['blanks', () => '   ', /Send an API key/],
    ['a word', () => 'swordfish', /cut short or mistyped/],
    ['a bad checksum', (key: string) => `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`, /cut short or mistyped/],
    ['a key cut short', (key: string) => key.slice(0, -3), /cut short or mistyped/],
    ['a key nobody made', () => generateKey('live').text, /unknown or was revoked/],
    ['another operator key', () => `lk_operator_${'x'.repeat(43)}`, /unknown or was revoked/],
  ])('refuses %s with 401', async (_what, make: (key: string) => string | null, sentence) => {
    const { key } = await createTenant(api);
    const answer = await api.call(make(key), VIEWER);
    expect(answer.status).toBe(401);
    expect(codeOf(answer)).toBe('UNAUTHENTICATED');
    expect(answer.errors?.[0]?.message).toMatch(sentence);
  });

  it('refuses the right id with another secret, in the words for an unknown key', async () => {
    const { key } = await createTenant(api);
    const row = await db.database.system.apiKey.findUniqueOrThrow({ where: { keyId: keyIdOf(key) } });
    await db.database.system.apiKey.update({
      where: { id: row.id },
      data: { secretHash: new Uint8Array(32).fill(7) },
    });
    const answer = await api.call(key, VIEWER);
    expect(answer.errors?.[0]?.message).toMatch(/unknown or was revoked/);
  });

  it('refuses an expired key', async () => {
    const { key } = await createTenant(api);
    await db.database.system.apiKey.update({ where: { keyId: keyIdOf(key) }, data: { expiresAt: new Date(0) } });
    const answer = await api.call(key, VIEWER);
    expect(answer.status).toBe(401);
    expect(answer.errors?.[0]?.message).toMatch(/expired/);
  });

  it('refuses a key revoked in another process within a second', async () => {
    const { key } = await createTenant(api);
    expect((await api.call(key, VIEWER)).status).toBe(200);
    await revokeElsewhere(key);
    expect(await msUntil(1_500, async () => (await api.call(key, VIEWER)).status === 401)).toBeLessThanOrEqual(1_000);
  });

  it('writes last uses in batches, and only forward', async () => {
    const { key } = await createTenant(api);
    await api.call(key, VIEWER);
    await api.authenticator.flushUses();
    const row = await db.database.system.apiKey.findUniqueOrThrow({ where: { keyId: keyIdOf(key) } });
    expect(Math.abs(row.lastUsedAt!.getTime() - Date.now())).toBeLessThan(10_000);
  });

  it('never logs a key', async () => {
    const { key } = await createTenant(api);
    await api.call(key, VIEWER);
    await api.call(`${key}x`, VIEWER);
    const { secret } = parseKey(key)!;
    expect(api.log.length).toBeGreaterThan(0);
    expect(api.log.join('')).not.toContain(secret);
    expect(api.log.join('')).not.toContain(api.operatorKey);
  });

  it('says DEPENDENCY_UNAVAILABLE when keys cannot be looked up', async () => {
    const { key } = await createTenant(api);
    const other = await startTestDatabase();
    const broken = await startTestApi(other.database);
    await other.stop();
    const answer = await broken.call(key, VIEWER);
    await broken.stop();
    expect(answer.status).toBe(503);
    expect(codeOf(answer)).toBe('DEPENDENCY_UNAVAILABLE');
  });
});

describe('a tenant’s own keys', () => {
  it('makes, lists, rotates and revokes them', async () => {
    const { key } = await createTenant(api);
    const input = { name: 'Reader', scopes: ['READ'], expiresAt: '2099-01-01T00:00:00Z' };
    const made = (await api.call(key, CREATE_KEY, { input })).data?.createApiKey;
    expect(made.apiKey).toMatchObject({ name: 'Reader', scopes: ['READ'], expiresAt: '2099-01-01T00:00:00.000Z' });
    expect((await api.call(made.secret, VIEWER)).data?.viewer.scopes).toEqual(['READ']);

    const first = (await api.call(key, KEYS, { first: 1 })).data?.apiKeys;
    expect(first.pageInfo.hasNextPage).toBe(true);
    const second = (await api.call(key, KEYS, { first: 1, after: first.pageInfo.endCursor })).data?.apiKeys;
    expect([first.nodes[0].name, second.nodes[0].name]).toEqual(['First key', 'Reader']);
    expect(second.pageInfo.hasNextPage).toBe(false);

    const rotated = (await api.call(key, ROTATE, { input: { id: made.apiKey.id, graceSeconds: 60 } })).data
      ?.rotateApiKey;
    expect(rotated.apiKey).toMatchObject({ name: 'Reader', scopes: ['READ'] });
    expect((await api.call(made.secret, VIEWER)).status).toBe(200);
    expect((await api.call(rotated.secret, VIEWER)).status).toBe(200);

    expect((await api.call(key, REVOKE, { id: rotated.apiKey.id })).errors).toBeUndefined();
    expect((await api.call(rotated.secret, VIEWER)).status).toBe(401);
    const again = await api.call(key, ROTATE, { input: { id: rotated.apiKey.id } });
    expect(codeOf(again)).toBe('CONFLICT');
  });

  describe('that were rotated', () => {
    const CHAIN = `query ($first: Int! = 50, $tenantId: ID) {
      apiKeys(first: $first, tenantId: $tenantId) { nodes { id successor { id keyId } predecessor { id } } } }`;
    /** By the operator, whom no end of a key binds. */
    const rotate = async (tenantId: string, id: string, graceSeconds = 0): Promise<string> => {
      const answer = await api.call(api.operatorKey, ROTATE, { input: { id, tenantId, graceSeconds } });
      return answer.data?.rotateApiKey.apiKey.id;
    };
    const firstKeyOf = async (key: string): Promise<string> =>
      (await api.call(key, KEYS, { first: 1 })).data?.apiKeys.nodes[0].id;
    const makeReader = async (key: string): Promise<{ apiKey: { id: string; expiresAt: string }; secret: string }> =>
      (await api.call(key, CREATE_KEY, { input: { name: 'Reader', scopes: ['READ'] } })).data?.createApiKey;

    it('point to their successor, and it back to them; the newest counts', async () => {
      const { key, tenantId } = await createTenant(api);
      const { id: old } = (await makeReader(key)).apiKey;
      const first = await rotate(tenantId, old, 60);
      await api.call(key, REVOKE, { id: first });
      const second = await rotate(tenantId, old, 60);
      const third = await rotate(tenantId, second);
      const expected = [
        { id: await firstKeyOf(key), successor: null, predecessor: null },
        { id: old, successor: { id: second }, predecessor: null },
        { id: first, successor: null, predecessor: { id: old } },
        { id: second, successor: { id: third }, predecessor: { id: old } },
        { id: third, successor: null, predecessor: { id: second } },
      ];
      expect((await api.call(key, CHAIN)).data?.apiKeys.nodes).toMatchObject(expected);
      expect((await api.call(api.operatorKey, CHAIN, { tenantId })).data?.apiKeys.nodes).toMatchObject(expected);
    });

    it('are two that work at most, however many rotate at once', async () => {
      const { key, tenantId } = await createTenant(api);
      const { apiKey, secret } = await makeReader(key);
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => api.call(key, ROTATE, { input: { id: apiKey.id } })),
      );
      const secrets = answers.flatMap(({ data }) => (data ? [data.rotateApiKey.secret as string] : []));
      expect(secrets).toHaveLength(1);
      expect(answers.filter(({ errors }) => errors).map(codeOf)).toEqual(Array(9).fill('CONFLICT'));
      const live = await db.database.system.apiKey.count({ where: { tenantId, name: 'Reader', revokedAt: null } });
      expect(live).toBe(2);
      for (const one of [secret, secrets[0]!]) expect((await api.call(one, VIEWER)).status).toBe(200);
    });

    it('are counted over the whole rotation, and make room by ending', async () => {
      const { key } = await createTenant(api);
      const { apiKey: old } = await makeReader(key);
      const next = (await api.call(key, ROTATE, { input: { id: old.id } })).data?.rotateApiKey.apiKey;
      const third = await api.call(key, ROTATE, { input: { id: next.id } });
      expect(codeOf(third)).toBe('CONFLICT');
      expect(third.errors?.[0]?.message).toContain(next.keyId);
      await api.call(key, REVOKE, { id: old.id });
      expect((await api.call(key, ROTATE, { input: { id: next.id } })).errors).toBeUndefined();
    });

    it('keep the end that they were made with, after an answer that was lost, too', async () => {
      const { key } = await createTenant(api);
      const { apiKey: old } = await makeReader(key);
      const lost = (await api.call(key, ROTATE, { input: { id: old.id, graceSeconds: 60 } })).data?.rotateApiKey.apiKey;
      await api.call(key, REVOKE, { id: lost.id });
      const again = (await api.call(key, ROTATE, { input: { id: old.id } })).data?.rotateApiKey.apiKey;
      expect(again.expiresAt).toBeNull();
    });

    it('of two tenants do not mix in one answer to the operator', async () => {
      const tenants = [await createTenant(api), await createTenant(api)];
      const chains = await Promise.all(
        tenants.map(async ({ key, tenantId }) => {
          const old = await firstKeyOf(key);
          return [old, await rotate(tenantId, old)];
        }),
      );
      const list = (tenantId: string): string =>
        `apiKeys(tenantId: "${tenantId}") { nodes { id successor { id } predecessor { id } } }`;
      const { data } = await api.call(
        api.operatorKey,
        `{ a: ${list(tenants[0]!.tenantId)} b: ${list(tenants[1]!.tenantId)} }`,
      );
      expect([data?.a.nodes, data?.b.nodes]).toEqual(
        chains.map(([old, made]) => [
          { id: old, successor: { id: made }, predecessor: null },
          { id: made, successor: null, predecessor: { id: old } },
        ]),
      );
    });

    it('are read in as many queries for a page of many as for one of few', async () => {
      const { key, tenantId } = await createTenant(api);
      let { id } = (await makeReader(key)).apiKey;
      for (let made = 0; made < 4; made++) id = await rotate(tenantId, id);
      const reads = jest.spyOn(db.database, 'read');
      const readsOf = async (first: number): Promise<number> => {
        reads.mockClear();
        expect((await api.call(key, CHAIN, { first })).data?.apiKeys.nodes).toHaveLength(first);
        return reads.mock.calls.length;
      };
      const few = await readsOf(3);
      expect(await readsOf(6)).toBe(few);
      expect(few).toBe(3);
      reads.mockRestore();
    });

    it('cannot be another tenant’s, whoever writes', async () => {
      const [mine, theirs] = [await createTenant(api), await createTenant(api)];
      const { data } = await api.call(theirs.key, KEYS, { first: 1 });
      await expect(
        db.database.system.apiKey.updateMany({
          where: { tenantId: mine.tenantId },
          data: { predecessorId: data?.apiKeys.nodes[0].id },
        }),
      ).rejects.toThrow(/foreign key/i);
    });

    it('go with their tenant', async () => {
      const { key, tenantId } = await createTenant(api);
      await rotate(tenantId, await firstKeyOf(key));
      await db.database.system.tenant.delete({ where: { id: tenantId } });
      expect(await db.database.system.apiKey.count({ where: { tenantId } })).toBe(0);
    });
  });

  it('ends the old key at once when its grace is 0', async () => {
    const { key } = await createTenant(api);
    const { data } = await api.call(key, KEYS, { first: 1 });
    const rotated = await api.call(key, ROTATE, { input: { id: data?.apiKeys.nodes[0].id, graceSeconds: 0 } });
    expect((await api.call(key, VIEWER)).status).toBe(401);
    expect((await api.call(rotated.data?.rotateApiKey.secret, VIEWER)).status).toBe(200);
  });

  it('gives no more scopes than the caller has', async () => {
    const { key } = await createTenant(api);
    const admin = (await api.call(key, CREATE_KEY, { input: { name: 'Admin', scopes: ['ADMIN'] } })).data?.createApiKey;
    const more = await api.call(admin.secret, CREATE_KEY, { input: { name: 'More', scopes: ['ADMIN', 'READ'] } });
    expect(codeOf(more)).toBe('FORBIDDEN');
    const { data } = await api.call(key, KEYS, { first: 1 });
    const rotate = await api.call(admin.secret, ROTATE, { input: { id: data?.apiKeys.nodes[0].id } });
    expect(codeOf(rotate)).toBe('FORBIDDEN');
  });

  describe('make, rotate and revoke only what they could be themselves', () => {
    const make = async (
      key: string,
      input: object,
    ): Promise<{ apiKey: { id: string; isTest: boolean }; secret: string }> =>
      (await api.call(key, CREATE_KEY, { input: { name: 'Made', ...input } })).data?.createApiKey;

    it('by scopes', async () => {
      const { key } = await createTenant(api);
      const admin = await make(key, { scopes: ['ADMIN'] });
      const reader = await make(key, { scopes: ['READ'] });
      const revoke = await api.call(admin.secret, REVOKE, { id: reader.apiKey.id });
      expect(codeOf(revoke)).toBe('FORBIDDEN');
      expect(revoke.errors?.[0]?.message).toMatch(/yours lacks READ/);
      expect(codeOf(await api.call(admin.secret, ROTATE, { input: { id: reader.apiKey.id } }))).toBe('FORBIDDEN');
      expect((await api.call(reader.secret, VIEWER)).status).toBe(200);
      const other = await make(key, { scopes: ['ADMIN'] });
      expect((await api.call(admin.secret, REVOKE, { id: other.apiKey.id })).errors).toBeUndefined();
    });

    it('by their end, but for what they revoke', async () => {
      const { key } = await createTenant(api);
      const [soon, later] = [Date.now() + 60_000, Date.now() + 120_000].map((ms) => new Date(ms).toISOString());
      const maker = await make(key, { scopes: ['ADMIN'], expiresAt: soon });
      for (const expiresAt of [later, null, undefined]) {
        const input = { name: 'Made', scopes: ['ADMIN'], expiresAt };
        const refused = await api.call(maker.secret, CREATE_KEY, { input });
        expect(codeOf(refused)).toBe('FORBIDDEN');
        expect(refused.errors?.[0]?.message).toContain(soon);
      }
      expect(await make(maker.secret, { scopes: ['ADMIN'], expiresAt: soon })).toBeDefined();
      const lasting = await make(key, { scopes: ['ADMIN'] });
      const rotate = { input: { id: lasting.apiKey.id } };
      expect(codeOf(await api.call(maker.secret, ROTATE, rotate))).toBe('FORBIDDEN');
      expect((await api.call(maker.secret, REVOKE, { id: lasting.apiKey.id })).errors).toBeUndefined();
    });

    it('in its grace a key makes none that lasts, itself included', async () => {
      const { key } = await createTenant(api);
      const admin = await make(key, { scopes: ['ADMIN'] });
      const rotate = { input: { id: admin.apiKey.id, graceSeconds: 60 } };
      expect((await api.call(admin.secret, ROTATE, rotate)).errors).toBeUndefined();
      expect(codeOf(await api.call(admin.secret, ROTATE, rotate))).toBe('FORBIDDEN');
      const input = { name: 'Made', scopes: ['ADMIN'] };
      expect(codeOf(await api.call(admin.secret, CREATE_KEY, { input }))).toBe('FORBIDDEN');
    });

    it('a key that another process has just revoked makes none, though its credential is cached', async () => {
      const { key } = await createTenant(api);
      const admin = await make(key, { scopes: ['ADMIN'] });
      await api.call(admin.secret, VIEWER);
      await revokeElsewhere(admin.secret);
      const input = { name: 'Made', scopes: ['ADMIN'] };
      expect(codeOf(await api.call(admin.secret, CREATE_KEY, { input }))).toBe('UNAUTHENTICATED');
      expect((await api.call(key, KEYS, { first: 10 })).data?.apiKeys.nodes).toHaveLength(2);
    });

    it('a test key makes, rotates and revokes test keys', async () => {
      const { key } = await createTenant(api);
      const test = await make(key, { scopes: ['ADMIN', 'READ'], isTest: true });
      expect(test.secret).toMatch(/^lk_test_/);
      const made = await make(test.secret, { scopes: ['READ'] });
      expect(made.secret).toMatch(/^lk_test_/);
      const rotated = await api.call(test.secret, ROTATE, { input: { id: made.apiKey.id } });
      expect(rotated.data?.rotateApiKey.secret).toMatch(/^lk_test_/);
      expect((await api.call(test.secret, REVOKE, { id: made.apiKey.id })).errors).toBeUndefined();
      const live = await make(key, { scopes: ['READ'] });
      for (const [query, variables] of [
        [CREATE_KEY, { input: { name: 'Live', scopes: ['READ'], isTest: false } }],
        [ROTATE, { input: { id: live.apiKey.id } }],
        [REVOKE, { id: live.apiKey.id }],
      ] as const) {
        expect(codeOf(await api.call(test.secret, query, variables))).toBe('FORBIDDEN');
      }
    });

    it('by their networks, and a list that shuts its maker out wants force', async () => {
      const { key } = await createTenant(api);
      const create = (by: string, input: object) =>
        api.call(by, CREATE_KEY, { input: { name: 'Networks', scopes: ['ADMIN', 'READ'], ...input } });
      const elsewhere = { allowedNetworks: ['192.0.2.0/24', 'fd12::/64'] };
      const shutOut = await create(key, elsewhere);
      expect(codeOf(shutOut)).toBe('BAD_USER_INPUT');
      expect(shutOut.errors?.[0]?.message).toMatch(/127\.0\.0\.1.*force: true/);
      for (const allowedNetworks of [[], ['somewhere'], ['10.0.0.0/33'], [''], Array(51).fill('10.0.0.0/8')]) {
        expect(codeOf(await create(key, { allowedNetworks, force: true }))).toBe('BAD_USER_INPUT');
      }
      const away = (await create(key, { ...elsewhere, force: true })).data?.createApiKey;
      const refused = await api.call(away.secret, VIEWER);
      expect([refused.status, codeOf(refused)]).toEqual([403, 'FORBIDDEN']);
      expect(refused.errors?.[0]?.message).toContain('does not work from 127.0.0.1');
      // Nobody but a trusted proxy says where a client is.
      expect((await api.call(away.secret, VIEWER, {}, { 'x-forwarded-for': '192.0.2.5' })).status).toBe(403);
      const { code } = await closeOf(api.socket(away.secret));
      expect(code).toBe(4403);

      const near = (await create(key, { allowedNetworks: ['127.0.0.0/8'] })).data?.createApiKey;
      expect((await api.call(near.secret, VIEWER)).status).toBe(200);
      const client = api.socket(near.secret);
      await connected(client);
      await client.dispose();
      expect(codeOf(await create(near.secret, { allowedNetworks: ['0.0.0.0/0'] }))).toBe('FORBIDDEN');
      const made = (await create(near.secret, { allowedNetworks: ['127.0.0.1'] })).data?.createApiKey;
      expect(made).toBeDefined();
      const rows = await db.database.system.apiKey.findMany({ where: { name: 'Networks' } });
      const like = (await create(near.secret, {})).data?.createApiKey;
      const row = await db.database.system.apiKey.findUniqueOrThrow({ where: { id: like.apiKey.id } });
      expect([rows.length, row.allowedNetworks]).toEqual([3, ['127.0.0.0/8']]);
      const rotated = (await api.call(near.secret, ROTATE, { input: { id: made.apiKey.id } })).data?.rotateApiKey;
      const after = await db.database.system.apiKey.findUniqueOrThrow({ where: { id: rotated.apiKey.id } });
      expect(after.allowedNetworks).toEqual(['127.0.0.1']);
    });

    it('the operator is not bound', async () => {
      const { key, tenantId } = await createTenant(api);
      const { apiKey } = await make(key, { scopes: ['READ'], expiresAt: new Date(Date.now() + 60_000).toISOString() });
      const input = { name: 'Lasting', scopes: ['READ', 'ADMIN'], tenantId };
      expect((await api.call(api.operatorKey, CREATE_KEY, { input })).errors).toBeUndefined();
      const rotate = { input: { id: apiKey.id, tenantId } };
      expect((await api.call(api.operatorKey, ROTATE, rotate)).errors).toBeUndefined();
    });
  });

  it('asks for the scope ADMIN', async () => {
    const { key } = await createTenant(api);
    const reader = (await api.call(key, CREATE_KEY, { input: { name: 'Reader', scopes: ['READ'] } })).data
      ?.createApiKey;
    for (const [query, variables] of [
      [KEYS, { first: 1 }],
      [CREATE_KEY, { input: { name: 'x', scopes: ['READ'] } }],
      [ROTATE, { input: { id: reader.apiKey.id } }],
      [REVOKE, { id: reader.apiKey.id }],
    ] as const) {
      const answer = await api.call(reader.secret, query, variables);
      expect(codeOf(answer)).toBe('FORBIDDEN');
      expect(answer.errors?.[0]?.message).toMatch(/lacks the scope ADMIN/);
    }
  });

  it('names refused fields, never their values', async () => {
    const { key } = await createTenant(api);
    const name = 'z'.repeat(300);
    const answer = await api.call(key, CREATE_KEY, { input: { name, scopes: [] } });
    expect(answer.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { fields: [{ path: 'input.name' }, { path: 'input.scopes' }] },
    });
    const wrongType = await api.call(key, CREATE_KEY, { input: { name: 'x', scopes: [`${name}`] } });
    expect(wrongType.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { fields: [{ path: 'input.scopes.0' }] },
    });
    expect(JSON.stringify([answer, wrongType])).not.toContain('zzz');
  });

  it('lets no tenant reach another’s keys', async () => {
    const [mine, theirs] = [await createTenant(api), await createTenant(api)];
    const { data } = await api.call(theirs.key, KEYS, { first: 1 });
    const { id } = data!.apiKeys.nodes[0];
    for (const [query, variables] of [
      [REVOKE, { id }],
      [ROTATE, { input: { id } }],
      [ROTATE, { input: { id, tenantId: theirs.tenantId } }],
      [CREATE_KEY, { input: { name: 'x', scopes: ['READ'], tenantId: theirs.tenantId } }],
    ] as const) {
      expect(codeOf(await api.call(mine.key, query, variables))).toBe('NOT_FOUND');
    }
    const listed = (await api.call(mine.key, KEYS, { first: 1000 })).data?.apiKeys.nodes;
    expect(listed.map((one: { id: string }) => one.id)).not.toContain(id);
    const cursor = (await api.call(theirs.key, KEYS, { first: 1 })).data?.apiKeys.pageInfo.endCursor;
    const foreign = await api.call(mine.key, KEYS, { first: 1, after: cursor });
    expect(foreign.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { fields: [{ path: 'after' }] },
    });
    expect((await api.call(theirs.key, VIEWER)).status).toBe(200);
  });
});

describe('the operator', () => {
  const UPDATE =
    'mutation ($input: UpdateTenantInput!) { updateTenant(input: $input) { tenant { id name status limits { maxFaces maxPersons } } } }';
  const SUSPEND = 'mutation ($id: ID!) { suspendTenant(input: { id: $id }) { tenant { status } } }';
  const DELETE = 'mutation ($id: ID!) { deleteTenant(input: { id: $id }) { tenant { status } } }';
  const TENANT = 'query ($id: ID!) { tenant(id: $id) { id status } }';

  it('lists tenants by pages', async () => {
    const made = [await createTenant(api), await createTenant(api), await createTenant(api)];
    const query =
      'query ($after: String) { tenants(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }';
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const answer = await api.call(api.operatorKey, query, { after });
      ids.push(...(answer.data?.tenants.nodes ?? []).map((one: { id: string }) => one.id));
      after = answer.data?.tenants.pageInfo.hasNextPage ? answer.data.tenants.pageInfo.endCursor : undefined;
    } while (after);
    expect(ids).toEqual(expect.arrayContaining(made.map((one) => one.tenantId)));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('changes, suspends and resumes a tenant', async () => {
    const { tenantId: id, key } = await createTenant(api);
    const limited = await api.call(api.operatorKey, UPDATE, { input: { id, name: 'New', limits: { maxFaces: 5 } } });
    expect(limited.data?.updateTenant.tenant).toMatchObject({ name: 'New', limits: { maxFaces: 5, maxPersons: null } });
    const kept = await api.call(api.operatorKey, UPDATE, { input: { id, limits: { maxPersons: 7 } } });
    expect(kept.data?.updateTenant.tenant.limits).toEqual({ maxFaces: 5, maxPersons: 7 });

    await api.call(api.operatorKey, SUSPEND, { id });
    await msUntil(1_500, async () => (await api.call(key, VIEWER)).status === 403);
    const refused = await api.call(key, VIEWER);
    expect(codeOf(refused)).toBe('FORBIDDEN');
    expect(refused.errors?.[0]?.message).toMatch(/suspended/);

    await api.call(api.operatorKey, UPDATE, { input: { id, status: 'ACTIVE' } });
    await msUntil(1_500, async () => (await api.call(key, VIEWER)).status === 200);
  });

  it('deletes a tenant: its keys end, its removal begins', async () => {
    const { tenantId: id, key } = await createTenant(api);
    const answer = await api.call(api.operatorKey, DELETE, { id });
    expect(answer.data?.deleteTenant.tenant.status).toBe('DELETING');
    expect(api.deletedTenants).toContain(id);
    await msUntil(1_500, async () => (await api.call(key, VIEWER)).status === 401);
    expect(codeOf(await api.call(api.operatorKey, UPDATE, { input: { id, name: 'x' } }))).toBe('CONFLICT');
    const input = { name: 'x', scopes: ['READ'], tenantId: id };
    expect(codeOf(await api.call(api.operatorKey, CREATE_KEY, { input }))).toBe('CONFLICT');
  });

  it('makes a key for a tenant that lost its own, and must name the tenant', async () => {
    const { tenantId } = await createTenant(api);
    const input = { name: 'Spare', scopes: ['READ'] };
    const spare = await api.call(api.operatorKey, CREATE_KEY, { input: { ...input, tenantId } });
    expect((await api.call(spare.data?.createApiKey.secret, VIEWER)).data?.viewer.tenant.id).toBe(tenantId);
    expect(codeOf(await api.call(api.operatorKey, CREATE_KEY, { input }))).toBe('BAD_USER_INPUT');
    const absent = { ...input, tenantId: '01890000-0000-7000-8000-000000000000' };
    expect(codeOf(await api.call(api.operatorKey, CREATE_KEY, { input: absent }))).toBe('NOT_FOUND');
  });

  it('is the only one to manage tenants', async () => {
    const mine = await createTenant(api);
    const { tenantId: id } = await createTenant(api);
    for (const [query, variables] of [
      ['{ tenants { nodes { id } } }', {}],
      [TENANT, { id }],
      [TENANT, { id: mine.tenantId }],
      ['mutation { createTenant(input: { name: "x" }) { secret } }', {}],
      [UPDATE, { input: { id, name: 'x' } }],
      [SUSPEND, { id }],
      [DELETE, { id }],
    ] as const) {
      const answer = await api.call(mine.key, query, variables);
      expect(codeOf(answer)).toBe('FORBIDDEN');
    }
    expect((await api.call(api.operatorKey, TENANT, { id })).data?.tenant.status).toBe('ACTIVE');
  });
});

describe('keys over sockets', () => {
  it('runs operations under the key of connectionParams', async () => {
    const { tenantId, key } = await createTenant(api);
    const client = api.socket(`Bearer ${key}`);
    const results = client.iterate<{ viewer: { tenant: { id: string } } }>({ query: VIEWER });
    expect((await results.next()).value).toMatchObject({ data: { viewer: { tenant: { id: tenantId } } } });
    await client.dispose();
  });

  it.each([
    ['no key', null, 4401, /Send an API key/],
    ['an unknown key', generateKey('live').text, 4401, /unknown or was revoked/],
  ])('closes a socket with %s with 4401', async (_what, authorization, code, reason) => {
    const closed = await closeOf(api.socket(authorization));
    expect(closed.code).toBe(code);
    expect(closed.reason).toMatch(reason);
  });

  it('closes a suspended tenant’s sockets with 4403', async () => {
    const { tenantId, key } = await createTenant(api);
    const client = api.socket(key);
    await connected(client);
    const closed = closeOf(client);
    await db.database.system.tenant.update({ where: { id: tenantId }, data: { status: 'SUSPENDED' } });
    expect((await closed).code).toBe(4403);
  });

  it('closes a revoked key’s sockets with 4403 at once, and no others', async () => {
    const { key } = await createTenant(api);
    const { secret, apiKey } = (await api.call(key, CREATE_KEY, { input: { name: 'Second', scopes: ['READ'] } })).data!
      .createApiKey;
    const [kept, ended] = [api.socket(key), api.socket(secret)];
    await Promise.all([connected(kept), connected(ended)]);
    const closed = closeOf(ended);
    const startedAt = Date.now();
    await api.call(key, REVOKE, { id: apiKey.id });
    expect((await closed).code).toBe(4403);
    expect(Date.now() - startedAt).toBeLessThan(1_000);
    const results = kept.iterate({ query: VIEWER });
    expect((await results.next()).value).toHaveProperty('data.viewer');
    await kept.dispose();
  });

  it('closes them within two seconds when the key was revoked in another process', async () => {
    const { key } = await createTenant(api);
    const client = api.socket(key);
    await connected(client);
    const closed = closeOf(client);
    const startedAt = Date.now();
    await revokeElsewhere(key);
    expect((await closed).code).toBe(4403);
    expect(Date.now() - startedAt).toBeLessThanOrEqual(2_000);
  });

  it('closes with 4429 on a second ConnectionInit', async () => {
    const { key } = await createTenant(api);
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const init = JSON.stringify({ type: 'connection_init', payload: { authorization: key } });
    socket.on('open', () => {
      socket.send(init);
      socket.send(init);
    });
    expect(await new Promise((resolve) => socket.on('close', resolve))).toBe(4429);
  });

  it('takes upgrades at /graphql only', async () => {
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/elsewhere`, 'graphql-transport-ws');
    const error = await new Promise<Error>((resolve) => socket.on('error', resolve));
    expect(error.message).toMatch(/404/);
  });

  it('closes with 1001 when the server shuts down', async () => {
    const other = await startTestApi(db.database);
    const { key } = await createTenant(other);
    const client = other.socket(key);
    await connected(client);
    const closed = closeOf(client);
    await other.stop();
    expect((await closed).code).toBe(1001);
  });
});
