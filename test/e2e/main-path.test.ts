import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTenant, SEARCH, type TestTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { cutOut, findTestData, partyPhoto, variant, type Box } from '../fixtures/photos';
import { describeOnEveryEngines, TestPlatform } from '../fixtures/platform';
import { testWhere } from '../fixtures/needs';

const GUEST = 'Guest at the right';

/** Serves images by path, as any web server would. */
async function serve(images: Readonly<Record<string, Buffer>>): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const image = images[request.url ?? ''];
    if (image) response.writeHead(200, { 'content-type': 'image/jpeg' }).end(image);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const leftToRight = (faces: readonly Data[]): Data[] =>
  [...faces].sort((a, b) => a.boundingBox.left - b.boundingBox.left);

describeOnEveryEngines('main path', (engines) => {
  let platform: TestPlatform;
  let tenant: TestTenant;
  /** The woman whom photos 1 and 3 share, and somebody of photo 2 whom they do not. */
  let guest: Buffer;
  let stranger: Buffer;

  beforeAll(async () => {
    platform = await TestPlatform.start({ engines });
    const helper = await createTenant(platform.operator);
    const portrait = async (photo: Buffer, choose: (faces: Data[]) => Data): Promise<Buffer> => {
      const { faces } = await helper.detect(photo);
      return cutOut(photo, choose(leftToRight(faces)).boundingBox as Box);
    };
    guest = await portrait(partyPhoto(1), (faces) => faces.at(-1)!);
    stranger = await portrait(partyPhoto(2), (faces) => faces[0]!);
  });
  afterAll(() => platform?.stop());
  beforeEach(async () => {
    tenant = await createTenant(platform.operator);
  });

  test('an uploaded portrait is enrolled, its job is followed, and the person is found in a group photo', async () => {
    const collectionId = await tenant.createCollection();
    const uploadId = await tenant.upload(guest);
    const jobId = await tenant.beginEnrollment(collectionId, [
      {
        image: { uploadId },
        person: { create: { displayName: GUEST, externalId: 'guest-1', metadata: { table: 4 } } },
        externalImageId: 'portrait-1',
      },
    ]);
    const events: Data[] = [];
    for await (const event of tenant.followJob(jobId)) events.push(event);
    expect(events[0]!.type).toBe('JOB_CREATED');
    expect(events.at(-1)!.type).toBe('JOB_SUCCEEDED');
    expect(new Set(events.map((event) => event.cursor)).size).toBe(events.length);

    const job = await tenant.job(jobId);
    expect(job).toMatchObject({ state: 'SUCCEEDED', progress: { done: 1, failed: 0, total: 1 }, error: null });
    expect(job.items.nodes).toHaveLength(1);
    const [item] = job.items.nodes;
    expect(item).toMatchObject({ state: 'SUCCEEDED', externalImageId: 'portrait-1', duplicate: false, error: null });
    expect(item.faceRecords).toHaveLength(1);
    expect(item.faceRecords[0]).toMatchObject({ state: 'INDEXED', person: { externalId: 'guest-1' } });

    const found = await tenant.search([collectionId], { base64: partyPhoto(3).toString('base64') });
    expect(found).toMatchObject({ gallerySize: 1, thresholdSource: 'AUTOMATIC' });
    expect(found.probes.length).toBeGreaterThanOrEqual(3);
    const recognised = found.probes.filter((probe: Data) => probe.matches.length > 0);
    expect(recognised).toHaveLength(1);
    expect(recognised[0].matches).toHaveLength(1);
    expect(recognised[0].matches[0].person).toMatchObject({ displayName: GUEST, externalId: 'guest-1' });
    expect(recognised[0].matches[0].similarity).toBeGreaterThanOrEqual(found.threshold);
  });

  test('images come by upload, by url and by base64; persons by id, by externalId and newly made', async () => {
    const web = await serve({ '/guest.jpg': guest });
    try {
      const collectionId = await tenant.createCollection();
      const known = await tenant.createPerson(collectionId, 'Known by id');
      await tenant.createPerson(collectionId, 'Known by external id', { externalId: 'ext-2' });
      const job = await tenant.enroll(collectionId, [
        { image: { uploadId: await tenant.upload(await variant(guest, 1)) }, person: { id: known } },
        { image: { url: `${web.url}/guest.jpg` }, person: { externalId: 'ext-2' } },
        { image: { base64: stranger.toString('base64') }, person: { create: { displayName: 'New' } } },
        { image: { url: `${web.url}/missing.jpg` } },
      ]);
      expect(job).toMatchObject({ state: 'SUCCEEDED', progress: { done: 3, failed: 1, total: 4 } });
      const [byUpload, byUrl, byBase64, missing] = job.items.nodes;
      expect(byUpload.faceRecords[0].person.id).toBe(known);
      expect(byUrl.faceRecords[0].person.externalId).toBe('ext-2');
      expect(byBase64.faceRecords[0].person.displayName).toBe('New');
      expect(missing).toMatchObject({ state: 'FAILED', error: { code: 'URL_REFUSED' }, faceRecords: [] });

      const filtered = await tenant.api.call(
        `query ($c: ID!, $j: ID!, $p: ID!) {
          job(id: $j) { items(filter: { state: FAILED }) { nodes { ordinal } } }
          done: jobs(filter: { kind: ENROLLMENT, state: SUCCEEDED }) { nodes { id } }
          waiting: jobs(filter: { state: QUEUED }) { nodes { id } }
          theirs: faces(filter: { collectionId: $c, personId: $p, assigned: true, state: INDEXED }) { nodes { id } }
          nobodys: faces(filter: { collectionId: $c, assigned: false, state: null }) { nodes { id } }
          all: faces(filter: {}) { nodes { id } } }`,
        { c: collectionId, j: job.id, p: known },
      );
      expect(filtered).toMatchObject({
        job: { items: { nodes: [{ ordinal: 3 }] } },
        done: { nodes: [{ id: job.id }] },
        waiting: { nodes: [] },
        theirs: { nodes: [{ id: byUpload.faceRecords[0].id }] },
        nobodys: { nodes: [] },
      });
      expect(filtered.all.nodes).toHaveLength(3);

      const byUrlSearch = await tenant.search([collectionId], { url: `${web.url}/guest.jpg` });
      expect(byUrlSearch.probes[0].matches.map((match: Data) => match.person.displayName).sort()).toEqual([
        'Known by external id',
        'Known by id',
      ]);
    } finally {
      web.server.close();
    }
  });

  test('a group photo gives every face; with a person named, the largest only, and only where that is allowed', async () => {
    const collectionId = await tenant.createCollection();
    const base64 = partyPhoto(3).toString('base64');
    const { faces } = await tenant.detect(partyPhoto(3));
    const everybody = await tenant.enroll(collectionId, [{ image: { base64 } }], { qualityFilter: 'NONE' });
    expect(everybody.items.nodes[0].faceRecords).toHaveLength(faces.length);

    const other = await tenant.createCollection();
    const items = [{ image: { base64 }, person: { create: { displayName: 'The largest' } } }];
    const refused = (await tenant.enroll(other, items, { qualityFilter: 'NONE' })).items.nodes[0];
    expect(refused).toMatchObject({ state: 'FAILED', image: null, error: { code: 'AMBIGUOUS_FACE' } });
    expect(await countsOf(other)).toMatchObject({ faceCount: 0, personCount: 0 });
    const one = await tenant.enroll(other, items, { qualityFilter: 'NONE', onAmbiguous: 'LARGEST' });
    const [item] = one.items.nodes;
    expect(item.faceRecords).toHaveLength(1);
    expect(item.unindexedFaces).toHaveLength(faces.length - 1);
    for (const left of item.unindexedFaces) expect(left.reasons).toContain('EXCEEDS_MAX_FACES');
  });

  test('the same bytes for the same person are the same face, and the item says so', async () => {
    const collectionId = await tenant.createCollection();
    const personId = await tenant.createPerson(collectionId);
    const item = { image: { base64: guest.toString('base64') }, person: { id: personId } };
    const first = await tenant.enroll(collectionId, [item]);
    const second = await tenant.enroll(collectionId, [item]);
    expect(second.items.nodes[0]).toMatchObject({ state: 'SUCCEEDED', duplicate: true });
    expect(second.items.nodes[0].faceRecords[0].id).toBe(first.items.nodes[0].faceRecords[0].id);
    expect(await countsOf(collectionId)).toMatchObject({ faceCount: 1, personCount: 1 });
  });

  test('verify, compare and detect agree on who is who, and store nothing', async () => {
    const collectionId = await tenant.createCollection();
    const { personId, faceId } = await tenant.enrollPerson(collectionId, guest, GUEST);
    const verify = async (image: Buffer): Promise<Data> => {
      const answer = await tenant.api.call(
        `query ($personId: ID!, $image: ImageInput!) {
          verifyPerson(personId: $personId, image: $image) { isMatch similarity threshold face { id } }
        }`,
        { personId, image: { base64: image.toString('base64') } },
      );
      return answer.verifyPerson;
    };
    expect(await verify(await variant(guest, 3))).toMatchObject({ isMatch: true, threshold: 80, face: { id: faceId } });
    expect(await verify(stranger)).toMatchObject({ isMatch: false });

    const { compareFaces } = await tenant.api.call(
      `query ($source: ImageInput!, $target: ImageInput!) {
        compareFaces(source: $source, target: $target) {
          threshold operatingPoints { falseMatchRate similarity distance }
          source { boundingBox { width } } faces { isMatch similarity distance face { boundingBox { left } } }
        }
      }`,
      { source: { base64: guest.toString('base64') }, target: { base64: partyPhoto(3).toString('base64') } },
    );
    const matching = compareFaces.faces.filter((face: Data) => face.isMatch);
    expect(matching).toHaveLength(1);
    expect(compareFaces.faces[0]).toBe(matching[0]);
    expect(compareFaces.faces.length).toBeGreaterThanOrEqual(3);
    expect(compareFaces.operatingPoints.map((point: Data) => point.falseMatchRate)).toEqual([1e-3, 1e-4, 1e-5]);
    expect(await countsOf(collectionId)).toMatchObject({ faceCount: 1, personCount: 1 });
  });

  test('a stored face finds the others of its person, but not itself', async () => {
    const collectionId = await tenant.createCollection();
    const { personId, faceId } = await tenant.enrollPerson(collectionId, guest, GUEST);
    const [second] = (
      await tenant.enroll(collectionId, [
        { image: { base64: (await variant(guest, 2)).toString('base64') }, person: { id: personId } },
      ])
    ).items.nodes;
    const found = await tenant.api.call(
      `query ($ids: [ID!]!, $faceId: ID!) {
        searchFaces(collectionIds: $ids, faceId: $faceId) {
          probes { matches { person { id } face { id } supportingFaces { face { id } } } }
        }
      }`,
      { ids: [collectionId], faceId },
    );
    expect(found.searchFaces.probes).toEqual([
      { matches: [{ person: { id: personId }, face: { id: second.faceRecords[0].id }, supportingFaces: [] }] },
    ]);
  });

  test('several photographs of one person find them together, and a person who is known twice finds themselves', async () => {
    const collectionId = await tenant.createCollection();
    const photo = partyPhoto(3);
    const first = await tenant.enrollPerson(collectionId, guest, GUEST);
    await tenant.enrollPerson(collectionId, stranger, 'Somebody else');
    const photographs = await Promise.all([1, 2].map((n) => variant(guest, n)));
    const images = photographs.map((bytes) => ({ base64: bytes.toString('base64') }));
    const together = (await tenant.api.call(SEARCH, { collectionIds: [collectionId], images })).searchFaces;
    expect(together.probes).toHaveLength(1);
    expect(together.probes[0].matches.map((match: Data) => match.person.id)).toEqual([first.personId]);

    const mixed = [...images, { base64: photo.toString('base64') }];
    const { errors } = await tenant.api.ask(SEARCH, { collectionIds: [collectionId], images: mixed });
    expect(errors![0]!.extensions).toMatchObject({ code: 'AMBIGUOUS_FACE', details: { path: 'images[2]' } });

    const again = await tenant.enrollPerson(collectionId, photographs[0]!, 'The guest once more');
    const twice = await tenant.api.call(SEARCH, { collectionIds: [collectionId], personId: first.personId });
    expect(twice.searchFaces.probes[0].matches.map((match: Data) => match.person.id)).toEqual([again.personId]);
  });

  test('faces are given to persons and taken from them, and searches follow at once', async () => {
    const collectionId = await tenant.createCollection();
    const base64 = guest.toString('base64');
    const job = await tenant.enroll(collectionId, [{ image: { base64 } }]);
    const faceId = job.items.nodes[0].faceRecords[0].id;
    const personId = await tenant.createPerson(collectionId, GUEST);
    const whoIs = async () => (await tenant.search([collectionId], { base64 })).probes[0].matches[0];
    expect((await whoIs()).person).toBeNull();
    await tenant.api.call(
      `mutation ($input: AssignFacesInput!) { assignFaces(input: $input) { faces { person { id } } } }`,
      { input: { personId, faceIds: [faceId] } },
    );
    expect((await whoIs()).person).toMatchObject({ id: personId });
    await tenant.api.call(
      `mutation ($input: UnassignFacesInput!) { unassignFaces(input: $input) { faces { person { id } } } }`,
      { input: { faceIds: [faceId] } },
    );
    expect(await whoIs()).toMatchObject({ person: null, face: { id: faceId } });
  });

  test('what is deleted is invisible at once: faces, persons, collections', async () => {
    const collectionId = await tenant.createCollection();
    const base64 = guest.toString('base64');
    const matchesOf = async () => (await tenant.search([collectionId], { base64 })).probes[0].matches;
    const first = await tenant.enrollPerson(collectionId, guest, 'One');
    const other = await tenant.enrollPerson(collectionId, await variant(guest, 1), 'Other');
    expect(await matchesOf()).toHaveLength(2);

    await tenant.api.call(`mutation ($ids: [ID!]!) { deleteFaces(input: { faceIds: $ids }) { deletedFaceIds } }`, {
      ids: [first.faceId],
    });
    expect((await matchesOf()).map((match: Data) => match.person.id)).toEqual([other.personId]);
    expect(await tenant.api.call(`query ($id: ID!) { face(id: $id) { id } }`, { id: first.faceId })).toEqual({
      face: null,
    });

    const { deletePersons } = await tenant.api.call(
      `mutation ($ids: [ID!]!) { deletePersons(input: { personIds: $ids }) { deletedPersonIds jobId } }`,
      { ids: [other.personId] },
    );
    expect(await matchesOf()).toEqual([]);
    expect(await countsOf(collectionId)).toMatchObject({ faceCount: 0, personCount: 1 });
    expect(await tenant.finishJob(deletePersons.jobId)).toMatchObject({ kind: 'DELETION', state: 'SUCCEEDED' });

    const { deleteCollection } = await tenant.api.call(
      `mutation ($id: ID!) { deleteCollection(input: { id: $id }) { deletedCollectionId jobId } }`,
      { id: collectionId },
    );
    expect(
      await tenant.api.refusal(
        `query ($ids: [ID!]!, $image: ImageInput!) {
      searchFaces(collectionIds: $ids, image: $image) { gallerySize }
    }`,
        { ids: [collectionId], image: { base64 } },
      ),
    ).toMatchObject({ code: 'NOT_FOUND' });
    expect(await tenant.finishJob(deleteCollection.jobId)).toMatchObject({ state: 'SUCCEEDED' });
  });

  test('images and crops are seen at signed addresses, and at no others', async () => {
    const collectionId = await tenant.createCollection();
    const job = await tenant.enroll(collectionId, [{ image: { base64: guest.toString('base64') } }]);
    const [item] = job.items.nodes;
    for (const address of [item.image.url, item.faceRecords[0].cropUrl]) {
      const image = await fetch(address);
      expect(image.status).toBe(200);
      expect(image.headers.get('content-type')).toBe('image/jpeg');
      expect(Buffer.from(await image.arrayBuffer()).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));

      const tampered = new URL(address);
      const signature = tampered.searchParams.get('signature')!;
      tampered.searchParams.set('signature', (signature[0] === 'A' ? 'B' : 'A') + signature.slice(1));
      expect((await fetch(tampered)).status).toBe(403);
      const longer = new URL(address);
      longer.searchParams.set('expires', String(Number(longer.searchParams.get('expires')) + 1));
      expect((await fetch(longer)).status).toBe(403);
      const unsigned = new URL(address);
      unsigned.search = '';
      expect((await fetch(unsigned)).status).toBe(403);
    }
    await tenant.api.call(`mutation ($ids: [ID!]!) { deleteFaces(input: { faceIds: $ids }) { deletedFaceIds } }`, {
      ids: [item.faceRecords[0].id],
    });
    expect((await fetch(item.faceRecords[0].cropUrl)).status).toBe(404);
  });

  test('lists are paged without gap or repeat, and count what they hold', async () => {
    const collectionId = await tenant.createCollection();
    const portraits = await Promise.all([1, 2, 3, 4, 5].map((step) => variant(guest, step)));
    const uploads = await tenant.uploadAll(portraits);
    await tenant.enroll(
      collectionId,
      uploads.map((uploadId, index) => ({
        image: { uploadId },
        person: { create: { displayName: `Person ${index}`, externalId: `p-${index}` } },
      })),
    );
    const LISTS = {
      persons: 'persons(collectionId: $collectionId',
      faces: 'faces(filter: { collectionId: $collectionId }',
    };
    const walk = async (field: keyof typeof LISTS): Promise<string[]> => {
      const ids: string[] = [];
      for (let after: string | null = null; ;) {
        const answer: Data = await tenant.api.call(
          `query ($collectionId: ID!, $after: String) {
            page: ${LISTS[field]}, first: 2, after: $after) {
              nodes { id } pageInfo { hasNextPage endCursor }
            }
          }`,
          { collectionId, after },
        );
        ids.push(...answer.page.nodes.map((node: Data) => node.id));
        if (!answer.page.pageInfo.hasNextPage) return ids;
        after = answer.page.pageInfo.endCursor;
      }
    };
    for (const field of ['persons', 'faces'] as const) {
      const ids = await walk(field);
      expect(ids).toHaveLength(5);
      expect(new Set(ids).size).toBe(5);
      expect([...ids].sort()).toEqual(ids);
    }
    expect(await countsOf(collectionId)).toEqual({ faceCount: 5, personCount: 5 });
    const { viewer } = await tenant.api.call(`{ viewer { usage { collections persons faces } tenant { id } } }`);
    expect(viewer).toEqual({ usage: { collections: 1, persons: 5, faces: 5 }, tenant: { id: tenant.id } });
  });

  test('what was enrolled is found after a restart', async () => {
    const collectionId = await tenant.createCollection();
    const { personId } = await tenant.enrollPerson(collectionId, guest, GUEST);
    await platform.restart();
    const found = await tenant.at(platform.url).search([collectionId], { base64: guest.toString('base64') });
    expect(found.probes[0].matches[0]).toMatchObject({ person: { id: personId } });
  });

  test('nothing that was logged shows a key, a name or the signature of an address', () => {
    const log = platform.log.join('\n');
    expect(log).not.toContain(tenant.api.key!);
    expect(log).not.toContain(GUEST);
    expect(log).not.toMatch(/signature=/);
  });

  const withData = findTestData('two presidents in one photo');
  testWhere(withData !== undefined)('two known people are told apart in one photo', async () => {
    const collectionId = await tenant.createCollection();
    const photo = (name: string): Buffer => withData!.photo(name);
    const obama = await tenant.enrollPerson(collectionId, photo('celebrities/barack_obama/obama.jpg'), 'Obama');
    const biden = await tenant.enrollPerson(collectionId, photo('celebrities/joe_biden/biden.jpg'), 'Biden');
    const uploadId = await tenant.upload(photo('groups/obama_and_biden.jpg'));
    const { probes } = await tenant.search([collectionId], { uploadId });
    const people = leftToRight(probes).map((probe) => probe.matches.map((match: Data) => match.person.id));
    expect(people.flat().sort()).toEqual([obama.personId, biden.personId].sort());
  });

  async function countsOf(collectionId: string): Promise<Data> {
    const answer = await tenant.api.call(`query ($id: ID!) { collection(id: $id) { faceCount personCount } }`, {
      id: collectionId,
    });
    return answer.collection;
  }
});
