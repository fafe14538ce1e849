import { getNamedType, isObjectType } from 'graphql';
import { randomUUID } from 'node:crypto';
import 'reflect-metadata';
import { ACCESS_EXTENSION } from '../../src/graphql/access';
import { buildApiSchema } from '../../src/http/schema';
import { verifyAudit, type ExportedEntry } from '../../src/domain/audit-verify';
import { createTenant, type TestTenant } from '../factories/tenant';
import { ApiClient, type Data } from '../fixtures/client';
import { cutOut, partyPhoto, type Box } from '../fixtures/photos';
import { TestPlatform, testPack } from '../fixtures/platform';
import { reembed } from '../fixtures/reembedding';

const LOG = `query ($filter: AuditEntryFilterInput, $after: String) {
  auditLog(filter: $filter, first: 1000, after: $after) {
    nodes { seq id by apiKeyId actor address requestId operation collectionIds subjectIds subjectCount probes results
      startedAt at details commitment chain salt content }
    pageInfo { hasNextPage endCursor }
  }
}`;
const schema = buildApiSchema();

let platform: TestPlatform;
let tenant: TestTenant;
let portrait: Buffer;
let collectionId: string;
beforeAll(async () => {
  platform = await TestPlatform.start({ env: { LIKENESS_PACKS: `${testPack()},${OTHER_PACK}` } });
  tenant = await createTenant(platform.operator);
  collectionId = await tenant.createCollection();
  const photo = partyPhoto(1);
  const { faces } = await tenant.detect(photo);
  portrait = await cutOut(photo, faces[0].boundingBox as Box);
});
afterAll(() => platform?.stop());

/** Rows of an operation, once the newest has its number. */
async function rowsOf(of: TestTenant, operations: string[], atLeast = 1): Promise<Data[]> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const { auditLog } = await of.api.call(LOG, { filter: { operations } });
    if (auditLog.nodes.length >= atLeast || Date.now() > deadline) return auditLog.nodes;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The rows that lie there, with a number or without. */
async function storedRows(tenantId: string, operation: string): Promise<Data[]> {
  const rows = await platform.database.system.auditEntry.findMany({ where: { tenantId } });
  return rows.map(({ content }) => JSON.parse(content!) as Data).filter((row) => row['operation'] === operation);
}

/** A mutation with what it needs before, on a tenant of its own. */
type Plan = (of: TestTenant) => Promise<Data>;

const enrolled = async (of: TestTenant) => {
  const collection = await of.createCollection();
  return { collection, ...(await of.enrollPerson(collection, portrait, 'Somebody')) };
};
const SEARCHED = `query ($c: ID!, $i: ImageInput!) { searchFaces(collectionIds: [$c], image: $i) { searchId } }`;
const searchedFor = async (of: TestTenant, c: string): Promise<string> =>
  (await of.api.call(SEARCHED, { c, i: { base64: portrait.toString('base64') } })).searchFaces.searchId as string;
const published = async (of: TestTenant): Promise<string> => {
  const input = { collectionId: await of.createCollection(), name: 'Known people' };
  const made = await of.api.call(
    'mutation ($input: PublishGalleryInput!) { publishGallery(input: $input) { gallery { id } } }',
    { input },
  );
  return made.publishGallery.gallery.id as string;
};
const twoPersons = async (of: TestTenant) => {
  const collection = await of.createCollection();
  return { intoId: await of.createPerson(collection), others: [await of.createPerson(collection)] };
};
const key = async (of: TestTenant): Promise<string> =>
  (
    await of.api.call('mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } } }', {
      input: { name: 'k', scopes: ['READ'] },
    })
  ).createApiKey.apiKey.id as string;

const OTHER_PACK = 'bundled-fast';
/** A collection that has moved to another pack. */
const moved = async (of: TestTenant): Promise<string> => {
  const id = await of.createCollection();
  await reembed(of, id, { modelPack: OTHER_PACK });
  return id;
};

/** The input of every mutation of the schema, such that it does something. */
const PLANS: Readonly<Record<string, Plan>> = {
  createTenant: async () => ({ name: 'made' }),
  updateTenant: async ({ id }) => ({ id, weight: 2 }),
  suspendTenant: async ({ id }) => ({ id }),
  createApiKey: async () => ({ name: 'k', scopes: ['READ'] }),
  rotateApiKey: async (of) => ({ id: await key(of) }),
  revokeApiKey: async (of) => ({ id: await key(of) }),
  createCollection: async () => ({ name: randomUUID() }),
  updateCollection: async (of) => ({ id: await of.createCollection(), description: 'other' }),
  deleteCollection: async (of) => ({ id: await of.createCollection() }),
  reembedCollection: async (of) => ({ id: await of.createCollection(), modelPack: OTHER_PACK }),
  rollBackReembedding: async (of) => ({ id: await moved(of) }),
  finishReembedding: async (of) => ({ id: await moved(of) }),
  createPerson: async (of) => ({ collectionId: await of.createCollection(), displayName: 'Somebody' }),
  updatePerson: async (of) => ({ id: await of.createPerson(await of.createCollection()), displayName: 'Other' }),
  deletePersons: async (of) => ({ personIds: [await of.createPerson(await of.createCollection())] }),
  assignFaces: async (of) => {
    const { collection, faceId } = await enrolled(of);
    return { faceIds: [faceId], personId: await of.createPerson(collection) };
  },
  unassignFaces: async (of) => ({ faceIds: [(await enrolled(of)).faceId] }),
  deleteFaces: async (of) => ({ faceIds: [(await enrolled(of)).faceId] }),
  hideFaces: async (of) => ({ faceIds: [(await enrolled(of)).faceId], as: 'STRANGER' }),
  addFace: async (of) => {
    // Of an image with three faces one is deleted, and so missed.
    const sent = { image: { base64: partyPhoto(1).toString('base64') } };
    const { image, faceRecords } = (await of.enroll(await of.createCollection(), [sent])).items.nodes[0];
    const [{ id, boundingBox }] = faceRecords;
    await of.api.call('mutation ($input: DeleteFacesInput!) { deleteFaces(input: $input) { deletedFaceIds } }', {
      input: { faceIds: [id] },
    });
    return { imageId: image.id, boundingBox };
  },
  mergePersons: async (of) => {
    const { intoId, others } = await twoPersons(of);
    return { intoId, personIds: others };
  },
  nameFaces: async (of) => ({
    faceIds: [(await enrolled(of)).faceId],
    person: { create: { displayName: 'Other' } },
  }),
  rejectMatch: async (of) => {
    const { faceId, personId } = await enrolled(of);
    return { faceIds: [faceId], personId };
  },
  rejectMerge: async (of) => {
    const { intoId, others } = await twoPersons(of);
    return { personId: intoId, otherId: others[0] };
  },
  splitPerson: async (of) => {
    const { faceId, personId } = await enrolled(of);
    return { id: personId, faceIds: [faceId], into: { create: { displayName: 'Other' } } };
  },
  undo: async (of) => {
    const { faceId } = await enrolled(of);
    const { hideFaces } = await of.api.call(
      'mutation ($input: HideFacesInput!) { hideFaces(input: $input) { operationIds } }',
      { input: { faceIds: [faceId], as: 'STRANGER' } },
    );
    return { operationId: hideFaces.operationIds[0] };
  },
  confirmMatch: async (of) => {
    const { collection, personId } = await enrolled(of);
    return { searchId: await searchedFor(of, collection), personId };
  },
  createUploads: async () => ({ files: [{ bytes: 10, mime: 'image/jpeg' }] }),
  enrollFaces: async (of) => ({
    collectionId: await of.createCollection(),
    items: [{ image: { base64: portrait.toString('base64') } }],
  }),
  publishGallery: async (of) => ({ collectionId: await of.createCollection(), name: 'Known people' }),
  updateGallery: async (of) => ({ id: await published(of), similarityFloor: 99 }),
  unpublishGallery: async (of) => ({ id: await published(of) }),
  grantGallery: async (of) => ({ id: await published(of), granteeTenantId: tenant.id }),
  endGalleryGrant: async (of) => {
    const input = { id: await published(of), granteeTenantId: tenant.id };
    const { grantGallery } = await of.api.call(
      'mutation ($input: GrantGalleryInput!) { grantGallery(input: $input) { grant { id } } }',
      { input },
    );
    return { id: grantGallery.grant.id };
  },
  cancelJob: async (of) => ({ id: (await enrolled(of)).jobId }),
  retryJob: async (of) => ({ id: (await enrolled(of)).jobId }),
};
/** A deleted tenant's rows go with it: `test/integration/audit` looks at that one. */
const mutations = Object.values(schema.getMutationType()!.getFields()).filter(({ name }) => name !== 'deleteTenant');

/** `{ field }` of a payload without READ's fields in it: the shallowest that there is. */
function selectionOf(name: string): string {
  const payload = getNamedType(schema.getMutationType()!.getFields()[name]!.type);
  if (!isObjectType(payload)) throw new Error(`${name} answers with no object`);
  const [field] = Object.values(payload.getFields());
  return isObjectType(getNamedType(field!.type)) ? `${field!.name} { __typename }` : field!.name;
}

describe('every mutation', () => {
  it('has a plan here', () => {
    expect(Object.keys(PLANS).sort()).toEqual(mutations.map(({ name }) => name).sort());
  });

  it.each(mutations.map(({ name, extensions }) => ({ name, access: extensions[ACCESS_EXTENSION] as string[] })))(
    '$name leaves a row that says who, what and from where',
    async ({ name, access }) => {
      const of = await createTenant(platform.operator);
      const input = await PLANS[name]!(of);
      const byOperator = access.includes('OPERATOR') && !access.includes('ADMIN');
      const caller = byOperator ? platform.operator : of.api;
      const answer = await caller.ask(
        `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${name === 'createTenant' ? 'tenant { id }' : selectionOf(name)} } }`,
        { input },
      );
      const refused = answer.errors?.[0]?.extensions.code;
      // A job that has succeeded is neither cancelled nor retried; cancelling says so by its state.
      expect([undefined, ...(name === 'retryJob' ? ['CONFLICT'] : [])]).toContain(refused);
      if (refused) return;
      const owner = name === 'createTenant' ? (answer.data!.createTenant.tenant.id as string) : of.id;
      const [row] = await storedRows(owner, name);
      expect(row).toMatchObject({
        tenantId: owner,
        operation: name,
        by: byOperator ? 'OPERATOR' : 'KEY',
        apiKeyId: byOperator ? null : expect.stringMatching(/^[0-9a-f-]{36}$/),
        address: '127.0.0.1',
        requestId: expect.any(String),
      });
    },
  );
});

const PAYLOADS: Readonly<Record<string, { query: string; collections: boolean }>> = {
  searchFaces: {
    query: 'query ($c: ID!, $i: ImageInput!) { searchFaces(collectionIds: [$c], image: $i) { gallerySize } }',
    collections: true,
  },
  verifyPerson: {
    query: 'query ($p: ID!, $i: ImageInput!) { verifyPerson(personId: $p, image: $i) { isMatch } }',
    collections: true,
  },
  compareFaces: {
    query: 'query ($i: ImageInput!) { compareFaces(source: $i, target: $i) { threshold } }',
    collections: false,
  },
};

describe('every search', () => {
  let personId: string;
  beforeAll(async () => ({ personId } = await tenant.enrollPerson(collectionId, portrait, 'Ada Lovelace')));

  it('of the schema is looked at here', () => {
    const searches = Object.values(schema.getQueryType()!.getFields())
      .filter(({ extensions }) => (extensions[ACCESS_EXTENSION] as string[]).includes('SEARCH'))
      .map(({ name }) => name);
    // Finding faces and classifying images tell of nobody who they are, nor does a list of galleries; `galleries.test.ts` looks at searches in these.
    const others = ['classifyImage', 'detectFaces', 'grantedGalleries', 'recognizeCelebrities'];
    expect(searches.filter((name) => !others.includes(name)).sort()).toEqual(Object.keys(PAYLOADS).sort());
  });

  it.each(Object.entries(PAYLOADS))('%s leaves a row with the probe’s digest and no name', async (name, payload) => {
    const i = { base64: portrait.toString('base64') };
    const variables: Data = { c: collectionId, p: personId, i };
    const used = Object.fromEntries(Object.entries(variables).filter(([one]) => payload.query.includes(`$${one}:`)));
    const ask = () =>
      fetch(`${platform.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${tenant.api.key}`,
          'x-actor': 'clerk 7\u00e9<script>',
          'x-forwarded-for': '203.0.113.9',
        },
        body: JSON.stringify({ query: payload.query, variables: used }),
      });
    const before = await storedRows(tenant.id, name);
    expect((await ask()).status).toBe(200);
    const rows = (await storedRows(tenant.id, name)).slice(before.length);
    expect(rows).toEqual([
      expect.objectContaining({
        by: 'KEY',
        actor: 'clerk_7__script_',
        // Nobody has said that the proxy may name clients.
        address: '127.0.0.1',
        collectionIds: payload.collections ? [collectionId] : [],
        results: 1,
        startedAt: expect.any(String),
      }),
    ]);
    const [row] = rows;
    expect(row!.subjectIds).toEqual(payload.collections ? [personId] : []);
    expect(row!.probes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(row)).not.toContain('Lovelace');
    // The same image again has the same digest; with another tenant it has another.
    await ask();
    const again = (await storedRows(tenant.id, name)).at(-1)!;
    expect(again.probes).toEqual(row!.probes);
  });

  it('has another digest with another tenant', async () => {
    const other = await createTenant(platform.operator);
    const c = await other.createCollection();
    await other.api.call(PAYLOADS['searchFaces']!.query, { c, i: { base64: portrait.toString('base64') } });
    const [theirs] = await storedRows(other.id, 'searchFaces');
    const [ours] = await storedRows(tenant.id, 'searchFaces');
    expect(theirs!.probes[0]).not.toBe(ours!.probes[0]);
  });

  it('and every image that is shown leaves a row that names the key that the address was given to', async () => {
    const { person } = await tenant.api.call(
      'query ($id: ID!) { person(id: $id) { faces { nodes { id cropUrl } } } }',
      {
        id: personId,
      },
    );
    const [face] = person.faces.nodes;
    expect((await fetch(face.cropUrl)).status).toBe(200);
    expect((await fetch(face.cropUrl.replace(/holder=[^&]*&/, ''))).status).toBe(403);
    const rows = await storedRows(tenant.id, 'readFaceCrops');
    expect(rows).toEqual([expect.objectContaining({ by: 'ADDRESS', subjectIds: [face.id], address: '127.0.0.1' })]);
    expect(rows[0]!.apiKeyId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a match', () => {
  const CONFIRM =
    'mutation ($searchId: ID!, $personId: ID!) { confirmMatch(input: { searchId: $searchId, personId: $personId }) { confirmationId } }';
  const keyOf = async (of: TestTenant, input: Data): Promise<{ id: string; api: ApiClient }> => {
    const { createApiKey } = await of.api.call(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } secret } }',
      { input: { name: 'clerk', scopes: ['SEARCH'], ...input } },
    );
    return { id: createApiKey.apiKey.id, api: new ApiClient(platform.url, createApiKey.secret) };
  };
  let mine: TestTenant;
  let found: { searchId: string; personId: string };
  let made: string;
  beforeAll(async () => {
    mine = await createTenant(platform.operator);
    const { collection, personId } = await enrolled(mine);
    made = collection;
    found = { searchId: await searchedFor(mine, collection), personId };
  });

  it('that is confirmed leaves a row with who searched and who confirmed', async () => {
    const clerk = await keyOf(mine, {});
    const { confirmMatch } = await clerk.api.call(CONFIRM, found);
    const [row, ...others] = await storedRows(mine.id, 'confirmMatch');
    const [search] = await storedRows(mine.id, 'searchFaces');
    expect(others).toEqual([]);
    expect(row).toMatchObject({ id: confirmMatch.confirmationId, apiKeyId: clerk.id, subjectIds: [found.personId] });
    expect(row).toMatchObject({
      collectionIds: [made],
      details: { searchId: search!.id, searchedBy: search!.apiKeyId },
    });
  });

  it('that was none is NOT_FOUND: of nobody, of who was only searched by, of another tenant, beyond a key’s collections', async () => {
    const stranger = await mine.createPerson(made);
    const { searchFaces } = await mine.api.call(
      'query ($c: ID!, $p: ID!) { searchFaces(collectionIds: [$c], personId: $p) { searchId } }',
      { c: made, p: found.personId },
    );
    const other = await createTenant(platform.operator);
    const bound = await keyOf(mine, { collectionIds: [await mine.createCollection()] });
    const tries: readonly [ApiClient, Data][] = [
      [mine.api, { ...found, personId: stranger }],
      [mine.api, { ...found, searchId: randomUUID() }],
      [mine.api, { ...found, searchId: 'none' }],
      [mine.api, { searchId: searchFaces.searchId, personId: found.personId }],
      [other.api, found],
      [bound.api, found],
    ];
    for (const [api, match] of tries) expect(await api.refusal(CONFIRM, match)).toMatchObject({ code: 'NOT_FOUND' });
    const reader = await keyOf(mine, { scopes: ['READ'] });
    expect(await reader.api.refusal(CONFIRM, found)).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('is confirmed by a key that is bound to the collections of the search', async () => {
    const bound = await keyOf(mine, { collectionIds: [made] });
    const { confirmMatch } = await bound.api.call(CONFIRM, found);
    const rows = await storedRows(mine.id, 'confirmMatch');
    expect(rows).toContainEqual(expect.objectContaining({ id: confirmMatch.confirmationId, apiKeyId: bound.id }));
  });

  it('is confirmed by a second key where the tenant wants two; the successor of the first is none', async () => {
    await platform.operator.call(
      'mutation ($id: ID!) { updateTenant(input: { id: $id, secondKeyConfirms: true }) { tenant { secondKeyConfirms } } }',
      { id: mine.id },
    );
    const first = await keyOf(mine, {});
    const i = { base64: portrait.toString('base64') };
    const { searchId } = (await first.api.call(SEARCHED, { c: made, i })).searchFaces;
    const rotated = async (): Promise<{ id: string; api: ApiClient }> => {
      const { rotateApiKey } = await mine.api.call(
        'mutation ($id: ID!) { rotateApiKey(input: { id: $id }) { secret apiKey { id } } }',
        { id: first.id },
      );
      return { id: rotateApiKey.apiKey.id, api: new ApiClient(platform.url, rotateApiKey.secret) };
    };
    const next = await rotated();
    const match = { searchId, personId: found.personId };
    for (const api of [first.api, next.api]) {
      expect(await api.refusal(CONFIRM, match)).toMatchObject({
        code: 'FORBIDDEN',
        message: expect.stringContaining('second person'),
      });
    }
    // Nor is one of two successors for the other, where the first of them was revoked.
    const byNext = (await next.api.call(SEARCHED, { c: made, i })).searchFaces.searchId as string;
    await mine.api.call('mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }', { id: next.id });
    const sibling = await rotated();
    expect(await sibling.api.refusal(CONFIRM, { ...match, searchId: byNext })).toMatchObject({ code: 'FORBIDDEN' });
    await (await keyOf(mine, {})).api.call(CONFIRM, match);
  });
});

describe('the log', () => {
  it('is numbered within a second or so, verifies, and fits its checkpoint', async () => {
    // The newest rows get their numbers a moment after they were written.
    for (let numbered = 0; numbered <= 10;) numbered = (await tenant.api.call(LOG, {})).auditLog.nodes.length;
    const { auditCheckpoint } = await tenant.api.call(
      '{ auditCheckpoint { version tenantId seq chain at keyId publicKey signature } }',
    );
    const { auditLog } = await tenant.api.call(LOG, {});
    const entries = auditLog.nodes as ExportedEntry[];
    expect(entries.length).toBeGreaterThan(10);
    expect(verifyAudit(entries, { tenantId: tenant.id, checkpoints: [auditCheckpoint] })).toEqual([]);
    const numbers = entries.map(({ seq }) => Number(seq));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  it('is narrowed by what was done, to whom and when', async () => {
    const mine = await createTenant(platform.operator);
    const made = await mine.createCollection();
    const personId = await mine.createPerson(made);
    await mine.createPerson(made);
    await rowsOf(mine, ['createPerson'], 2);
    const count = async (filter: Data): Promise<number> =>
      (await mine.api.call(LOG, { filter })).auditLog.nodes.length as number;
    expect(await count({ operations: ['createPerson'] })).toBe(2);
    expect(await count({ operations: ['createPerson'], subjectId: personId })).toBe(1);
    expect(await count({ collectionId: made })).toBe(3);
    expect(await count({ by: 'OPERATOR' })).toBe(1);
    expect(await count({ to: new Date(Date.now() - 3_600_000).toISOString() })).toBe(0);
    expect(await count({ from: new Date(Date.now() - 3_600_000).toISOString(), actor: 'nobody' })).toBe(0);
  });

  it('is for keys with the scope AUDIT alone', async () => {
    const { createApiKey } = await tenant.api.call(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
      { input: { name: 'all but one', scopes: ['READ', 'SEARCH', 'ENROLL', 'WRITE', 'ADMIN'] } },
    );
    const other = new ApiClient(platform.url, createApiKey.secret);
    expect((await other.refusal(LOG)).code).toBe('FORBIDDEN');
    expect((await other.refusal('{ auditCheckpoint { seq } }')).code).toBe('FORBIDDEN');
  });
});
