import {
  createClient,
  PersonsDocument,
  type CollectionEvent,
  type EnrollProgress,
  type JobEvent,
  type LikenessClient,
} from '@likeness/client';
import { createTenant, type TestTenant } from '../factories/tenant';
import { cutOut, partyPhoto, variant, type Box } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';
import { TcpProxy } from '../../faults/tcp-proxy';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the client and a Likeness', () => {
  let platform: TestPlatform;
  let proxy: TcpProxy;
  let proxyPort: number;
  let tenant: TestTenant;
  let client: LikenessClient;
  let collectionId: string;
  let portrait: Buffer;

  beforeAll(async () => {
    platform = await TestPlatform.start();
    const { hostname, port } = new URL(platform.url);
    proxy = new TcpProxy({ host: hostname, port: Number(port) });
    const first = await createTenant(platform.operator);
    const { faces } = await first.detect(partyPhoto(1));
    portrait = await cutOut(partyPhoto(1), faces[0].boundingBox as Box);
  });
  afterAll(() => platform?.stop());
  beforeEach(async () => {
    tenant = await createTenant(platform.operator);
    collectionId = await tenant.createCollection();
    const retry = { attempts: 10, baseDelayMs: 20, maxDelayMs: 200 };
    proxyPort = await proxy.open();
    client = createClient({ url: `http://127.0.0.1:${proxyPort}`, apiKey: tenant.api.key!, retry });
  });
  afterEach(async () => {
    await client.close();
    await proxy.shut();
  });

  async function cut(): Promise<void> {
    await proxy.shut();
    await proxy.open();
  }

  const personOf = ({ payload }: CollectionEvent): unknown => payload.personId;

  test('a collection is followed over cut connections without losing or repeating an event', async () => {
    const start = await client.eventCursor(collectionId);
    const made: string[] = [];
    const seen: CollectionEvent[] = [];
    const people = 40;
    const busy = (async () => {
      // Past the proxy: what happens while the follower is cut off is what it may lose.
      while (made.length < people) made.push(await tenant.createPerson(collectionId, `Person ${made.length}`));
    })();
    let cuts = 0;
    for await (const event of client.collectionEvents(collectionId, { after: start })) {
      seen.push(event);
      if (seen.length === people) break;
      if (seen.length % 5 !== 0) continue;
      cuts += 1;
      await cut();
    }
    await busy;
    expect(cuts).toBeGreaterThan(5);
    expect(seen.map(personOf)).toEqual(made);
    expect(new Set(seen.map(({ cursor }) => cursor)).size).toBe(people);
  });

  test('a connection that is lost before the first event loses nothing either', async () => {
    const events = client.collectionEvents(collectionId, { types: ['PERSON_CREATED'] });
    // The subscription stands once its socket's operation was logged.
    const standing = platformLogs('"operation":"subscription CollectionEvents"');
    const first = events.next();
    await standing;
    await proxy.shut();
    const personId = await tenant.createPerson(collectionId, 'Made while nobody listened');
    await proxy.open();
    expect(personOf((await first).value!)).toBe(personId);
    await events.return!();
  });

  test('a connection that falls silent is noticed and made anew', async () => {
    const quick = createClient({ url: `http://127.0.0.1:${proxyPort}`, apiKey: tenant.api.key!, keepAliveMs: 100 });
    const after = await quick.eventCursor(collectionId);
    const events = quick.collectionEvents(collectionId, { after });
    const made = [await tenant.createPerson(collectionId)];
    expect(personOf((await events.next()).value!)).toBe(made[0]);
    const next = events.next();
    proxy.silence();
    made.push(await tenant.createPerson(collectionId, 'Made while the line was dead'));
    expect(personOf((await next).value!)).toBe(made[1]);
    await quick.close();
  });

  test('a job is followed to its end over a cut connection', async () => {
    const images = await Promise.all([1, 2, 3].map((step) => variant(portrait, step)));
    const uploads = await client.uploadFiles(images);
    const items = uploads.map(({ uploadId }) => ({ image: { uploadId: uploadId! } }));
    const jobId = await tenant.beginEnrollment(collectionId, items);
    const seen: JobEvent[] = [];
    for await (const event of client.followJob(jobId)) {
      seen.push(event);
      if (seen.length <= 2) await cut();
    }
    const whole: JobEvent[] = [];
    for await (const event of client.followJob(jobId)) whole.push(event);
    expect(seen.map(({ cursor }) => cursor)).toEqual(whole.map(({ cursor }) => cursor));
    expect(seen.at(-1)).toMatchObject({ type: 'JOB_SUCCEEDED', job: { state: 'SUCCEEDED' } });
    expect(await client.waitForJob(jobId)).toMatchObject({ id: jobId, state: 'SUCCEEDED' });
  });

  test('what a subscription is refused for is told, with its code', async () => {
    const unknown = '01900000-0000-7000-8000-000000000000';
    await expect(client.followJob(unknown).next()).rejects.toMatchObject({ code: 'NOT_FOUND', retryable: false });
    await expect(client.waitForJob(unknown)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(client.collectionEvents(unknown).next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(client.collectionEvents(collectionId, { after: 'x' }).next()).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    const stranger = createClient({ url: platform.url, apiKey: 'lk_live_nonsense' });
    await expect(stranger.followJob(unknown).next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a subscription ends with the reason of its signal, with the loop that leaves it, and with the client', async () => {
    const mine = new Error('Enough');
    const stop = new AbortController();
    const after = await client.eventCursor(collectionId);
    const aborted = client.collectionEvents(collectionId, { after, signal: stop.signal }).next();
    const left = client.collectionEvents(collectionId, { after });
    const leaving = left.next();
    const closed = client.collectionEvents(collectionId, { after }).next();
    stop.abort(mine);
    await expect(aborted).rejects.toBe(mine);
    await left.return!();
    expect(await leaving).toEqual({ done: true, value: undefined });
    await client.close();
    await expect(closed).rejects.toThrow('The client was closed.');
    await expect(client.collectionEvents(collectionId, { after }).next()).rejects.toThrow('The client was closed.');
  });

  test('a subscription that does not ask for cursors ends with its connection once an event has come', async () => {
    const events = client.subscribe('subscription ($id: ID!) { collectionEvents(collectionId: $id) { type } }', {
      id: collectionId,
    });
    const first = events.next();
    let isHeard = false;
    void first.then(() => (isHeard = true));
    while (!isHeard) await tenant.createPerson(collectionId);
    expect(await first).toMatchObject({ value: { collectionEvents: { type: 'PERSON_CREATED' } } });
    const second = events.next();
    await cut();
    await expect(second).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  });

  test('files are enrolled, each with its own outcome, while connections are cut', async () => {
    const good = await Promise.all([1, 2, 3, 4].map((step) => variant(portrait, step)));
    const person = { create: { displayName: 'Ada', externalId: 'ada' } };
    const told: EnrollProgress[] = [];
    let cutAt = 0;
    const outcomes = await client.enrollFiles(
      {
        collectionId,
        files: [
          ...good.map((bytes, number) => ({
            source: () => Promise.resolve(bytes),
            person,
            externalImageId: `${number}`,
          })),
          { source: Buffer.from('This is no image') },
          { source: partyPhoto(1), person },
          { source: new Uint8Array() },
        ],
      },
      {
        onProgress: (progress) => {
          told.push(progress);
          if (told.length % 3 === 0 && cutAt < 3) {
            cutAt += 1;
            void cut();
          }
        },
      },
    );
    expect(outcomes.map((one) => (one.state === 'FAILED' ? one.error.code : one.state))).toEqual([
      'INDEXED',
      'INDEXED',
      'INDEXED',
      'INDEXED',
      'IMAGE_UNSUPPORTED',
      'AMBIGUOUS_FACE',
      'IMAGE_UNREADABLE',
    ]);
    expect(outcomes[0]).toMatchObject({ faces: [{ person: { displayName: 'Ada' } }], duplicate: false });
    expect(outcomes[5]).toMatchObject({ error: { details: { boxes: expect.any(Array) } } });
    expect(told.at(-1)).toEqual({ total: 7, sent: 7, indexed: 4, unindexed: 0, failed: 3 });
    expect(told.every(({ indexed }, index) => index === 0 || indexed >= told[index - 1]!.indexed)).toBe(true);
    const again = await client.enrollFiles({ collectionId, files: [{ source: good[0]!, person }] });
    expect(again).toMatchObject([{ state: 'INDEXED', duplicate: true }]);
  });

  test('a job that is refused as a whole, and a signal, end an enrolment', async () => {
    const files = [{ source: portrait }];
    const unknown = '01900000-0000-7000-8000-000000000000';
    await expect(client.enrollFiles({ collectionId: unknown, files })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const mine = new Error('Enough');
    const stop = new AbortController();
    const enrolling = client.enrollFiles(
      { collectionId, files },
      { signal: stop.signal, onProgress: () => stop.abort(mine) },
    );
    await expect(enrolling).rejects.toBe(mine);
  });

  test('every row of a list comes, page after page', async () => {
    for (let number = 0; number < 5; number += 1) await tenant.createPerson(collectionId, `Person ${number}`);
    const names: string[] = [];
    const rows = client.rows(PersonsDocument, { collectionId, first: 2 }, ({ persons }) => persons);
    for await (const { displayName } of rows) names.push(displayName);
    expect(names).toEqual([0, 1, 2, 3, 4].map((number) => `Person ${number}`));
  });

  /** Waits until the platform has logged this. */
  async function platformLogs(part: string): Promise<void> {
    const before = platform.log.length;
    for (const deadline = Date.now() + 10_000; Date.now() < deadline; await nextTurn()) {
      if (platform.log.slice(before).some((line) => line.includes(part))) return;
    }
    throw new Error(`The platform did not log ${part}`);
  }
});
