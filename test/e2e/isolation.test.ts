import fc from 'fast-check';
import { createTenant, type TestTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { cutOut, partyPhoto } from '../fixtures/photos';
import { describeOnEveryEngines, TestPlatform } from '../fixtures/platform';

/**
 * Tenants that enrol the same face do whatever they like, with ids of their own and of each other: no answer may hold an
 * id of another tenant's. LIKENESS_TEST_OPERATIONS and LIKENESS_TEST_TENANTS make it a long run.
 */
const OPERATIONS = Number(process.env['LIKENESS_TEST_OPERATIONS'] ?? 60);
const TENANTS = Number(process.env['LIKENESS_TEST_TENANTS'] ?? 4);
const MINUTES = 60_000;

/** The woman at the left of the third photograph. */
const BOX = { left: 0.309, top: 0.247, width: 0.108, height: 0.155 };
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

type Kind = 'collection' | 'person' | 'face' | 'image' | 'job' | 'upload';
/** Whose ids an operation is given; of each kind one. */
type Pick = (kind: Kind) => string;

/** A query or mutation: its text, and its variables made of ids that were picked. */
type Operation = (
  pick: Pick,
  tenant: TestTenant,
  portrait: Buffer,
) => Promise<readonly [string, Data]> | [string, Data];

const LIST = 'pageInfo { endCursor } totalCount';
const input = (field: string, type: string, selection: string): string =>
  `mutation ($input: ${type}!) { ${field}(input: $input) { ${selection} } }`;
const byId = (field: string, selection: string): string => `query ($id: ID!) { ${field}(id: $id) { ${selection} } }`;
const SEARCH = `query ($ids: [ID!]!, $image: ImageInput, $faceId: ID) {
  searchFaces(collectionIds: $ids, image: $image, faceId: $faceId, threshold: 0, limit: 100) {
    gallerySize probes { matches { person { id displayName metadata } face { id cropUrl image { id url } } supportingFaces { face { id } } } }
  }
}`;
const ENROL = input('enrollFaces', 'EnrollFacesInput', 'job { id }');

const OPERATIONS_BY_NAME: Readonly<Record<string, Operation>> = {
  'search by image': (pick, _tenant, portrait) => [
    SEARCH,
    { ids: [pick('collection')], image: { base64: portrait.toString('base64') } },
  ],
  'search in two': (pick) => [SEARCH, { ids: [pick('collection'), pick('collection')], faceId: pick('face') }],
  'search by face': (pick) => [SEARCH, { ids: [pick('collection')], faceId: pick('face') }],
  verify: (pick, _tenant, portrait) => [
    'query ($id: ID!, $image: ImageInput!) { verifyPerson(personId: $id, image: $image) { similarity } }',
    { id: pick('person'), image: { base64: portrait.toString('base64') } },
  ],
  'enrol somebody new': async (pick, tenant, portrait) => [
    ENROL,
    {
      input: {
        collectionId: pick('collection'),
        items: [
          {
            image: { uploadId: await tenant.upload(portrait) },
            person: { create: { displayName: `of ${tenant.id}` } },
          },
        ],
      },
    },
  ],
  'enrol somebody known': async (pick, tenant, portrait) => [
    ENROL,
    {
      input: {
        collectionId: pick('collection'),
        items: [{ image: { uploadId: await tenant.upload(portrait) }, person: { id: pick('person') } }],
      },
    },
  ],
  'enrol an upload': (pick) => [
    ENROL,
    { input: { collectionId: pick('collection'), items: [{ image: { uploadId: pick('upload') } }] } },
  ],
  upload: (_pick, _tenant, portrait) => [
    input('createUploads', 'CreateUploadsInput', 'uploads { id url }'),
    { input: { files: [{ bytes: portrait.length, mime: 'image/jpeg' }] } },
  ],
  'make a person': (pick, tenant) => [
    input('createPerson', 'CreatePersonInput', 'person { id }'),
    { input: { collectionId: pick('collection'), displayName: `of ${tenant.id}` } },
  ],
  'rename a person': (pick, tenant) => [
    input('updatePerson', 'UpdatePersonInput', 'person { id displayName faces(first: 100) { nodes { id } } }'),
    { input: { id: pick('person'), displayName: `again of ${tenant.id}` } },
  ],
  'assign faces': (pick) => [
    input('assignFaces', 'AssignFacesInput', 'faces { id person { id displayName } }'),
    { input: { personId: pick('person'), faceIds: [pick('face'), pick('face')] } },
  ],
  'delete a face': (pick) => [
    input('deleteFaces', 'DeleteFacesInput', 'deletedFaceIds jobId'),
    { input: { faceIds: [pick('face')] } },
  ],
  'delete persons': (pick) => [
    input('deletePersons', 'DeletePersonsInput', 'deletedPersonIds jobId'),
    { input: { personIds: [pick('person'), pick('person')] } },
  ],
  'cancel a job': (pick) => [input('cancelJob', 'CancelJobInput', 'job { id }'), { input: { id: pick('job') } }],
  collections: () => [`{ collections(first: 1000) { ${LIST} nodes { id name faceCount personCount } } }`, {}],
  persons: (pick) => [
    `query ($id: ID!) { persons(collectionId: $id, first: 100) { ${LIST} nodes { id displayName faces(first: 10) { nodes { id cropUrl } } } } }`,
    { id: pick('collection') },
  ],
  'all faces': () => [`{ faces(first: 1000) { ${LIST} nodes { id cropUrl person { id } image { id url } } } }`, {}],
  'faces of': (pick) => [
    `query ($id: ID!) { faces(filter: { personId: $id }, first: 100) { ${LIST} nodes { id } } }`,
    { id: pick('person') },
  ],
  images: (pick) => [
    `query ($id: ID!) { images(collectionId: $id, first: 1000) { ${LIST} nodes { id url } } }`,
    { id: pick('collection') },
  ],
  jobs: () => [
    `{ jobs(first: 100) { ${LIST} nodes { id items(first: 10) { nodes { id faceRecords { id person { id } } image { id } } } } } }`,
    {},
  ],
  'a person': (pick) => [byId('person', 'id displayName'), { id: pick('person') }],
  'a face': (pick) => [byId('face', 'id cropUrl person { id }'), { id: pick('face') }],
  'an image': (pick) => [byId('image', 'id url'), { id: pick('image') }],
  'a job': (pick) => [byId('job', 'id items(first: 10) { nodes { id } }'), { id: pick('job') }],
  ...Object.fromEntries(
    (['collection', 'person', 'face', 'image', 'job'] as const).map((kind): [string, Operation] => [
      `any node: ${kind}`,
      (pick) => [byId('node', 'id __typename'), { id: pick(kind) }],
    ]),
  ),
};
const NAMES = Object.keys(OPERATIONS_BY_NAME);

/** What is known of ids by the answers in which they first came. */
class Ids {
  readonly ownerOf = new Map<string, string>();
  private readonly pools = new Map<string, string[]>();

  constructor(readonly tenants: readonly TestTenant[]) {
    for (const { id } of tenants) this.ownerOf.set(id, id);
  }

  /** Takes the ids of an answer. @returns those that are another tenant's. */
  learn(tenant: TestTenant, text: string): string[] {
    const foreign = new Set<string>();
    for (const [id] of text.matchAll(UUID)) {
      const owner = this.ownerOf.get(id) ?? tenant.id;
      if (owner !== tenant.id) foreign.add(id);
      this.ownerOf.set(id, owner);
    }
    return [...foreign];
  }

  remember(tenant: TestTenant, kind: Kind, ids: readonly string[]): void {
    const key = `${tenant.id} ${kind}`;
    const known = this.pools.get(key) ?? [];
    this.pools.set(key, [...new Set([...known, ...ids])].slice(-50));
  }

  of(tenant: TestTenant, kind: Kind): readonly string[] {
    return this.pools.get(`${tenant.id} ${kind}`) ?? [];
  }
}

/** Ids by kind wherever an answer has them: what a tenant may name in later operations, and others, too. */
function remember(ids: Ids, tenant: TestTenant, data: Data): void {
  const kinds: Readonly<Record<string, Kind>> = {
    collections: 'collection',
    persons: 'person',
    person: 'person',
    faces: 'face',
    face: 'face',
    faceRecords: 'face',
    images: 'image',
    image: 'image',
    jobs: 'job',
    job: 'job',
    uploads: 'upload',
  };
  const walk = (value: unknown, kind: Kind | undefined): void => {
    if (Array.isArray(value)) for (const each of value) walk(each, kind);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const { id } = value as { id?: unknown };
    if (kind && typeof id === 'string') ids.remember(tenant, kind, [id]);
    for (const [name, each] of Object.entries(value)) walk(each, name === 'nodes' ? kind : kinds[name]);
  };
  walk(data, undefined);
}

interface Step {
  readonly name: string;
  readonly tenant: number;
  /** Which of the ids that are known, one number for each that the operation asks for. */
  readonly choices: readonly number[];
  /** Of each: whether it is another tenant's. */
  readonly foreign: readonly boolean[];
}

const someStep: fc.Arbitrary<Step> = fc.record({
  name: fc.constantFrom(...NAMES),
  tenant: fc.nat(TENANTS - 1),
  choices: fc.array(fc.nat(1_000), { minLength: 4, maxLength: 4 }),
  foreign: fc.array(
    fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    {
      minLength: 4,
      maxLength: 4,
    },
  ),
});

/** Never used: whoever has nothing of a kind asks for it. */
const NOBODYS = '01890000-0000-7000-8000-000000000000';

describeOnEveryEngines('tenants with the same faces', (engines) => {
  let platform: TestPlatform;
  let portrait: Buffer;
  beforeAll(async () => {
    platform = await TestPlatform.start({ engines });
    portrait = await cutOut(partyPhoto(3), BOX);
  }, 5 * MINUTES);
  afterAll(() => platform?.stop(), MINUTES);

  async function begin(): Promise<Ids> {
    const tenants: TestTenant[] = [];
    for (let n = 0; n < TENANTS; n++) tenants.push(await createTenant(platform.operator));
    const ids = new Ids(tenants);
    for (const tenant of tenants) {
      const collectionId = await tenant.createCollection();
      const { personId, faceId, jobId } = await tenant.enrollPerson(collectionId, portrait, `of ${tenant.id}`);
      ids.learn(tenant, [collectionId, personId, faceId, jobId].join());
      ids.remember(tenant, 'collection', [collectionId]);
      ids.remember(tenant, 'person', [personId]);
      ids.remember(tenant, 'face', [faceId]);
      ids.remember(tenant, 'job', [jobId]);
    }
    return ids;
  }

  /** @returns the ids of others in the answer. */
  async function take(ids: Ids, { name, tenant: index, choices, foreign }: Step): Promise<string[]> {
    const tenant = ids.tenants[index]!;
    let asked = 0;
    const sent = new Set<string>();
    const pick: Pick = (kind) => {
      const choice = choices[asked % choices.length]!;
      const isForeign = foreign[asked % foreign.length]!;
      asked += 1;
      const whose = isForeign ? ids.tenants[(index + 1 + (choice % (TENANTS - 1))) % TENANTS]! : tenant;
      const pool = ids.of(whose, kind);
      const id = pool[choice % Math.max(1, pool.length)] ?? NOBODYS;
      sent.add(id);
      return id;
    };
    const [query, variables] = await OPERATIONS_BY_NAME[name]!(pick, tenant, portrait);
    const { data, errors, text } = await tenant.api.ask(query, variables);
    const unforeseen = errors?.filter(({ extensions }) =>
      ['INTERNAL_SERVER_ERROR', 'BAD_USER_INPUT'].includes(extensions.code),
    );
    if (unforeseen && unforeseen.length > 0) throw new Error(`${name}: ${JSON.stringify(unforeseen)}`);
    const found = ids.learn(tenant, JSON.stringify(data ?? null));
    // A refusal may name what was asked for, and nothing else.
    const inErrors = ids.learn(tenant, JSON.stringify(errors ?? []).replaceAll(NOBODYS, ''));
    if (data) remember(ids, tenant, data);
    if (text.includes('of ') && ids.tenants.some(({ id }) => id !== tenant.id && text.includes(`of ${id}`))) {
      found.push('a name');
    }
    return [...found, ...inErrors.filter((id) => !sent.has(id))];
  }

  it(
    `show each other nothing in ${OPERATIONS} operations`,
    async () => {
      const steps = fc.array(someStep, { minLength: OPERATIONS, maxLength: OPERATIONS });
      const outcomes = new Map<string, number>();
      const property = fc.asyncProperty(steps, async (taken) => {
        const ids = await begin();
        // Each operation once by whoever has what it names, so that it is known to be one.
        const rehearsal = NAMES.map((name): Step => ({ name, tenant: 0, choices: [0], foreign: [false] }));
        for (const step of [...rehearsal, ...taken]) {
          const leaked = await take(ids, step);
          outcomes.set(step.name, (outcomes.get(step.name) ?? 0) + 1);
          if (leaked.length > 0) throw new Error(`${step.name} showed ${leaked.join()}: ${JSON.stringify(step)}`);
        }
      });
      // Tenants are made anew for each run; a failing one is not made smaller, for it takes as long each time.
      const { seed, errorInstance } = await fc.check(property, { numRuns: 1, endOnFailure: true });
      if (errorInstance) throw new Error(`With seed ${seed}`, { cause: errorInstance });
      expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(NAMES.length + OPERATIONS);
    },
    OPERATIONS * 5_000 + 5 * MINUTES,
  );
});
