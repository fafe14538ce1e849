import { createClient, EnrollFacesDocument, LikenessError, type ClientOptions } from '@likeness/client';
import { once } from 'node:events';
import { readOperationText } from '../../packages/client/src/operation-text';
import { ScriptedServer, type Exchange } from '../fixtures/scripted-server';

const QUERY = 'query { viewer { keyName } }';
const MUTATION = 'mutation ($input: CancelJobInput!) { cancelJob(input: $input) { job { id } } }';
const DATA = { data: { viewer: { keyName: 'k' } } };
const refusal = (code: string, more: object = {}) => ({
  errors: [{ message: `It is ${code}`, path: ['viewer'], extensions: { code, errorId: 'e-1', ...more } }],
});
const RATE_LIMITED = refusal('RATE_LIMITED', { retryable: true, details: { retryAfterMs: 30 } });

describe('requests of the client', () => {
  let server: ScriptedServer | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  /** Answers the first requests by these, and those after them by the last. */
  async function clientOf(answers: readonly ((exchange: Exchange) => void)[], options: Partial<ClientOptions> = {}) {
    const running = await ScriptedServer.start((exchange) =>
      answers[Math.min(running.bodies.length, answers.length) - 1]!(exchange),
    );
    server = running;
    const retry = { baseDelayMs: 1, maxDelayMs: 1_000 };
    return createClient({ url: running.url, apiKey: 'lk_test', retry, ...options });
  }
  const failing = (promise: Promise<unknown>): Promise<LikenessError> =>
    promise.then(
      () => Promise.reject(new Error('It did not fail')),
      (error: LikenessError) => error,
    );

  test('send the key, the query and the variables, and answer with the data', async () => {
    const client = await clientOf([({ request, json }) => json(200, { data: { key: request.headers.authorization } })]);
    expect(await client.request('query ($a: Int) { a }', { a: 1 })).toEqual({ key: 'Bearer lk_test' });
    expect(JSON.parse(server!.bodies[0]!)).toEqual({ query: 'query ($a: Int) { a }', variables: { a: 1 } });
  });

  test.each(['', '/', '/graphql', '/graphql/', '?x=1'])(
    'go to /graphql of an address that ends with "%s"',
    async (end) => {
      const client = await clientOf([({ request, json }) => json(200, { data: request.url })]);
      expect(await createClient({ url: `${server!.url}/below${end}` }).request(QUERY)).toBe('/below/graphql');
      expect(await client.request(QUERY)).toBe('/graphql');
    },
  );

  test('throw what the server refused, with all that a program needs to know', async () => {
    const details = { fields: [{ path: 'input.id', rule: 'must be an id' }] };
    const client = await clientOf([({ json }) => json(200, { data: null, ...refusal('BAD_USER_INPUT', { details }) })]);
    const error = await failing(client.request(QUERY));
    expect(error).toBeInstanceOf(LikenessError);
    expect(error).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: 'It is BAD_USER_INPUT',
      retryable: false,
      retryAfterMs: undefined,
      errorId: 'e-1',
      details,
      status: 200,
    });
    expect(server!.bodies).toHaveLength(1);
  });

  test.each([
    ['a page of a proxy', ({ response }: Exchange) => void response.writeHead(502).end('<h1>Bad Gateway</h1>')],
    ['a dropped connection', ({ drop }: Exchange) => drop()],
    [
      'an engine that is away',
      ({ json }: Exchange) => json(200, refusal('DEPENDENCY_UNAVAILABLE', { retryable: true })),
    ],
  ])('send a query again after %s', async (_, fail) => {
    const client = await clientOf([fail, fail, ({ json }) => json(200, DATA)]);
    expect(await client.request(QUERY)).toEqual(DATA.data);
    expect(server!.bodies).toHaveLength(3);
  });

  test('give up after as many attempts as they were given', async () => {
    const client = await clientOf([({ drop }) => drop()], { retry: { attempts: 3, baseDelayMs: 1 } });
    expect(await failing(client.request(QUERY))).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE', retryable: true });
    expect(server!.bodies).toHaveLength(3);
  });

  test.each([
    ['a page of a proxy', ({ response }: Exchange) => void response.writeHead(502).end('<h1>Bad Gateway</h1>')],
    ['a dropped connection', ({ drop }: Exchange) => drop()],
    [
      'an engine that is away',
      ({ json }: Exchange) => json(200, refusal('DEPENDENCY_UNAVAILABLE', { retryable: true })),
    ],
    ['a deadline of the server', ({ json }: Exchange) => json(200, refusal('TIMEOUT', { retryable: true }))],
  ])('never send a mutation again after %s: it may have been done', async (_, fail) => {
    const client = await clientOf([fail]);
    expect((await failing(client.request(MUTATION, { input: { id: 'x' } }))).retryable).toBe(true);
    expect(server!.bodies).toHaveLength(1);
  });

  test('send a mutation again that says it does no harm', async () => {
    const client = await clientOf([({ drop }) => drop(), ({ json }) => json(200, DATA)]);
    await client.request(MUTATION, { input: { id: 'x' } }, { idempotent: true });
    expect(server!.bodies).toHaveLength(2);
  });

  test('send a mutation with a clientRequestToken again, with the same token', async () => {
    const client = await clientOf([({ drop }) => drop(), ({ json }) => json(200, { data: { enrollFaces: {} } })]);
    const input = { collectionId: 'c', items: [], clientRequestToken: 'once' };
    await client.request(EnrollFacesDocument, { input });
    expect(server!.bodies).toHaveLength(2);
    expect(server!.bodies[1]).toBe(server!.bodies[0]);
  });

  test('wait as long as the server asks, and then send a mutation again that it had not begun', async () => {
    const client = await clientOf([({ json }) => json(200, RATE_LIMITED), ({ json }) => json(200, DATA)]);
    const startedAt = performance.now();
    await client.request(MUTATION, { input: { id: 'x' } });
    // A timer may fire a millisecond early.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(29);
    expect(server!.bodies).toHaveLength(2);
  });

  test('send no mutation again of which a part may have been done', async () => {
    const client = await clientOf([({ json }) => json(200, RATE_LIMITED)]);
    await failing(client.request('mutation { a: retryJob(id: 1) { x } b: retryJob(id: 2) { x } }'));
    expect(server!.bodies).toHaveLength(1);
  });

  test('tell at once of a wait that is too long to be waited', async () => {
    const client = await clientOf([({ response }) => void response.writeHead(429, { 'retry-after': '3600' }).end()]);
    const error = await failing(client.request(QUERY));
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 3_600_000, status: 429 });
    expect(server!.bodies).toHaveLength(1);
  });

  test('end with TIMEOUT when no answer comes, a query after all of its attempts', async () => {
    const client = await clientOf([() => undefined], { retry: { attempts: 2, baseDelayMs: 1 }, timeoutMs: 30 });
    expect(await failing(client.request(QUERY))).toMatchObject({ code: 'TIMEOUT', retryable: true });
    expect(server!.bodies).toHaveLength(2);
    expect(await failing(client.request(MUTATION, {}, { timeoutMs: 20 }))).toMatchObject({ code: 'TIMEOUT' });
    expect(server!.bodies).toHaveLength(3);
  });

  test('end with the reason of their signal, while the server works and while they wait', async () => {
    const mine = new Error('Enough');
    const left = new AbortController();
    const gone = new Promise<void>((resolve) => {
      void clientOf([
        ({ response }) => {
          void once(response, 'close').then(() => resolve());
          left.abort(mine);
        },
      ]).then((client) => expect(client.request(QUERY, {}, { signal: left.signal })).rejects.toBe(mine));
    });
    await gone;
    await server!.stop();

    const waiting = new AbortController();
    const slow = refusal('RATE_LIMITED', { retryable: true, details: { retryAfterMs: 900 } });
    const client = await clientOf([
      ({ json, response }) => {
        json(200, slow);
        void once(response, 'close').then(() => waiting.abort(mine));
      },
    ]);
    await expect(client.request(QUERY, {}, { signal: waiting.signal })).rejects.toBe(mine);
    expect(server!.bodies).toHaveLength(1);
    await expect(client.request(QUERY, {}, { signal: AbortSignal.abort(mine) })).rejects.toBe(mine);
    expect(server!.bodies).toHaveLength(1);
  });
});

test.each([
  ['{ a b }', false, false],
  ['query Q($a: In = {b: 1}) @d(x: {y: 2}) { a(c: {d: 3}) @include(if: $e) { f g } }', false, true],
  ['mutation { a(x: "} { b") { c d } } # e', true, true],
  ['mutation { x: a { c } }', true, true],
  ['mutation { x: a { c } y: a { c } }', true, false],
  ['mutation { ...F } fragment F on Mutation { a b }', true, false],
  ['fragment F on A { b c } mutation M { a { ...F } }', true, true],
  ['query A { a } mutation B { b }', true, true],
  ['""" mutation { """ subscription { a { b c } }', false, true],
])('%s is read', (text, isMutation, hasOneField) => {
  expect(readOperationText(text)).toEqual({ isMutation, hasOneField });
});
