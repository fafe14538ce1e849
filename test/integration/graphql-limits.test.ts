import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { getIntrospectionQuery } from 'graphql';
import { createTenant, startTestApi, type TestApi } from '../fixtures/api-server';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';

let db: TestDatabase;
let api: TestApi;
let key: string;

beforeAll(async () => {
  db = await startTestDatabase();
  api = await startTestApi(db.database);
  key = (await createTenant(api)).key;
});

afterAll(async () => {
  await api?.stop();
  await db?.stop();
});

const many = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');

/** Each level spreads the next twice: 2^depth fields when expanded. */
const bomb = (levels: number): string =>
  `{ apiKeys { ...F0 } } ${many(
    levels,
    (i) =>
      `fragment F${i} on ApiKeyConnection { ${i + 1 < levels ? `a: pageInfo { hasNextPage } ...F${i + 1} b: nodes { id } ...F${i + 1}` : 'nodes { id }'} }`,
  )}`;

/** One selection spreads so many fragments of equal fields. */
const equalFragments = (count: number): string =>
  `{ viewer { ${many(count, (i) => `...F${i}`)} } } ${many(count, (i) => `fragment F${i} on Viewer { keyName scopes }`)}`;

/** Each fragment spreads the next. */
const chain = (length: number): string =>
  `{ viewer { ...F0 ...F0 } } ${many(length, (i) => `fragment F${i} on Viewer { keyName ${i + 1 < length ? `...F${i + 1}` : ''} }`)}`;

/** What is still held once the garbage is gone: the process's size depends on when the collector found time to run. */
async function heldBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  // Buffers are let go of by callbacks, which run between the two.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const KEY_FIELDS = 'id keyId name scopes isTest expiresAt lastUsedAt revokedAt createdAt';

/** Name, query, and the code it is refused with. */
const HOSTILE: readonly [string, () => string, string][] = [
  ['a 1 MB query', () => `{ viewer { ${'keyName '.repeat(131_072)} } }`, 'QUERY_TOO_COMPLEX'],
  ['1 MB of comment', () => `{ viewer { keyName } } #${'x'.repeat(1_048_576)}`, 'QUERY_TOO_COMPLEX'],
  ['10,000 aliases', () => `{ ${many(10_000, (i) => `a${i}: viewer { keyName }`)} }`, 'QUERY_TOO_COMPLEX'],
  ['100 aliases', () => `{ ${many(100, (i) => `a${i}: viewer { keyName }`)} }`, 'QUERY_TOO_COMPLEX'],
  ['5,000 tokens', () => `{ viewer { ${'keyName '.repeat(5_000)} } }`, 'QUERY_TOO_COMPLEX'],
  [
    'a cyclic fragment',
    () => '{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }',
    'BAD_USER_INPUT',
  ],
  ['an exponential fragment bomb', () => bomb(60), 'QUERY_TOO_COMPLEX'],
  ['100 directives', () => `{ viewer { keyName ${many(100, () => '@include(if: true)')} } }`, 'QUERY_TOO_COMPLEX'],
  [
    '100 directives on as many fields',
    () => `{ viewer { ${many(100, () => 'keyName @include(if: true)')} } }`,
    'QUERY_TOO_COMPLEX',
  ],
  [
    'nested introspection',
    () => `{ __schema { types { ${'fields { type { '.repeat(8)} name ${'} } '.repeat(8)} } } }`,
    'BAD_USER_INPUT',
  ],
  [
    'deep inline fragments',
    () => `{ viewer { ${'... { '.repeat(600)} keyName ${'} '.repeat(600)} } }`,
    'QUERY_TOO_COMPLEX',
  ],
  ['480 equal fields', () => `{ ${'viewer{keyName}'.repeat(480)} }`, 'QUERY_TOO_COMPLEX'],
  ['200 spreads of fragments', () => equalFragments(180), 'QUERY_TOO_COMPLEX'],
  ['a chain of 150 fragments', () => chain(150), 'QUERY_TOO_COMPLEX'],
  ['60 operations', () => many(60, (i) => `query Q${i} { viewer { keyName } }`), 'QUERY_TOO_COMPLEX'],
  [
    '110 fields with the same arguments',
    () => `{ ${many(110, () => 'apiKeys(first: 1, after: "a") { nodes { id } }')} }`,
    'QUERY_TOO_COMPLEX',
  ],
  [
    'many fields in an operation that is not called',
    () => `query A { viewer { keyName } } query B { ${'viewer{keyName}'.repeat(400)} }`,
    'QUERY_TOO_COMPLEX',
  ],
  ['a list of 1,001', () => '{ apiKeys(first: 1001) { nodes { id } } }', 'BAD_USER_INPUT'],
  ['a list of 0', () => '{ apiKeys(first: 0) { nodes { id } } }', 'BAD_USER_INPUT'],
  ['no query', () => '', 'BAD_USER_INPUT'],
  ['no GraphQL', () => '}{', 'BAD_USER_INPUT'],
  ['an unknown field', () => '{ viewer { keyNam } }', 'BAD_USER_INPUT'],
];

describe('limits over HTTP', () => {
  it.each(HOSTILE)('answers %s quickly with the right code', async (_what, query, code) => {
    await api.call(key, '{ viewer { keyName } }');
    const text = query();
    const startedAt = performance.now();
    const answer = await api.call(key, text);
    const tookMs = performance.now() - startedAt;
    expect(answer.errors?.[0]?.extensions['code'] ?? 'OK').toBe(code);
    expect(tookMs).toBeLessThan(1_000);
    if (code !== 'OK') expect(answer.status).toBeLessThan(500);
  });

  it('keeps memory flat under a hundred 1 MB queries', async () => {
    const text = HOSTILE[0]![1]();
    for (let i = 0; i < 10; i++) await api.call(key, text);
    const before = await heldBytes();
    for (let i = 0; i < 100; i++) await api.call(key, text);
    expect((await heldBytes()) - before).toBeLessThan(20 * 1_048_576);
  });

  it('lets the introspection query pass in development, without a key', async () => {
    const answer = await api.call(null, getIntrospectionQuery());
    expect(answer.errors).toBeUndefined();
    expect(answer.data?.__schema.types.length).toBeGreaterThan(10);
    const unfilled = await api.call(null, '{ __schema { queryType { name } } }', {}, { authorization: 'Bearer ' });
    expect(unfilled.status).toBe(200);
    expect((await api.call(null, '{ viewer { keyName } }')).status).toBe(401);
  });

  it('sends a subscription over HTTP to the websocket', async () => {
    const answer = await api.call(key, 'subscription { jobUpdated(jobId: "x") { type } }');
    expect(answer.status).toBe(400);
    expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });

  it('lets a rich query pass', async () => {
    const query = `query Rich($first: Int!) {
      viewer { tenant { id name } keyName scopes limits { maxCollections maxPersons maxFaces } usage { collections persons faces } }
      mine: apiKeys(first: $first) { edges { cursor node { ...Key } } nodes { ...Key } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
      ${many(20, (i) => `again${i}: apiKeys(first: 5) { nodes { ...Key } }`)}
    } fragment Key on ApiKey { ${KEY_FIELDS} }`;
    const answer = await api.call(key, query, { first: 1000 });
    expect(answer.errors).toBeUndefined();
    expect(answer.data?.mine.nodes).toHaveLength(1);
  });

  it('counts a list by the variable that says how long it is', async () => {
    const query = `query ($first: Int!) { ${many(29, (i) => `a${i}: apiKeys(first: $first) { nodes { ${KEY_FIELDS} } }`)} }`;
    expect((await api.call(key, query, { first: 10 })).errors).toBeUndefined();
    expect((await api.call(key, query.replaceAll('(first:', '(last:'), { first: 10 })).errors).toBeUndefined();
    for (const dear of [query.replaceAll('(first:', '(last:'), query.replace('$first: Int!', '$first: Int = 1000')]) {
      const given = dear.includes('= 1000') ? {} : { first: 1000 };
      expect((await api.call(key, dear, given)).errors?.[0]?.extensions['code']).toBe('QUERY_TOO_COMPLEX');
    }
    const refused = await api.call(key, query, { first: 1000 });
    expect(refused.status).toBe(400);
    expect(refused.errors?.[0]?.extensions['code']).toBe('QUERY_TOO_COMPLEX');
  });

  it('counts the rows of a list as often as there are, and its total once', async () => {
    const rich = (first: number) => `{ apiKeys(first: ${first}) { totalCount pageInfo { hasNextPage hasPreviousPage }
      nodes { ${KEY_FIELDS} } } }`;
    const { data } = await api.call(key, rich(1000));
    expect(data?.apiKeys).toMatchObject({ totalCount: 1, pageInfo: { hasNextPage: false, hasPreviousPage: false } });
    const totals = (count: number) =>
      `{ ${many(count, (i) => `a${i}: apiKeys(first: 500) { totalCount nodes { id name } }`)} }`;
    expect((await api.call(key, totals(29))).errors).toBeUndefined();
    const dear = `{ ${many(29, (i) => `a${i}: apiKeys(first: 1) { edges { node { id } } ${many(7, (n) => `b${n}: totalCount`)} }`)} }`;
    expect((await api.call(key, dear)).errors?.[0]?.extensions['code']).toBe('QUERY_TOO_COMPLEX');
  });

  it('takes no batches, no GET, no form posts, no bodies past the limit', async () => {
    const post = (body: string, headers: Record<string, string>): Promise<Response> =>
      fetch(`${api.url}/graphql`, { method: 'POST', body, headers: { authorization: `Bearer ${key}`, ...headers } });
    const json = { 'content-type': 'application/json' };
    const one = { query: '{ viewer { keyName } }' };
    expect((await post(JSON.stringify([one, one]), json)).status).toBe(400);
    expect((await post(JSON.stringify(one), { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await post('{', json)).status).toBe(400);
    const large = await post(JSON.stringify({ ...one, variables: { x: 'x'.repeat(13 * 1_048_576) } }), json);
    expect(large.status).toBe(413);
    expect(await large.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    const get = await fetch(`${api.url}/graphql?query=${encodeURIComponent('{viewer{keyName}}')}`);
    expect(get.headers.get('content-type')).toMatch(/html/);
  });
});

describe('limits over sockets', () => {
  it.each(HOSTILE.filter(([what]) => !['no query', 'a 1 MB query', '1 MB of comment'].includes(what)))(
    'answers %s with the same code',
    async (_what, query, code) => {
      const client = api.socket(key);
      const outcome = await new Promise<string>((resolve) => {
        client.subscribe(
          { query: query() },
          {
            next: ({ errors }) => resolve(String(errors?.[0]?.extensions?.['code'] ?? 'OK')),
            error: (errors) => resolve(String((errors as { extensions?: { code?: string } }[])[0]?.extensions?.code)),
            complete: () => undefined,
          },
        );
      });
      await client.dispose();
      expect(outcome).toBe(code);
    },
  );
});

describe('in production', () => {
  it('hides the schema, asks for a key first, and serves no GraphiQL', async () => {
    const closed = await startTestApi(db.database, { production: true });
    const tenant = await createTenant(closed);
    expect((await closed.call(null, getIntrospectionQuery())).status).toBe(401);
    const asked = await closed.call(tenant.key, getIntrospectionQuery());
    expect(asked).toMatchObject({ status: 400, errors: [{ message: expect.stringMatching(/schema\.graphql/) }] });
    expect((await closed.call(tenant.key, '{ vieweer { keyName } }')).errors?.[0]?.message).not.toMatch(/viewer\b/);
    expect((await fetch(`${closed.url}/graphql`)).status).toBe(404);
    await closed.stop();
  });

  it('tells an old client the new name of what it asks for, over HTTP and sockets', async () => {
    const closed = await startTestApi(db.database, { production: true });
    const query = 'mutation { createUploads(files: [{ bytes: 1, mime: "image/png" }]) { url } }';
    const said: string[][] = [];
    for (const server of [api, closed]) {
      const { key: own } = await createTenant(server);
      const client = server.socket(own);
      const errors = await new Promise((resolve) =>
        client.subscribe({ query }, { next: resolve, error: resolve, complete: () => {} }),
      );
      await client.dispose();
      for (const told of [(await server.call(own, query)).errors!, errors as { message: string }[]]) {
        said.push(told.map(({ message }) => message));
      }
    }
    await closed.stop();
    for (const messages of said) {
      expect(messages).toEqual(
        expect.arrayContaining([
          'Unknown argument "files" on field "Mutation.createUploads". It is now createUploads(input: { files: ... }).',
          'Cannot query field "url" on type "CreateUploadsPayload". It is now createUploads(...) { uploads { url } }.',
        ]),
      );
    }
  });

  it('names the field that was meant only where the schema is open', async () => {
    const closed = await startTestApi(db.database, { production: true });
    const said: string[] = [];
    for (const server of [api, closed]) {
      const { key: own } = await createTenant(server);
      const answer = await server.call(own, '{ viewer { keyNam } }');
      said.push(answer.errors![0]!.message);
      const client = server.socket(own);
      const errors = await new Promise((resolve) =>
        client.subscribe({ query: '{ viewer { keyNam } }' }, { next: resolve, error: resolve, complete: () => {} }),
      );
      await client.dispose();
      said.push((errors as { message: string }[])[0]!.message);
    }
    await closed.stop();
    const refused = 'Cannot query field "keyNam" on type "Viewer".';
    const helped = `${refused} Did you mean "keyName"?`;
    expect(said).toEqual([helped, helped, refused, refused]);
  });

  it('tells the schema on no socket either', async () => {
    const closed = await startTestApi(db.database, { production: true });
    const client = closed.socket((await createTenant(closed)).key);
    const errors = await new Promise((resolve) =>
      client.subscribe(
        { query: '{ __schema { types { name } } }' },
        { next: resolve, error: resolve, complete: () => {} },
      ),
    );
    await client.dispose();
    await closed.stop();
    expect(errors).toContainEqual(
      expect.objectContaining({
        message: expect.stringMatching(/schema\.graphql/),
        extensions: expect.objectContaining({ code: 'BAD_USER_INPUT' }),
      }),
    );
  });

  it('shows at / the page to people, and tells programs what this is, without a key', async () => {
    const closed = await startTestApi(db.database, { production: true });
    const page = await fetch(closed.url, { headers: { accept: 'text/html' } });
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[\w+/=]{24}';/);
    expect(policy).not.toContain('unsafe');
    expect(page.headers.get('cache-control')).toBe('no-store');
    const text = await page.text();
    expect(policy).toContain(/name="style-nonce" content="([^"]+)"/.exec(text)![1]);
    const again = await fetch(closed.url, { headers: { accept: 'text/html' } });
    expect(again.headers.get('content-security-policy')).not.toBe(policy);
    const script = /src="\.\/(assets\/[\w.-]+\.js)"/.exec(text)![1]!;
    const asset = await fetch(`${closed.url}/${script}`);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(asset.headers.get('content-encoding')).toBe('gzip');
    expect((await fetch(`${closed.url}/assets/..%2findex.html`)).status).toBe(404);
    expect(await (await fetch(closed.url)).json()).toMatchObject({ name: 'Likeness', graphql: '/graphql' });
    await closed.stop();
  });
});

describe('around GraphQL', () => {
  it('answers health by dependency', async () => {
    let well = true;
    const dependencies = [
      { name: 'database', check: () => db.database.ping() },
      { name: 'queue', check: async () => (well ? 'ok' : Promise.reject(new Error('secret detail'))) },
    ];
    const other = await startTestApi(db.database, { dependencies });
    expect(await (await fetch(`${other.url}/livez`)).json()).toEqual({ status: 'ok' });
    const ready = await fetch(`${other.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ok', checks: { database: 'ok', queue: 'ok' } },
    ]);
    well = false;
    const unready = await fetch(`${other.url}/readyz`);
    expect(unready.status).toBe(503);
    expect(await unready.json()).toEqual({ status: 'unavailable', checks: { database: 'ok', queue: 'unavailable' } });
    await other.stop();
  });

  it('sends safe headers, and CORS only to named origins', async () => {
    const other = await startTestApi(db.database, { corsOrigins: ['https://app.example'] });
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${other.url}/graphql`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const allowed = await preflight('https://app.example');
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example']);
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    const { headers } = await other.call(key, '{ viewer { keyName } }');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
    await other.stop();
  });

  it('serves GraphiQL from installed packages alone', async () => {
    const page = await (await fetch(`${api.url}/graphql`, { headers: { accept: 'text/html' } })).text();
    expect(page).not.toMatch(/https?:\/\//);
    const files = [...page.matchAll(/(?:src|href)="\.\/(graphql\/assets\/[\w.-]+)"/g)].map((match) => match[1]!);
    expect(files).toHaveLength(5);
    for (const file of files) expect((await fetch(`${api.url}/${file}`)).status).toBe(200);
    const client = await (await fetch(`${api.url}/graphql/assets/graphql-ws.js`)).text();
    const script = await (await fetch(`${api.url}/graphql/assets/page.js`)).text();
    const [, imported] = /from '(\.\/[\w.-]+)'/.exec(script)!;
    expect(new URL(imported!, `${api.url}/graphql/assets/page.js`).pathname).toBe('/graphql/assets/graphql-ws.js');
    const chunk = /from '\.\/(common-[\w-]+\.js)'/.exec(client)![1]!;
    expect((await fetch(`${api.url}/graphql/assets/${chunk}`)).status).toBe(200);
    expect((await fetch(`${api.url}/graphql/assets/${encodeURIComponent('../../package.json')}`)).status).toBe(404);
  });

  it('logs neither queries, variables nor query strings', async () => {
    api.log.length = 0;
    await api.call(key, 'query ($secretVariable: ID!) { tenant(id: $secretVariable) { id } }', {
      secretVariable: 'hush',
    });
    await fetch(`${api.url}/somewhere/private?signature=hush`);
    expect(api.log.length).toBeGreaterThan(0);
    expect(api.log.join('')).not.toMatch(/hush|secretVariable|private/);
  });
});
