import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createTenant, type TestTenant } from '../factories/tenant';
import type { Answer, Data } from '../fixtures/client';
import { cutOut, partyPhoto, type Box } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';

const RECOGNIZE = `query ($image: ImageInput!, $galleryIds: [ID!]!, $minSimilarity: Int! = 0) {
  recognizeCelebrities(image: $image, galleryIds: $galleryIds, minSimilarity: $minSimilarity) {
    searchId firstFrameOnly
    celebrityFaces { id galleryId name urls knownFor similarity coverUrl boundingBox { left top width height } }
    unrecognizedFaces { reasons boundingBox { left top width height } }
  }
}`;
const URLS = ['https://example.org/ada', 'https://example.com/people/ada'];

let platform: TestPlatform;
let owner: TestTenant;
let searcher: TestTenant;
let faces: Data[];
const photo = partyPhoto(1);

interface Shared {
  readonly collectionId: string;
  readonly personId: string;
  readonly faceId: string;
  readonly galleryId: string;
}

const mutate = async (of: TestTenant, name: string, input: Data, selection: string): Promise<Data> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  return (await of.api.call(`mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`, { input }))[
    name
  ];
};

/** A gallery of one person, whose face is cut out of the party. */
async function publish(place: number, name: string, modelPack: string, more: Data = {}): Promise<Shared> {
  const collectionId = await owner.createCollection({ modelPack });
  const portrait = await cutOut(photo, faces[place]!.boundingBox as Box);
  const { personId, faceId } = await owner.enrollPerson(collectionId, portrait, name);
  const metadata = { urls: URLS, knownFor: 'The analytical engine', agent: 'of nobody’s business' };
  await mutate(owner, 'updatePerson', { id: personId, metadata }, 'person { id }');
  // Nobody's: it is in the collection, and not in the gallery.
  const stray = await cutOut(photo, faces[2]!.boundingBox as Box);
  await owner.enroll(collectionId, [{ image: { base64: stray.toString('base64') } }]);
  const input = { collectionId, name: `Gallery of ${name}`, ...more };
  const { gallery } = await mutate(owner, 'publishGallery', input, 'gallery { id similarityFloor showsCovers }');
  return { collectionId, personId, faceId, galleryId: gallery.id };
}

const grant = async ({ galleryId }: Shared, to = searcher, label = 'a customer'): Promise<string> =>
  (await mutate(owner, 'grantGallery', { id: galleryId, granteeTenantId: to.id, label }, 'grant { id }')).grant.id;
const end = (by: TestTenant, id: string): Promise<Data> => mutate(by, 'endGalleryGrant', { id }, 'endedGrantId');
const recognize = (galleryIds: string[], of = searcher, more: Data = {}): Promise<Answer> =>
  of.api.ask(RECOGNIZE, { image: { base64: photo.toString('base64') }, galleryIds, ...more });
const granted = async (of = searcher): Promise<Data[]> =>
  (await of.api.call('{ grantedGalleries { nodes { id name similarityFloor showsCovers } } }')).grantedGalleries.nodes;
const grantsOf = async ({ galleryId }: Shared): Promise<Data[]> =>
  (
    await owner.api.call('query ($id: ID!) { galleryGrants(galleryId: $id) { nodes { id label endedAt endedBy } } }', {
      id: galleryId,
    })
  ).galleryGrants.nodes;
const codeOf = ({ errors }: Answer): unknown => errors?.[0]?.extensions.code;
const rowsOf = async ({ id }: TestTenant): Promise<Data[]> =>
  (await platform.database.system.auditEntry.findMany({ where: { tenantId: id } })).map(
    ({ content }) => JSON.parse(content!) as Data,
  );

let ada: Shared;
let grace: Shared;
beforeAll(async () => {
  platform = await TestPlatform.start({ env: { LIKENESS_PACKS: 'bundled-fast,bundled' } });
  owner = await createTenant(platform.operator, 'Publisher');
  searcher = await createTenant(platform.operator, 'Searcher');
  ({ faces } = await owner.detect(photo));
  const { modelPacks } = await owner.api.call('{ modelPacks { id } }');
  ada = await publish(0, 'Ada', modelPacks[0].id, { showsCovers: true });
  grace = await publish(1, 'Grace', modelPacks[1].id);
});
afterAll(() => platform?.stop());

test('every face of an image is looked up in galleries of two packs at once, and each is answered once', async () => {
  const [first, second] = [await grant(ada), await grant(grace)];
  expect((await granted()).map(({ id, name }) => ({ id, name }))).toEqual([
    { id: first, name: 'Gallery of Ada' },
    { id: second, name: 'Gallery of Grace' },
  ]);
  const before = (await rowsOf(owner)).length;
  const { data, errors, text } = await recognize([first, second]);
  expect(errors).toBeUndefined();
  const { celebrityFaces, unrecognizedFaces, searchId } = data!.recognizeCelebrities;
  expect(celebrityFaces.map(({ name, galleryId }: Data) => ({ name, galleryId }))).toEqual([
    { name: 'Ada', galleryId: first },
    { name: 'Grace', galleryId: second },
  ]);
  expect(celebrityFaces).toHaveLength(2);
  expect(celebrityFaces.length + unrecognizedFaces.length).toBeGreaterThanOrEqual(faces.length);
  for (const face of celebrityFaces) {
    expect(face).toMatchObject({ urls: URLS, knownFor: 'The analytical engine' });
    expect(Number.isInteger(face.similarity)).toBe(true);
    expect(face.similarity).toBeGreaterThanOrEqual(95);
  }
  expect(celebrityFaces[1].coverUrl).toBeNull();

  // Nothing of the owner's is in the answer, nor in the searcher's audit; nothing of the search is in the owner's.
  const theirs = [owner.id, ...[ada, grace].flatMap((one) => Object.values(one) as string[]), 'business'];
  const [row] = (await rowsOf(searcher)).filter(({ operation }) => operation === 'recognizeCelebrities');
  expect(row).toMatchObject({ id: searchId, results: 2, collectionIds: [] });
  expect(row!.subjectIds).toEqual([first, second, ...celebrityFaces.map(({ id }: Data) => id)]);
  for (const id of theirs) expect(text + JSON.stringify(row)).not.toContain(id);
  expect(await rowsOf(owner)).toHaveLength(before);
  await end(owner, first);
  await end(owner, second);
});

test('the examples of docs/galleries.md work as they stand', async () => {
  const text = readFileSync(path.join(__dirname, '..', '..', 'docs', 'galleries.md'), 'utf8');
  const [publishing, granting, asking, ...others] = [...text.matchAll(/^```graphql\n([\s\S]*?)^```/gm)].map(
    ([, one]) => one!,
  );
  expect(others).toEqual([]);
  const collectionId = await owner.createCollection();
  await owner.enrollPerson(collectionId, await cutOut(photo, faces[0]!.boundingBox as Box), 'Ada');
  const { publishGallery } = await owner.api.call(publishing!, { collection: collectionId });
  const { grantGallery } = await owner.api.call(granting!, { gallery: publishGallery.gallery.id, tenant: searcher.id });
  const galleries = [grantGallery.grant.id];
  const answer = await searcher.api.call(asking!, { image: { base64: photo.toString('base64') }, galleries });
  const [face] = answer.recognizeCelebrities.celebrityFaces;
  expect(face).toMatchObject({ name: 'Ada', coverUrl: expect.stringContaining('/covers/') });
  expect(answer.recognizeCelebrities.unrecognizedFaces.length).toBeGreaterThan(0);
  await mutate(owner, 'unpublishGallery', { id: publishGallery.gallery.id }, 'unpublishedGalleryId');
});

test('ids of persons are one grant’s own, and the same in each of its answers', async () => {
  const other = await createTenant(platform.operator);
  const [mine, others] = [await grant(ada), await grant(ada, other)];
  const idOf = async (galleryId: string, of: TestTenant): Promise<string> =>
    (await recognize([galleryId], of)).data!.recognizeCelebrities.celebrityFaces[0].id;
  expect(await idOf(mine, searcher)).toBe(await idOf(mine, searcher));
  expect(await idOf(mine, searcher)).not.toBe(await idOf(others, other));
  // A grant is no use to anybody else.
  expect(codeOf(await recognize([mine], other))).toBe('NOT_FOUND');
  expect(codeOf(await recognize([mine], owner))).toBe('NOT_FOUND');
  await end(owner, others);
  await end(searcher, mine);
});

test.each([
  ['OWNER', () => owner],
  ['GRANTEE', () => searcher],
] as const)('a grant that the %s ends is over at once, for searches and covers', async (endedBy, by) => {
  const id = await grant(ada);
  const { coverUrl } = (await recognize([id])).data!.recognizeCelebrities.celebrityFaces[0];
  const shown = await fetch(coverUrl);
  expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  expect(shown.headers.get('cache-control')).toBe('private, no-store');
  expect(coverUrl).not.toContain(ada.personId);
  expect((await rowsOf(searcher)).filter(({ operation }) => operation === 'readCovers').length).toBeGreaterThan(0);
  await end(by(), id);
  expect((await fetch(coverUrl)).status).toBe(403);
  expect(codeOf(await recognize([id]))).toBe('NOT_FOUND');
  expect(await granted()).toEqual([]);
  expect((await grantsOf(ada)).find((one) => one.id === id)).toMatchObject({ endedBy, label: 'a customer' });
});

test('covers that the owner takes back are gone, while the search goes on', async () => {
  const id = await grant(ada);
  const { coverUrl } = (await recognize([id])).data!.recognizeCelebrities.celebrityFaces[0];
  await mutate(owner, 'updateGallery', { id: ada.galleryId, showsCovers: false }, 'gallery { id }');
  expect((await fetch(coverUrl)).status).toBe(403);
  const [again] = (await recognize([id])).data!.recognizeCelebrities.celebrityFaces;
  expect(again).toMatchObject({ name: 'Ada', coverUrl: null });
  await mutate(owner, 'updateGallery', { id: ada.galleryId, showsCovers: true }, 'gallery { id }');
  await end(searcher, id);
});

test('a person who was deleted, or whose face was taken away, is known no longer', async () => {
  const gone = await publish(1, 'Mary', 'bundled');
  const id = await grant(gone);
  const names = async (): Promise<string[]> =>
    (await recognize([id])).data!.recognizeCelebrities.celebrityFaces.map(({ name }: Data) => name);
  expect(await names()).toEqual(['Mary']);
  const { jobId } = await mutate(owner, 'deletePersons', { personIds: [gone.personId] }, 'jobId');
  expect(await names()).toEqual([]);
  await owner.finishJob(jobId);
  await mutate(owner, 'unpublishGallery', { id: gone.galleryId }, 'unpublishedGalleryId');
  expect(codeOf(await recognize([id]))).toBe('NOT_FOUND');
});

test('suspending either tenant ends its grants, and resuming brings none back', async () => {
  const id = await grant(ada);
  const suspend = `mutation ($id: ID!) { suspendTenant(input: { id: $id }) { tenant { id } } }`;
  const resume = `mutation ($id: ID!) { updateTenant(input: { id: $id, status: ACTIVE }) { tenant { id } } }`;
  await platform.operator.call(suspend, { id: searcher.id });
  await platform.operator.call(resume, { id: searcher.id });
  expect((await grantsOf(ada)).find((one) => one.id === id)).toMatchObject({ endedBy: 'SUSPENSION' });
  const again = await grant(ada);
  await platform.operator.call(suspend, { id: owner.id });
  expect(await granted()).toEqual([]);
  expect(codeOf(await recognize([again]))).toBe('NOT_FOUND');
  await platform.operator.call(resume, { id: owner.id });
  expect(await granted()).toEqual([]);
});

test('bad input is told with a sentence, and nothing is half done', async () => {
  const ask = async (of: TestTenant, name: string, input: Data, selection: string): Promise<unknown> => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
    return codeOf(
      await of.api.ask(`mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`, { input }),
    );
  };
  const to = (granteeTenantId: string): Data => ({ id: ada.galleryId, granteeTenantId });
  expect(await ask(owner, 'grantGallery', to(owner.id), 'grant { id }')).toBe('BAD_USER_INPUT');
  expect(await ask(owner, 'grantGallery', to(ada.personId), 'grant { id }')).toBe('NOT_FOUND');
  const publishAgain = { collectionId: ada.collectionId, name: 'Again' };
  expect(await ask(owner, 'publishGallery', publishAgain, 'gallery { id }')).toBe('CONFLICT');
  const id = await grant(ada);
  expect(await ask(owner, 'grantGallery', to(searcher.id), 'grant { id }')).toBe('CONFLICT');
  await end(searcher, id);
  expect(await ask(searcher, 'endGalleryGrant', { id }, 'endedGrantId')).toBeUndefined();
  expect((await grantsOf(ada)).at(-1)).toMatchObject({ id, endedBy: 'GRANTEE' });
  const operator = { ...publishAgain, collectionId: await owner.createCollection(), tenantId: owner.id };
  const { publishGallery } = await platform.operator.call(
    'mutation ($input: PublishGalleryInput!) { publishGallery(input: $input) { gallery { name } } }',
    { input: operator },
  );
  expect(publishGallery.gallery.name).toBe('Again');
});
