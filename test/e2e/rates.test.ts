import { UsageDocument } from '@likeness/client';
import { createTenant, SEARCH, type TestTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { partyPhoto } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';

const DETECT = 'query ($image: ImageInput!) { detectFaces(image: $image) { faces { confidence } } }';

describe('rates', () => {
  let platform: TestPlatform;
  let tenant: TestTenant;
  let collectionId: string;
  let image: { base64: string };

  /** What the operator allows the tenant. */
  const limit = (limits: Data): Promise<Data> =>
    platform.operator.call(
      'mutation ($input: UpdateTenantInput!) { updateTenant(input: $input) { tenant { limits { maxSearchesHourly } } } }',
      { input: { id: tenant.id, limits } },
    );
  /** The answer as it came, its headers too. */
  const ask = async (query: string, variables: object): Promise<{ status: number; headers: Headers; body: Data }> => {
    const response = await fetch(`${platform.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tenant.api.key}` },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Data };
  };
  const search = () => ask(SEARCH, { collectionIds: [collectionId], image });
  /** Limits are known within a second. */
  const untilLimit = async (searches: number | null): Promise<void> => {
    for (;;) {
      const { viewer } = await tenant.api.call('{ viewer { limits { maxSearchesHourly } } }');
      if (viewer.limits.maxSearchesHourly === searches) return;
    }
  };

  beforeAll(async () => {
    platform = await TestPlatform.start();
    image = { base64: partyPhoto(1).toString('base64') };
  });
  afterAll(() => platform?.stop());

  beforeEach(async () => {
    tenant = await createTenant(platform.operator);
    collectionId = await tenant.createCollection();
  });

  test('an answer says what it cost and what is left, in its extensions and its headers', async () => {
    const { headers, body, status } = await search();
    expect(status).toBe(200);
    const faces = body.data.searchFaces.probes.length as number;
    expect(faces).toBeGreaterThan(1);
    // One key may take half of a tenant's.
    const searches = { rate: 'SEARCHES', of: 'KEY', requested: 1, actual: 1, limit: 50_000, remaining: 49_999 };
    expect(body.extensions.cost).toMatchObject({
      charges: [
        searches,
        { rate: 'FACES', of: 'KEY', requested: 1, actual: faces, limit: 500_000, remaining: 500_000 - faces },
      ],
    });
    const { rate, limit: most, remaining, restoreRate } = body.extensions.cost;
    expect(restoreRate).toBeCloseTo(most / 3_600, 2);
    expect(headers.get('x-ratelimit-limit')).toBe(String(most));
    expect(headers.get('x-ratelimit-remaining')).toBe(String(remaining));
    expect(headers.get('x-ratelimit-resource')).toBe(rate.toLowerCase());
    expect(Number(headers.get('x-ratelimit-reset'))).toBeGreaterThanOrEqual(Math.floor(Date.now() / 1_000));
    expect((await ask('{ collections { totalCount } }', {})).body.extensions).toBeUndefined();
  });

  test('an empty bucket answers when to come again, over HTTP and a socket', async () => {
    await limit({ maxSearchesHourly: 2, maxKeySharePercent: null });
    await untilLimit(2);
    for (let index = 0; index < 2; index += 1) expect((await search()).body.errors).toBeUndefined();
    const { status, headers, body } = await search();
    expect(status).toBe(429);
    expect(body.data).toBeNull();
    expect(body.errors[0]).toMatchObject({
      message: expect.stringMatching(
        /^This tenant has used up its searches: 2 an hour\. Try again in (30|29) minutes, /,
      ),
      extensions: { code: 'RATE_LIMITED', retryable: true, details: { rate: 'SEARCHES', of: 'TENANT', limit: 2 } },
    });
    const { retryAfterMs } = body.errors[0].extensions.details;
    expect(Number(headers.get('retry-after'))).toBe(Math.ceil(retryAfterMs / 1_000));
    expect(headers.get('x-ratelimit-remaining')).toBe('0');
    // What counts no search goes on, and another tenant knows nothing of it.
    expect((await ask(DETECT, { image })).body.errors).toBeUndefined();
    const { client } = tenant.api.socket();
    const results = client.iterate<Data>({ query: SEARCH, variables: { collectionIds: [collectionId], image } });
    expect((await results.next()).value).toMatchObject({
      errors: [{ extensions: { code: 'RATE_LIMITED' } }],
      extensions: { cost: { rate: 'SEARCHES', remaining: 0 } },
    });
    await client.dispose();
    const other = await createTenant(platform.operator);
    const theirs = await other.createCollection();
    await other.api.call(SEARCH, { collectionIds: [theirs], image });
    const metrics = await (await fetch(`${platform.url}/metrics`)).text();
    expect(metrics).toMatch(/likeness_rate_refusals\{rate="SEARCHES",of="TENANT"\} [1-9]/);
    await limit({ maxSearchesHourly: null });
    await untilLimit(null);
    expect((await search()).body.errors).toBeUndefined();
  });

  test('uploads and their bytes have buckets of their own', async () => {
    const photo = partyPhoto(1);
    const files = [{ bytes: photo.length, mime: 'image/jpeg' }];
    const CREATE = `mutation ($files: [UploadFileInput!]!) {
      createUploads(input: { files: $files }) { uploads { id url headers } }
    }`;
    await limit({ maxSearchesHourly: 3, maxUploadsHourly: 2, maxUploadMegabytesHourly: 1, maxKeySharePercent: null });
    await untilLimit(3);
    const uploads: Data[] = [];
    for (const left of [1, 0]) {
      const { body } = await ask(CREATE, { files });
      expect(body.extensions.cost).toMatchObject({ rate: 'UPLOADS', limit: 2, remaining: left });
      uploads.push(body.data.createUploads.uploads[0]);
    }
    expect((await ask(CREATE, { files })).status).toBe(429);
    expect((await ask(CREATE, { files: Array(3).fill(files[0]) })).body.errors[0].extensions.code).toBe(
      'QUOTA_EXCEEDED',
    );
    const send = ({ url, headers }: Data, body: Buffer) => fetch(url, { method: 'PUT', headers, body });
    const short = await fetch(uploads[0]!['url'], {
      method: 'PUT',
      headers: uploads[0]!['headers'],
      body: new Blob(['ten bytes!']).stream(),
      duplex: 'half',
    });
    expect(short.status).toBe(400);
    expect(Number(short.headers.get('x-ratelimit-remaining'))).toBeGreaterThanOrEqual(1_048_576 - 10);
    const damaged = Buffer.alloc(photo.length);
    for (let left = 1_048_576 - 10 - photo.length; left >= 0; left -= photo.length) {
      // What is sent counts, whatever it is.
      const refused = await send(uploads[0]!, damaged);
      expect(refused.status).toBe(415);
      expect(refused.headers.get('x-ratelimit-resource')).toBe('bytes');
      expect(Number(refused.headers.get('x-ratelimit-remaining'))).toBeGreaterThanOrEqual(left);
    }
    const { status, headers, ...response } = await send(uploads[0]!, photo).then(async (answer) => ({
      status: answer.status,
      headers: answer.headers,
      ...((await answer.json()) as Data),
    }));
    expect({ status, response }).toMatchObject({
      status: 429,
      response: { error: { code: 'RATE_LIMITED', details: { rate: 'BYTES', of: 'TENANT', limit: 1 } } },
    });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    // The address is good for when the bucket has filled.
    await limit({ maxSearchesHourly: 4, maxUploadMegabytesHourly: null });
    await untilLimit(4);
    const late = async (): Promise<number> => (await send(uploads[0]!, photo)).status;
    const deadline = performance.now() + 10_000;
    let last = await late();
    while (last === 429 && performance.now() < deadline) last = await late();
    expect(last).toBe(201);
  });

  test('usage tells by day what was used, of the tenant and of a key', async () => {
    const photo = partyPhoto(1);
    const days = {
      from: new Date(Date.now() - 86_400_000).toISOString(),
      to: new Date(Date.now() + 2 * 86_400_000).toISOString(),
    };
    const usageOf = async (api = tenant.api, more: Data = {}): Promise<Data> => {
      const { usage } = await api.likeness.request(UsageDocument, { ...days, ...more });
      // A test may run over midnight.
      const total = { searches: 0, facesAnalyzed: 0, imagesEnrolled: 0, uploads: 0, uploadedBytes: 0, storedBytes: 0 };
      for (const day of usage) {
        for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += day[name];
      }
      return total;
    };
    const { createApiKey } = await tenant.api.call(
      'mutation { createApiKey(input: { name: "kiosk", scopes: [SEARCH] }) { secret apiKey { id } } }',
    );
    const kiosk = tenant.at(platform.url, createApiKey.secret);
    const { searchFaces } = await kiosk.api.call(
      `query ($collectionIds: [ID!]!, $image: ImageInput!) {
        searchFaces(collectionIds: $collectionIds, image: $image) { probes { confidence } }
      }`,
      { collectionIds: [collectionId], image },
    );
    const faces = searchFaces.probes.length as number;
    // Refused: not billed.
    await kiosk.api.refusal(SEARCH, { collectionIds: [collectionId], image: { base64: 'AAAA' } });
    const uploadId = await tenant.upload(photo);
    const items = [{ image: { uploadId } }];
    await tenant.finishJob(await tenant.beginEnrollment(collectionId, items));
    const { images } = await tenant.api.call(
      'query ($id: ID!) { images(collectionId: $id) { nodes { bytes faces { nodes { id } } } } }',
      { id: collectionId },
    );
    // What was counted is written when the server stops.
    await platform.restart({ LIKENESS_SEARCHES_HOURLY: '70000', LIKENESS_FACES_HOURLY: '0' });
    tenant = tenant.at(platform.url);
    expect(await usageOf()).toEqual({
      searches: 1,
      facesAnalyzed: faces * 2,
      imagesEnrolled: 1,
      uploads: 1,
      uploadedBytes: photo.length,
      storedBytes: images.nodes[0].bytes,
    });
    const ofKey = {
      searches: 1,
      facesAnalyzed: faces,
      imagesEnrolled: 0,
      uploads: 0,
      uploadedBytes: 0,
      storedBytes: 0,
    };
    expect(await usageOf(tenant.api, { apiKeyId: createApiKey.apiKey.id })).toEqual(ofKey);
    expect(await usageOf(platform.operator, { tenantId: tenant.id })).toEqual(await usageOf());
    const other = await createTenant(platform.operator);
    expect((await usageOf(other.api)).uploads).toBe(0);
    const USAGE = 'query ($from: DateTime!, $to: DateTime!) { usage(from: $from, to: $to) { day } }';
    expect((await kiosk.at(platform.url).api.refusal(USAGE, days)).code).toBe('FORBIDDEN');
    expect((await platform.operator.refusal(USAGE, days)).code).toBe('BAD_USER_INPUT');
    expect(await tenant.api.refusal(USAGE, { from: days.to, to: days.from })).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: 'to must be after from.',
    });
    expect((await tenant.api.refusal(USAGE, { ...days, from: '2020-01-01T00:00:00Z' })).code).toBe('BAD_USER_INPUT');
  });

  test('an enrolment is never refused half way: what it is above the rate holds up what comes after it', async () => {
    const photo = partyPhoto(1);
    await limit({ maxSearchesHourly: 5, maxFacesAnalyzedHourly: 2, maxKeySharePercent: null });
    await untilLimit(5);
    const again = Buffer.concat([photo, Buffer.from('other bytes of the same image')]);
    const uploadIds = await tenant.uploadAll([photo, again]);
    const items = uploadIds.map((uploadId) => ({ image: { uploadId } }));
    const job = await tenant.finishJob(await tenant.beginEnrollment(collectionId, items));
    expect(job.progress).toMatchObject({ done: 2, failed: 0 });
    const { status, body } = await search();
    expect(status).toBe(429);
    expect(body.errors[0].extensions.details).toMatchObject({ rate: 'FACES', of: 'TENANT' });
    expect(body.extensions.cost.remaining).toBeLessThan(0);
    const ENROLL = 'mutation ($input: EnrollFacesInput!) { enrollFaces(input: $input) { job { id } } }';
    const RETRY = 'mutation ($input: RetryJobInput!) { retryJob(input: $input) { job { id } } }';
    for (const [mutation, input] of [
      [ENROLL, { collectionId, items }],
      [RETRY, { id: job.id }],
    ] as const) {
      expect(await tenant.api.refusal(mutation, { input })).toMatchObject({ code: 'RATE_LIMITED' });
    }
  });

  test('settings say what a tenant may of which nothing else is said', async () => {
    const { viewer } = await tenant.api.call(
      '{ viewer { limits { maxSearchesHourly maxFacesAnalyzedHourly maxUploadsHourly maxKeySharePercent } } }',
    );
    expect(viewer.limits).toEqual({
      maxSearchesHourly: 70_000,
      maxFacesAnalyzedHourly: null,
      maxUploadsHourly: 250_000,
      maxKeySharePercent: 50,
    });
    // Faces have no limit: nothing of them is told. A key may have half of the three searches.
    await limit({ maxSearchesHourly: 3 });
    await untilLimit(3);
    const { body } = await search();
    expect(body.extensions.cost).toMatchObject({ rate: 'SEARCHES', remaining: 0, limit: 1 });
    expect(body.extensions.cost.charges).toHaveLength(1);
  });

  test('who may not search is told that, at no cost', async () => {
    const { createApiKey } = await tenant.api.call(
      'mutation { createApiKey(input: { name: "reader", scopes: [READ] }) { secret } }',
    );
    await limit({ maxSearchesHourly: 0 });
    await untilLimit(0);
    const reader = tenant.at(platform.url, createApiKey.secret);
    const variables = { collectionIds: [collectionId], image };
    expect((await reader.api.refusal(SEARCH, variables)).code).toBe('FORBIDDEN');
    expect(await tenant.api.refusal(SEARCH, variables)).toMatchObject({ code: 'QUOTA_EXCEEDED' });
  });
});
