import type WebSocket from 'ws';
import { createTenant, type TestTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { cutOut, partyPhoto, variant, type Box } from '../fixtures/photos';
import { describeOnEveryEngines, TestPlatform } from '../fixtures/platform';

const COLLECTION_EVENTS = `subscription ($id: ID!, $after: String, $types: [EventType!]) {
  collectionEvents(collectionId: $id, after: $after, types: $types) { cursor type collectionId jobId payload }
}`;

describeOnEveryEngines('events', (engines) => {
  let platform: TestPlatform;
  let tenant: TestTenant;
  let collectionId: string;
  let portrait: Buffer;

  beforeAll(async () => {
    platform = await TestPlatform.start({ engines });
    const helper = await createTenant(platform.operator);
    const { faces } = await helper.detect(partyPhoto(1));
    portrait = await cutOut(partyPhoto(1), faces[0].boundingBox as Box);
  });
  afterAll(() => platform?.stop());
  beforeEach(async () => {
    tenant = await createTenant(platform.operator);
    collectionId = await tenant.createCollection();
  });

  const follow = (after?: string, onSocket?: (socket: WebSocket) => void, types?: string[]) =>
    tenant.api.subscribe(COLLECTION_EVENTS, { id: collectionId, after, types }, onSocket);

  /** A cursor before all that the test does in the collection. */
  async function cursorOfNow(): Promise<string> {
    const events = follow();
    const first = events.next();
    // The reader starts at what is newest when it is asked: whatever it sees first marks a place.
    for (;;) {
      await tenant.createPerson(collectionId, 'Marker');
      const seen = await Promise.race([
        first,
        new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined))),
      ]);
      if (!seen) continue;
      await events.return(undefined);
      return (seen.value as Data).cursor;
    }
  }

  test('a late follower of a finished job sees it from its beginning to its end, and the stream completes', async () => {
    const job = await tenant.enroll(collectionId, [{ image: { base64: portrait.toString('base64') } }]);
    const types: string[] = [];
    for await (const event of tenant.followJob(job.id)) types.push(event.type);
    expect(types[0]).toBe('JOB_CREATED');
    expect(types.at(-1)).toBe('JOB_SUCCEEDED');
  });

  test('a socket cut at random points, many times, leaves neither gap nor repeat', async () => {
    const start = await cursorOfNow();
    const people = 40;
    const images = await Promise.all([1, 2, 3, 4, 5, 6].map((step) => variant(portrait, step)));
    const uploads = await tenant.uploadAll(images);
    const jobId = await tenant.beginEnrollment(
      collectionId,
      uploads.map((uploadId) => ({ image: { uploadId } })),
    );
    const busy = (async () => {
      for (let number = 0; number < people; number += 1) await tenant.createPerson(collectionId, `Person ${number}`);
      await tenant.finishJob(jobId);
      await tenant.createPerson(collectionId, 'The last one', { externalId: 'last' });
    })();

    const seen: Data[] = [];
    let cuts = 0;
    for (let over = false; !over;) {
      let socket: WebSocket | undefined;
      const budget = 1 + Math.floor(Math.random() * 6);
      let taken = 0;
      try {
        for await (const event of follow(seen.at(-1)?.cursor ?? start, (opened) => (socket = opened))) {
          seen.push(event);
          taken += 1;
          over = await isLast(event);
          if (over) break;
          if (taken === budget) socket!.terminate();
        }
      } catch {
        cuts += 1;
      }
    }
    await busy;
    expect(cuts).toBeGreaterThan(5);

    const whole: Data[] = [];
    for await (const event of follow(start)) {
      whole.push(event);
      if (event.cursor === seen.at(-1)!.cursor) break;
    }
    expect(seen).toEqual(whole);
    expect(new Set(seen.map((event) => event.cursor)).size).toBe(seen.length);
    expect(seen.filter((event) => event.type === 'PERSON_CREATED').length).toBeGreaterThanOrEqual(people + 1);
    expect(seen.filter((event) => event.type === 'FACES_INDEXED').length).toBeGreaterThanOrEqual(1);
  });

  async function isLast(event: Data): Promise<boolean> {
    const id = event.type === 'PERSON_CREATED' ? event.payload.personId : undefined;
    if (!id) return false;
    const { person } = await tenant.api.call(`query ($id: ID!) { person(id: $id) { externalId } }`, { id });
    return person.externalId === 'last';
  }

  test('only the kinds that were asked for are sent, and the place of the others is passed over', async () => {
    const start = await cursorOfNow();
    const personId = await tenant.createPerson(collectionId, 'Somebody');
    await tenant.api.call(
      `mutation ($id: ID!) { updatePerson(input: { id: $id, displayName: "Renamed" }) { person { id } } }`,
      { id: personId },
    );
    const events = follow(start, undefined, ['PERSON_UPDATED']);
    expect((await events.next()).value).toMatchObject({ type: 'PERSON_UPDATED', collectionId });
    await events.return(undefined);
  });

  test('what happens while the server is away is replayed to who comes back with a cursor', async () => {
    const start = await cursorOfNow();
    const personId = await tenant.createPerson(collectionId, 'Before the restart');
    await platform.restart();
    tenant = tenant.at(platform.url);
    const events = follow(start);
    const types: string[] = [];
    for await (const event of events) {
      types.push(event.type);
      if (event.payload.personId === personId) break;
    }
    expect(types.at(-1)).toBe('PERSON_CREATED');
  });

  test('a revoked key is refused at once and its sockets are closed with 4403 within two seconds', async () => {
    const { createApiKey: second } = await tenant.api.call(
      `mutation { createApiKey(input: { name: "short-lived", scopes: [READ] }) { secret apiKey { id } } }`,
    );
    const reader = tenant.at(platform.url, second.secret);
    const { client, closing } = reader.api.socket();
    const events = client.iterate({ query: COLLECTION_EVENTS, variables: { id: collectionId } });
    const first = events.next();
    for (let seen = false; !seen;) {
      await tenant.createPerson(collectionId);
      seen = await Promise.race([
        first.then(() => true),
        new Promise<boolean>((resolve) => setImmediate(resolve, false)),
      ]);
    }
    const ending = events.next().catch(() => undefined);
    const revokedAt = performance.now();
    await tenant.api.call(`mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { revokedAt } } }`, {
      id: second.apiKey.id,
    });
    expect(await closing).toMatchObject({ code: 4403 });
    expect(performance.now() - revokedAt).toBeLessThan(2_000);
    await ending;
    expect(await reader.api.refusal(`{ viewer { keyName } }`)).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a socket without a key is closed with 4401', async () => {
    const { client, closing } = tenant.at(platform.url, 'lk_live_nonsense').api.socket();
    await expect(
      client.iterate({ query: COLLECTION_EVENTS, variables: { id: collectionId } }).next(),
    ).rejects.toBeDefined();
    expect(await closing).toMatchObject({ code: 4401 });
  });

  test('a damaged cursor and one of another list are refused', async () => {
    for (const after of ['bm9uc2Vuc2U', `${(await cursorOfNow()).slice(0, -2)}AA`]) {
      await expect(follow(after).next()).rejects.toMatchObject({
        errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
      });
    }
  });
});
