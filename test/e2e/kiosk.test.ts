import { SearchFacesBriefDocument, VerifyPersonBriefDocument } from '@likeness/client';
import { createTenant, type TestTenant } from '../factories/tenant';
import { ApiClient, type Data } from '../fixtures/client';
import { cutOut, partyPhoto, type Box } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';

describe('keys that do one thing', () => {
  let platform: TestPlatform;
  let tenant: TestTenant;
  let image: { base64: string };
  let collectionId: string;
  let enrolled: { jobId: string; personId: string; faceId: string };

  /** A client with a key of these scopes, as an operator would hand it to a device. */
  const keyFor = async (...scopes: string[]): Promise<ApiClient> => {
    const { createApiKey } = await tenant.api.call(
      `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`,
      { input: { name: scopes.join(), scopes } },
    );
    return new ApiClient(platform.url, createApiKey.secret);
  };
  /** The refusal of an operation that must tell nothing. */
  const refusal = async (api: ApiClient, query: string, variables: Data): Promise<Data> => {
    const { errors, text, data } = await api.ask(query, variables);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
    expect(data ?? null).toBeNull();
    expect(text).not.toContain('Guest');
    expect(text).not.toContain('secret-note');
    return errors![0]!.extensions.details ?? {};
  };
  const search = (fields: string, args = 'image: $image'): string =>
    `query ($collectionIds: [ID!]!${args.includes('$image') ? ', $image: ImageInput' : ''}) {
      searchFaces(collectionIds: $collectionIds, ${args}) { probes { matches { ${fields} } } }
    }`;
  const asked = (): Data => ({ collectionIds: [collectionId], image });

  beforeAll(async () => {
    platform = await TestPlatform.start();
    tenant = await createTenant(platform.operator);
    collectionId = await tenant.createCollection();
    const photo = partyPhoto(1);
    const { faces } = await tenant.detect(photo);
    const guest = await cutOut(photo, faces[0].boundingBox as Box);
    image = { base64: guest.toString('base64') };
    enrolled = await tenant.enrollPerson(collectionId, guest, 'Guest');
    await tenant.api.call(`mutation ($input: UpdatePersonInput!) { updatePerson(input: $input) { person { id } } }`, {
      input: { id: enrolled.personId, externalId: 'guest-1', metadata: { note: 'secret-note' } },
    });
  });
  afterAll(() => platform?.stop());

  test('a kiosk shows a name', async () => {
    const kiosk = await keyFor('SEARCH');
    const { searchFaces } = await kiosk.likeness.request(SearchFacesBriefDocument, {
      collectionIds: [collectionId],
      image,
    });
    expect(searchFaces.probes[0]!.matches).toEqual([
      {
        similarity: expect.any(Number),
        person: { id: enrolled.personId, displayName: 'Guest', externalId: 'guest-1' },
      },
    ]);
    const { verifyPerson } = await kiosk.likeness.request(VerifyPersonBriefDocument, {
      personId: enrolled.personId,
      image,
    });
    expect(verifyPerson).toMatchObject({ isMatch: true });
  });

  test('and nothing else', async () => {
    const kiosk = await keyFor('SEARCH');
    for (const [fields, field] of [
      ['person { metadata }', 'Person.metadata'],
      ['face { cropUrl }', 'PersonMatch.face'],
      ['face { image { url } }', 'PersonMatch.face'],
      ['distance', 'PersonMatch.distance'],
      ['supportingFaces { similarity }', 'PersonMatch.supportingFaces'],
      ['person { ... on Person { faces { nodes { cropUrl } } } }', 'Person.faces'],
    ] as const) {
      expect(await refusal(kiosk, search(fields), asked())).toMatchObject({ field });
    }
    for (const [args, field] of [
      ['image: $image, threshold: 0', 'threshold'],
      ['image: $image, threshold: 99.5', 'threshold'],
      ['image: $image, limit: 11', 'limit'],
      [`faceId: "${enrolled.faceId}"`, 'faceId'],
      [`personId: "${enrolled.personId}"`, 'personId'],
      ['image: $image, filter: { text: "Gu" }', 'filter'],
    ] as const) {
      expect(await refusal(kiosk, search('person { displayName }', args), asked())).toEqual({
        field,
        scopes: ['READ'],
      });
      const reader = await keyFor('SEARCH', 'READ');
      expect((await reader.ask(search('person { displayName }', args), asked())).errors).toBeUndefined();
    }
    expect(
      (await kiosk.ask(search('similarity', 'image: $image, threshold: 99, limit: 10'), asked())).errors,
    ).toBeUndefined();
  });

  test('scores are coarse, but for who may read', async () => {
    const verify = `query ($personId: ID!, $image: ImageInput!) {
      verifyPerson(personId: $personId, image: $image) { isMatch similarity threshold }
    }`;
    const photo = partyPhoto(2);
    const { faces } = await tenant.detect(photo);
    const stranger = (await cutOut(photo, faces[0].boundingBox as Box)).toString('base64');
    const [kiosk, reader] = [await keyFor('SEARCH'), await keyFor('SEARCH', 'READ')];
    const scores = async (base64: string): Promise<Data[]> => {
      const variables = { personId: enrolled.personId, image: { base64 } };
      const answers = await Promise.all([kiosk, reader].map((api) => api.call(verify, variables)));
      return answers.map(({ verifyPerson }) => verifyPerson);
    };
    const [coarse, fine] = await scores(stranger);
    expect([coarse!.isMatch, fine!.isMatch]).toEqual([false, false]);
    expect(coarse!.similarity).toBe(Math.floor(fine!.similarity / 10) * 10);
    const [match, exact] = await scores(image.base64);
    expect([match!.isMatch, exact!.isMatch]).toEqual([true, true]);
    expect(match!.similarity).toBe(Math.floor(exact!.similarity));
  });

  test('with SEARCH_DETAILS it shows metadata and a crop that can be fetched', async () => {
    const kiosk = await keyFor('SEARCH', 'SEARCH_DETAILS');
    const { searchFaces } = await kiosk.call(search('person { metadata } face { cropUrl }'), asked());
    const [match] = searchFaces.probes[0].matches;
    expect(match.person.metadata).toEqual({ note: 'secret-note' });
    expect((await fetch(match.face.cropUrl)).status).toBe(200);
    expect(await refusal(kiosk, search('face { image { url } }'), asked())).toMatchObject({ field: 'Face.image' });
  });

  test('what it uploads to search with is never enrolled', async () => {
    const [kiosk, enroller] = [await keyFor('SEARCH'), await keyFor('ENROLL', 'READ')].map((api) =>
      tenant.at(platform.url, api.key),
    );
    const uploadId = await kiosk!.upload(Buffer.from(image.base64, 'base64'));
    expect(
      (await kiosk!.api.call(search('similarity'), { ...asked(), image: { uploadId } })).searchFaces.probes,
    ).toHaveLength(1);
    const refused = { code: 'FORBIDDEN', message: expect.stringContaining('made to be searched with') };
    const job = await enroller!.enroll(collectionId, [{ image: { uploadId } }]);
    expect(job).toMatchObject({ items: { nodes: [{ error: refused }] } });
    await enroller!.api.call(`mutation ($id: ID!) { retryJob(input: { id: $id }) { job { id } } }`, { id: job.id });
    expect((await enroller!.finishJob(job.id)).items.nodes).toMatchObject([{ error: refused, faceRecords: [] }]);
  });

  test('what uploads are for needs the scope, and is what the key may do where nothing is said', async () => {
    const create = (purpose: string): string =>
      `mutation { createUploads(input: { files: [{ bytes: 10, mime: "image/png" }]${purpose} }) { uploads { id } } }`;
    const kiosk = await keyFor('SEARCH');
    const { errors } = await kiosk.ask(create(', purpose: ENROLL'));
    expect(errors![0]!.extensions).toMatchObject({
      code: 'FORBIDDEN',
      details: { field: 'purpose', scopes: ['ENROLL'] },
    });
    for (const purpose of ['', ', purpose: null', ', purpose: SEARCH']) {
      expect((await kiosk.ask(create(purpose))).errors).toBeUndefined();
    }
    const enroller = await keyFor('ENROLL');
    expect((await enroller.ask(create(', purpose: SEARCH'))).errors![0]!.extensions.code).toBe('FORBIDDEN');
    expect((await enroller.ask(create(''))).errors).toBeUndefined();
  });

  test('a key that writes does not read: an operation that it may not see the answer of changes nothing', async () => {
    const writer = await keyFor('WRITE');
    const update = (fields: string): string =>
      `mutation ($id: ID!, $name: String) { updatePerson(input: { id: $id, displayName: $name }) { person { ${fields} } } }`;
    const input = { id: enrolled.personId, name: 'Renamed' };
    for (const field of ['displayName', 'externalId', 'metadata', 'faces { nodes { id } }']) {
      await refusal(writer, update(field), input);
    }
    const { person } = await tenant.api.call('query ($id: ID!) { person(id: $id) { displayName } }', input);
    expect(person.displayName).toBe('Guest');
    expect((await writer.call(update('id'), { id: enrolled.personId })).updatePerson.person).toEqual({
      id: enrolled.personId,
    });
  });

  test('a key that enrols follows a job without its items', async () => {
    const enroller = await keyFor('ENROLL');
    const cancel = (fields: string): string =>
      `mutation ($id: ID!) { cancelJob(input: { id: $id }) { job { ${fields} } } }`;
    const id = { id: enrolled.jobId };
    expect(
      await refusal(enroller, cancel('items { nodes { faceRecords { person { displayName } } } }'), id),
    ).toMatchObject({
      field: 'Job.items',
    });
    expect((await enroller.call(cancel('state progress { done total }'), id)).cancelJob.job).toEqual({
      state: 'SUCCEEDED',
      progress: { done: 1, total: 1 },
    });
  });

  test('a key that enrols is not told whether a face is somebody’s', async () => {
    const enroller = await keyFor('ENROLL');
    const enroll = 'mutation ($input: EnrollFacesInput!) { enrollFaces(input: $input) { job { id } } }';
    const items = [{ image, person: { create: { displayName: 'Guest' } } }];
    expect(
      await refusal(enroller, enroll, { input: { collectionId, items, onKnownElsewhere: 'REFUSE' } }),
    ).toMatchObject({ field: 'input.onKnownElsewhere', scopes: ['READ', 'SEARCH'] });
  });

  test('over a socket it is the same', async () => {
    const kiosk = await keyFor('SEARCH');
    const { client } = kiosk.socket();
    const results = client.iterate<Data>({ query: search('person { metadata }'), variables: asked() });
    await expect(results.next()).rejects.toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    const allowed = client.iterate<Data>({ query: SearchFacesBriefDocument.toString(), variables: asked() });
    expect((await allowed.next()).value.data.searchFaces.probes[0].matches[0].person.displayName).toBe('Guest');
    await client.dispose();
  });
});
