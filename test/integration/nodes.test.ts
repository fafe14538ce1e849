import { newId } from '../../src/domain/ids';
import type { Data } from '../fixtures/client';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, type EnrollmentWorld } from '../fixtures/enrollment-world';
import { startWorldApi, type CallingTenant, type WorldApi } from '../fixtures/world-api';

let db: TestDatabase;
let world: EnrollmentWorld;
let api: WorldApi;
let tenant: CallingTenant;
let collectionId: string;
let jobId: string;
let images: Data[];
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  api = await startWorldApi(world);
});
afterAll(async () => {
  await api?.stop();
  await world?.dispose();
  await db?.stop();
});
beforeEach(async () => {
  tenant = await api.createTenant();
  collectionId = await world.createCollection(tenant.scope);
  const imageOf = (...faces: number[]) => ({
    base64: scriptedImage({ faces, rejected: { 1: 'LOW_SHARPNESS' } }).toString('base64'),
  });
  const items = [
    { image: imageOf(1, 2, 3), externalImageId: 'one' },
    { image: imageOf(4), person: { create: { displayName: 'Ada' } }, externalImageId: 'two' },
    { image: imageOf(5, 6) },
  ];
  jobId = (await world.service.enroll(tenant.scope, { collectionId, items }, 'request')).id;
  await world.settle();
  images = await list();
});

const list = async (args = ''): Promise<Data[]> =>
  (
    await tenant.query(
      `{ images(collectionId: "${collectionId}" ${args}) { nodes { id collectionId sha256 url
         faces { totalCount nodes { id state externalImageId image { id } person { id } } pageInfo { hasNextPage } } } } }`,
    )
  ).images.nodes;
const facesOf = (image: Data): Data[] => image.faces.nodes;
const idsOf = (rows: readonly Data[]): string[] => rows.map(({ id }) => id);
const remove = (faces: readonly Data[]) =>
  tenant.query('mutation ($ids: [ID!]!) { deleteFaces(input: { faceIds: $ids }) { jobId } }', { ids: idsOf(faces) });

describe('images', () => {
  it('are listed with their faces, rejected ones among them, the largest first', async () => {
    expect(images.map((image) => facesOf(image).map((face) => face.state))).toEqual([
      ['INDEXED', 'UNINDEXED', 'INDEXED'],
      ['INDEXED'],
      ['INDEXED', 'UNINDEXED'],
    ]);
    for (const image of images) {
      expect(image.collectionId).toBe(collectionId);
      expect(image.faces.totalCount).toBe(facesOf(image).length);
      expect(facesOf(image).every((face) => face.image.id === image.id)).toBe(true);
      const { faces } = await tenant.query(
        'query ($id: ID!) { faces(filter: { }, first: 50) { nodes { id image { id } } } image(id: $id) { id } }',
        { id: image.id },
      );
      expect(idsOf(facesOf(image))).toEqual(idsOf(faces.nodes.filter((face: Data) => face.image.id === image.id)));
    }
  });

  it('are read with all their faces in two statements of a tenant', async () => {
    const read = jest.spyOn(db.database, 'read');
    await tenant.query(`{ images(collectionId: "${collectionId}") { nodes { faces(first: 2) { nodes { id } } } } }`);
    expect(read).toHaveBeenCalledTimes(2);
    read.mockRestore();
    const pages = await tenant.query(
      `{ images(collectionId: "${collectionId}") { nodes { head: faces(first: 1) { nodes { id } pageInfo { hasNextPage } }
         tail: faces(last: 1) { nodes { id } pageInfo { hasPreviousPage } } } } }`,
    );
    expect(pages.images.nodes).toEqual(
      images.map((image) => ({
        head: { nodes: [{ id: facesOf(image)[0]!.id }], pageInfo: { hasNextPage: facesOf(image).length > 1 } },
        tail: { nodes: [{ id: facesOf(image).at(-1)!.id }], pageInfo: { hasPreviousPage: facesOf(image).length > 1 } },
      })),
    );
  });

  it('are found by their owner’s id and by whose face is in them', async () => {
    expect(idsOf(await list(', filter: { externalImageId: "one" }'))).toEqual([images[0]!.id]);
    const { id: personId } = facesOf(images[1]!)[0]!.person;
    expect(idsOf(await list(`, filter: { personId: "${personId}" }`))).toEqual([images[1]!.id]);
    expect(await list(`, filter: { personId: "${personId}", externalImageId: "one" }`)).toEqual([]);
    expect(await list(', filter: { personId: "nonsense" }')).toEqual([]);
    const find = async (id: string) => (await tenant.query('query ($id: ID!) { image(id: $id) { id } }', { id })).image;
    expect(await find(images[2]!.id)).toEqual({ id: images[2]!.id });
    for (const id of [newId(), 'nonsense', collectionId]) expect(await find(id)).toBeNull();
  });

  it('go with their last face, and stay while one is in use', async () => {
    await remove(facesOf(images[0]!).slice(0, 1));
    expect(idsOf(facesOf((await list())[0]!))).toEqual(idsOf(facesOf(images[0]!).slice(1)));
    await remove(facesOf(images[1]!));
    expect(idsOf(await list())).toEqual([images[0]!.id, images[2]!.id]);
    expect(await tenant.query('query ($id: ID!) { image(id: $id) { id } }', { id: images[1]!.id })).toEqual({
      image: null,
    });
    await world.settleDeletions();
    expect(idsOf(await list())).toEqual([images[0]!.id, images[2]!.id]);
  });

  it('cost what their faces may be: nesting does not go on for ever', async () => {
    const nested = (levels: number): string =>
      levels === 0 ? 'id' : `faces { nodes { image { ${nested(levels - 1)} } } }`;
    const query = `{ images(collectionId: "${collectionId}") { nodes { ${nested(3)} } } }`;
    const { errors } = await api.call(tenant.key, query);
    expect(errors?.[0]?.extensions['code']).toBe('QUERY_TOO_COMPLEX');
  });
});

describe('node', () => {
  const find = async (id: string, key = tenant.key, more = ''): Promise<Data | null> => {
    const answer = await api.call(key, `query ($id: ID!) { node(id: $id) { __typename id ${more} } }`, { id });
    if (answer.errors) throw new Error(JSON.stringify(answer.errors));
    return answer.data!.node;
  };
  const keyOf = async (scopes: string[]): Promise<string> =>
    (
      await api.call(tenant.key, 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }', {
        input: { name: 'k', scopes },
      })
    ).data!.createApiKey.secret;
  const apiKeyId = async (): Promise<string> =>
    (await tenant.query('{ apiKeys(first: 1) { nodes { id } } }')).apiKeys.nodes[0].id;

  it('finds everything that a key may read, by its id', async () => {
    const face = facesOf(images[1]!)[0]!;
    const found = [
      ['Collection', collectionId],
      ['Person', face.person.id],
      ['Face', face.id],
      ['Image', images[1]!.id],
      ['ApiKey', await apiKeyId()],
    ] as const;
    for (const [type, id] of found) expect(await find(id)).toEqual({ __typename: type, id });
    expect(await find(jobId, tenant.key, '... on Job { progress { total } }')).toEqual({
      __typename: 'Job',
      id: jobId,
      progress: { total: 3 },
    });
    for (const id of [newId(), 'nonsense', '', tenant.scope.tenantId]) expect(await find(id)).toBeNull();
  });

  it('shows no key more than its scopes let it read', async () => {
    const [reader, admin, searcher] = [await keyOf(['READ']), await keyOf(['ADMIN']), await keyOf(['SEARCH'])];
    expect(await find(collectionId, reader)).toEqual({ __typename: 'Collection', id: collectionId });
    expect(await find(await apiKeyId(), reader)).toBeNull();
    expect(await find(collectionId, admin)).toBeNull();
    expect(await find(await apiKeyId(), admin)).toMatchObject({ __typename: 'ApiKey' });
    await expect(find(collectionId, searcher)).rejects.toThrow(/FORBIDDEN.*|lacks the scope READ or ADMIN/);
    expect(await find(tenant.scope.tenantId, api.operatorKey)).toEqual({
      __typename: 'Tenant',
      id: tenant.scope.tenantId,
    });
    expect(await find(collectionId, api.operatorKey)).toBeNull();
  });

  it('does not find what is deleted', async () => {
    const face = facesOf(images[1]!)[0]!;
    await remove([face]);
    expect(await find(face.id)).toBeNull();
    expect(await find(images[1]!.id)).toBeNull();
    await tenant.query('mutation ($id: ID!) { deleteCollection(input: { id: $id }) { deletedCollectionId } }', {
      id: collectionId,
    });
    for (const id of [collectionId, face.person.id, images[0]!.id, facesOf(images[0]!)[0]!.id])
      expect(await find(id)).toBeNull();
  });
});
