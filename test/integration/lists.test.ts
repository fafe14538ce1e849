import { newId } from '../../src/domain/ids';
import { qualityScore } from '../../src/domain/quality';
import type { Data } from '../fixtures/client';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, type EnrollmentWorld } from '../fixtures/enrollment-world';
import { seeded, type Random } from '../fixtures/vectors';
import { startWorldApi, type CallingTenant, type WorldApi } from '../fixtures/world-api';

let db: TestDatabase;
let world: EnrollmentWorld;
let api: WorldApi;
let tenant: CallingTenant;
let collectionId: string;
let jobId: string;
let crowdId: string;
let ownerId: string;
const PEOPLE = 23;

beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  api = await startWorldApi(world);
  tenant = await api.createTenant();
  const { scope } = tenant;
  const { tenantId } = scope;
  collectionId = await world.createCollection(scope);
  await addPersons(PEOPLE);
  await db.database.maintain(scope, async (tx) => {
    for (const name of ['b', 'B-2', 'a', 'Zoo', 'b-10', '_x']) {
      await tx.collection.create({ data: { id: newId(), tenantId, name, modelPackId: world.pack.id } });
    }
  });
  const enrol = async (images: number) => {
    const items = Array.from({ length: images }, (_, n) => ({
      image: { base64: scriptedImage({ faces: [n, n + 1], salt: newId() }).toString('base64') },
    }));
    return (await world.service.enroll(scope, { collectionId, items }, 'request')).id;
  };
  jobId = await enrol(9);
  for (let n = 0; n < 4; n++) await enrol(1);
  const crowd = scriptedImage({ faces: Array.from({ length: 11 }, (_, n) => n), rejected: { 3: 'LOW_SHARPNESS' } });
  const items = [{ image: { base64: crowd.toString('base64') } }];
  const { id } = await world.service.enroll(scope, { collectionId, items }, 'request');
  await world.settle();
  crowdId = (await world.jobs.listItems(scope, id, {}, { first: 1 }))[0]!.image!.id;
  // Some have faces, one of them most of them; and faces differ in what they are ordered by.
  ownerId = await db.database.maintain(scope, async (tx) => {
    const persons = await tx.person.findMany({ where: { collectionId }, orderBy: { id: 'asc' } });
    const faces = await tx.face.findMany({ where: { collectionId, state: 'INDEXED' }, orderBy: { id: 'asc' } });
    for (const [n, { id: faceId }] of faces.entries()) {
      const personId = persons[n % 3 === 0 ? n % persons.length : 0]!.id;
      const data = { personId, sizePx: 40 + ((n * 5) % 7), confidence: 90 + ((n * 3) % 4) };
      await tx.face.update({ where: { id: faceId }, data });
    }
    return persons[0]!.id;
  });
});
afterAll(async () => {
  await api?.stop();
  await world?.dispose();
  await db?.stop();
});

/** Many of one name, and of one moment. */
async function addPersons(count: number, to = collectionId): Promise<void> {
  const names = [
    'Zoë',
    'zoe',
    'Ada',
    'Émile',
    'Straße',
    'STRASSE',
    'Ada',
    'Ada',
    `${'x'.repeat(64)}b`,
    `${'x'.repeat(64)}a`,
  ];
  const begin = Date.UTC(2026, 0, 1);
  await db.database.maintain(tenant.scope, (tx) =>
    tx.person.createMany({
      data: Array.from({ length: count }, (_, n) => ({
        id: newId(),
        tenantId: tenant.scope.tenantId,
        collectionId: to,
        displayName: names[n % names.length]!,
        createdAt: new Date(begin + ((n * 7) % 5) * 1_000),
      })),
    }),
  );
}

/** A list with all orders that it has. */
interface Listed {
  readonly name: string;
  readonly orders: readonly string[];
  /** With `ARGUMENTS` where they belong and a connection with `NODE`. */
  readonly query: () => string;
  readonly node: string;
  readonly find: (data: Data) => Data;
}

const LISTS: readonly Listed[] = [
  {
    name: 'collections',
    orders: ['', 'NAME', 'CREATED_AT'],
    query: () => '{ collections(ARGUMENTS) CONNECTION }',
    node: 'id name createdAt',
    find: (data) => data.collections,
  },
  {
    name: 'persons',
    orders: ['', 'NAME', 'CREATED_AT', 'FACE_COUNT'],
    query: () => `{ persons(collectionId: "${collectionId}", ARGUMENTS) CONNECTION }`,
    node: 'id displayName createdAt faceCount',
    find: (data) => data.persons,
  },
  {
    name: 'faces',
    orders: ['', 'CREATED_AT'],
    query: () => '{ faces(ARGUMENTS) CONNECTION }',
    node: 'id createdAt',
    find: (data) => data.faces,
  },
  {
    name: 'faces of a collection',
    orders: ['QUALITY', 'SIZE', 'CREATED_AT'],
    query: () => `{ faces(filter: { collectionId: "${collectionId}" }, ARGUMENTS) CONNECTION }`,
    node: 'id quality { score } boundingBox { width }',
    find: (data) => data.faces,
  },
  {
    name: 'faces of a person',
    orders: ['', 'QUALITY', 'SIZE'],
    query: () => `{ person(id: "${ownerId}") { faces(ARGUMENTS) CONNECTION } }`,
    node: 'id quality { score }',
    find: (data) => data.person.faces,
  },
  {
    name: 'images',
    orders: ['', 'CREATED_AT'],
    query: () => `{ images(collectionId: "${collectionId}", ARGUMENTS) CONNECTION }`,
    node: 'id createdAt',
    find: (data) => data.images,
  },
  {
    name: 'faces of an image',
    orders: [''],
    query: () => `{ image(id: "${crowdId}") { faces(ARGUMENTS) CONNECTION } }`,
    node: 'id state',
    find: (data) => data.image.faces,
  },
  {
    name: 'jobs',
    orders: ['', 'CREATED_AT'],
    query: () => '{ jobs(ARGUMENTS) CONNECTION }',
    node: 'id createdAt',
    find: (data) => data.jobs,
  },
  {
    name: 'items of a job',
    orders: [''],
    query: () => `{ job(id: "${jobId}") { items(ARGUMENTS) CONNECTION } }`,
    node: 'id ordinal',
    find: (data) => data.job.items,
  },
];

const CONNECTION = (node: string): string =>
  `{ totalCount nodes { ${node} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;

function ask({ query, node, find }: Listed, order: string, args: Data): Promise<Data> {
  const [field, direction] = order.split(' ');
  const given = [
    ...(field ? [`orderBy: { field: ${field}, direction: ${direction} }`] : []),
    ...Object.entries(args).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
  ];
  const text = query().replace('ARGUMENTS', given.join(', ')).replace('CONNECTION', CONNECTION(node));
  return tenant.query(text).then(find);
}

/** All rows by pages of any size; `between` happens after each page. */
async function walk(
  list: Listed,
  order: string,
  isForwards: boolean,
  size: () => number,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<Data[]> {
  const rows: Data[] = [];
  const [sizeName, placeName, cursorName] = isForwards
    ? (['first', 'after', 'endCursor'] as const)
    : (['last', 'before', 'startCursor'] as const);
  const [on, back] = isForwards ? ['hasNextPage', 'hasPreviousPage'] : ['hasPreviousPage', 'hasNextPage'];
  for (let place: string | null = null; ;) {
    const wanted = size();
    const page: Data = await ask(list, order, { [sizeName]: wanted, ...(place ? { [placeName]: place } : {}) });
    expect(page.nodes.length).toBeLessThanOrEqual(wanted);
    expect(page.pageInfo[back!]).toBe(rows.length > 0);
    if (isForwards) rows.push(...page.nodes);
    else rows.unshift(...page.nodes);
    if (!page.pageInfo[on!]) return rows;
    expect(page.nodes.length).toBe(wanted);
    place = page.pageInfo[cursorName];
    await between();
  }
}

const withDirections = (order: string): string[] => (order ? [`${order} ASC`, `${order} DESC`] : ['']);
const cases = LISTS.flatMap((list) => list.orders.flatMap(withDirections).map((order) => ({ list, order })));

describe.each(cases)('$list.name in the order $order', ({ list, order }) => {
  // By ones, each row is the place of a cursor once.
  const sizes = (random: Random) => [() => 1, () => 1_000, () => 1 + Math.floor(random() * 6)];

  it('has each row once, in the same order, forwards and backwards in pages of any size', async () => {
    const whole = await ask(list, order, { first: 1_000 });
    expect(whole.nodes.length).toBeGreaterThan(4);
    expect(whole.totalCount).toBe(whole.nodes.length);
    expect(new Set(whole.nodes.map(({ id }: Data) => id)).size).toBe(whole.nodes.length);
    for (const isForwards of [true, false]) {
      for (const size of sizes(seeded(7))) expect(await walk(list, order, isForwards, size)).toEqual(whole.nodes);
    }
  });

  it('is the other direction turned round', async () => {
    if (!order) return;
    const other = order.endsWith('ASC') ? order.replace(/ASC$/, 'DESC') : order.replace(/DESC$/, 'ASC');
    const [here, there] = [await ask(list, order, { first: 1_000 }), await ask(list, other, { first: 1_000 })];
    expect(there.nodes).toEqual([...here.nodes].reverse());
  });

  it('takes no cursor of another order, and says so', async () => {
    const { pageInfo } = await ask(list, order, { first: 1 });
    for (const other of list.orders.flatMap(withDirections)) {
      const isSame = (other || 'own') === (order || 'own') || !other || !order;
      if (isSame) continue;
      const refused = await ask(list, other, { first: 1, after: pageInfo.endCursor }).catch(String);
      expect(refused).toContain('BAD_USER_INPUT');
      expect(refused).toContain(`must be a cursor of this order, ${other}; it is one of ${order}`);
    }
  });
});

describe('an order', () => {
  const valuesOf = async (list: string, order: string, field: string): Promise<string[]> => {
    const { nodes } = await ask(
      LISTS.find(({ name }) => name === list)!,
      order,
      { first: 1_000 },
    );
    return nodes.map((node: Data) => node[field]);
  };

  it('by name minds neither case nor accents', async () => {
    const names = await valuesOf('persons', 'NAME ASC', 'displayName');
    const folded = names.map((name) => name.normalize('NFD').replace(/\p{M}/gu, '').replace('ß', 'ss').toLowerCase());
    expect(folded.map((name) => name.slice(0, 64))).toEqual(folded.map((name) => name.slice(0, 64)).sort());
    const own = (await valuesOf('collections', 'NAME ASC', 'name')).filter((name) => name.length < 10);
    expect(own).toEqual(['_x', 'a', 'b', 'b-10', 'B-2', 'Zoo']);
  });

  it('by number of faces has that of faceCount, and by quality that of quality.score', async () => {
    const numberOf = (values: readonly unknown[]) => values.map(Number);
    const counts = numberOf(await valuesOf('persons', 'FACE_COUNT ASC', 'faceCount'));
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts.at(-1)).toBeGreaterThan(counts[0]!);
    const list = LISTS.find(({ name }) => name === 'faces of a collection')!;
    const { nodes } = await ask(list, 'QUALITY DESC', { first: 1_000 });
    const scores = numberOf(nodes.map(({ quality }: Data) => quality.score));
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores[0]).toBeGreaterThan(scores.at(-1)!);
  });

  it('by quality is of the formula that quality.score is of', async () => {
    const random = seeded(11);
    const between = (from: number, to: number) => from + random() * (to - from);
    const faces = Array.from({ length: 500 }, () => ({
      pose: { yaw: between(-180, 180), pitch: between(-90, 90), roll: between(-180, 180) },
      brightness: between(0, 100),
      sharpness: between(0, 100),
      confidence: between(0, 100),
    }));
    const rows = await db.database.read(
      tenant.scope,
      (tx) => tx.$queryRaw<{ quality: number }[]>`
        SELECT face_quality(r.pose, r.brightness, r.sharpness, r.confidence) AS quality
          FROM json_to_recordset(${JSON.stringify(faces)}::json)
               AS r(pose jsonb, brightness float8, sharpness float8, confidence float8)`,
    );
    expect(rows).toHaveLength(faces.length);
    rows.forEach(({ quality }, at) => {
      const { pose, brightness, sharpness, confidence } = faces[at]!;
      expect(quality).toBeCloseTo(qualityScore({ quality: { brightness, sharpness }, pose, confidence }), 9);
    });
  });

  it('of faces by quality and size needs a collection or a person', async () => {
    for (const field of ['QUALITY', 'SIZE']) {
      const { errors } = await api.call(tenant.key, `{ faces(orderBy: { field: ${field} }) { nodes { id } } }`);
      expect(errors?.[0]?.message).toContain('needs filter.collectionId or filter.personId');
    }
  });

  it.each(['collections', 'persons', 'faces', 'images', 'jobs'])('by time of %s is that of createdAt', async (list) => {
    const times = await valuesOf(list, 'CREATED_AT ASC', 'createdAt');
    expect(times).toEqual([...times].sort());
  });

  it('is looked up in an index under row-level security', async () => {
    const plans = await db.database.read(tenant.scope, async (tx) => {
      await tx.$executeRaw`SET LOCAL enable_seqscan = off`;
      await tx.$executeRaw`SET LOCAL enable_bitmapscan = off`;
      await tx.$executeRaw`SET LOCAL enable_sort = off`;
      const byName = await tx.$queryRaw<{ 'QUERY PLAN': string }[]>`
        EXPLAIN SELECT id FROM persons p WHERE collection_id = ${collectionId}::uuid
           AND (p.sort_name, p.id) > ('m', ${newId()}::uuid) ORDER BY p.sort_name, p.id LIMIT 10`;
      const byTime = await tx.$queryRaw<{ 'QUERY PLAN': string }[]>`
        EXPLAIN SELECT id FROM persons p WHERE collection_id = ${collectionId}::uuid
           AND (p.created_at, p.id) < (now(), ${newId()}::uuid) ORDER BY p.created_at DESC, p.id DESC LIMIT 10`;
      const byCount = await tx.$queryRaw<{ 'QUERY PLAN': string }[]>`
        EXPLAIN SELECT id FROM persons p WHERE collection_id = ${collectionId}::uuid
           AND (p.face_count, p.id) < (7, ${newId()}::uuid) ORDER BY p.face_count DESC, p.id DESC LIMIT 10`;
      const byQuality = await tx.$queryRaw<{ 'QUERY PLAN': string }[]>`
        EXPLAIN SELECT id FROM faces f WHERE collection_id = ${collectionId}::uuid
           AND (f.quality, f.id) < (80, ${newId()}::uuid) ORDER BY f.quality DESC, f.id DESC LIMIT 10`;
      const bySize = await tx.$queryRaw<{ 'QUERY PLAN': string }[]>`
        EXPLAIN SELECT id FROM faces f WHERE collection_id = ${collectionId}::uuid
           AND (f.size_px, f.id) > (80, ${newId()}::uuid) ORDER BY f.size_px, f.id LIMIT 10`;
      return [byName, byTime, byCount, byQuality, bySize].map((rows) =>
        rows.map((row) => row['QUERY PLAN']).join('\n'),
      );
    });
    expect(plans[0]).toMatch(/persons_sort_name_idx[\s\S]*Index Cond:.*ROW\(sort_name, id\) > /);
    expect(plans[1]).toMatch(/persons_created_at_idx[\s\S]*Index Cond:.*ROW\(created_at, id\) < /);
    expect(plans[2]).toMatch(/persons_face_count_idx[\s\S]*Index Cond:.*ROW\(face_count, id\) < /);
    expect(plans[3]).toMatch(/faces_quality_idx[\s\S]*Index Cond:.*ROW\(quality, id\) < /);
    expect(plans[4]).toMatch(/faces_size_idx[\s\S]*Index Cond:.*ROW\(size_px, id\) > /);
  });
});

describe('a list of persons that begins somewhere', () => {
  const persons = LISTS.find(({ name }) => name === 'persons')!;

  it.each([
    ['NAME ASC', 'Z', /^z/i],
    ['NAME ASC', 'É', /^[e-z]|^É/i],
    ['NAME DESC', 'st', /^[a-s]|^É/i],
    ['CREATED_AT ASC', '2026-01-01T00:00:02Z', /./],
    ['CREATED_AT DESC', '2026-01-01T00:00:02Z', /./],
    ['FACE_COUNT ASC', '1', /./],
    ['FACE_COUNT DESC', '1', /./],
  ])(
    'by %s at %s has the rest of the whole one, and leads back to what comes before it',
    async (order, startAt, names) => {
      const whole = await ask(persons, order, { first: 1_000 });
      const rest = await ask(persons, order, { first: 1_000, startAt });
      expect(rest.nodes.length).toBeGreaterThan(0);
      expect(rest.nodes).toEqual(whole.nodes.slice(-rest.nodes.length));
      for (const { displayName } of rest.nodes) expect(displayName).toMatch(names);
      expect(rest.totalCount).toBe(whole.totalCount);
      expect(rest.pageInfo.hasPreviousPage).toBe(rest.nodes.length < whole.nodes.length);
      expect(rest.nodes.length).toBeLessThan(whole.nodes.length);
      const before = await ask(persons, order, { last: 1_000, before: rest.pageInfo.startCursor });
      expect([...before.nodes, ...rest.nodes]).toEqual(whole.nodes);
      const beside = before.nodes.at(-1);
      if (order.startsWith('CREATED_AT')) {
        const isBefore = order.endsWith('ASC') ? beside.createdAt < startAt : beside.createdAt > startAt;
        expect(isBefore).toBe(true);
      }
    },
  );

  it('refuses a place that the order has not', async () => {
    for (const [order, startAt] of [
      ['CREATED_AT ASC', 'yesterday'],
      ['CREATED_AT ASC', '-000123-01-01T00:00:00Z'],
      ['FACE_COUNT ASC', 'many'],
      ['FACE_COUNT ASC', '-1'],
    ]) {
      await expect(ask(persons, order!, { startAt: startAt! })).rejects.toThrow(/BAD_USER_INPUT/);
    }
    const { pageInfo } = await ask(persons, 'NAME ASC', { first: 1 });
    const beside = ask(persons, 'NAME ASC', { startAt: 'a', after: pageInfo.endCursor });
    await expect(beside).rejects.toThrow(/cannot stand beside after/);
  });
});

describe('a list that changes while it is walked', () => {
  it.each(['NAME ASC', 'NAME DESC', 'CREATED_AT ASC', 'CREATED_AT DESC'])(
    'has what stays once, by %s',
    async (order) => {
      const id = await world.createCollection(tenant.scope);
      const list = {
        ...LISTS.find(({ name }) => name === 'persons')!,
        query: () => `{ persons(collectionId: "${id}", ARGUMENTS) CONNECTION }`,
      };
      const random = seeded(3);
      for (const isForwards of [true, false]) {
        await addPersons(12, id);
        const before: string[] = (await ask(list, order, { first: 1_000 })).nodes.map((node: Data) => node.id);
        const gone = new Set<string>();
        const size = () => 1 + Math.floor(random() * 3);
        const nodes = await walk(list, order, isForwards, size, async () => {
          if (gone.size === 5) return;
          await addPersons(2, id);
          const left = before.filter((one) => !gone.has(one));
          const going = left[Math.floor(random() * left.length)]!;
          gone.add(going);
          await db.database.maintain(tenant.scope, (tx) => tx.person.deleteMany({ where: { id: going } }));
        });
        const rows: string[] = nodes.map((node) => node.id);
        expect(new Set(rows).size).toBe(rows.length);
        const stayed = before.filter((one) => !gone.has(one));
        expect(rows.filter((one) => stayed.includes(one))).toEqual(stayed);
      }
    },
  );
});

describe('pages of any list', () => {
  it('are refused with first beside last, and out of range', async () => {
    for (const args of ['first: 1, last: 1', 'last: 0', 'last: 1001', 'before: "x"']) {
      const { errors } = await api.call(tenant.key, `{ faces(${args}) { nodes { id } } }`);
      expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['BAD_USER_INPUT']);
    }
  });

  it('count filtered rows only, and those of other tenants never', async () => {
    const { persons, faces, images } = await tenant.query(
      `query ($id: ID!) {
        persons(collectionId: $id, filter: { text: "emile" }, first: 1) { totalCount nodes { displayName } }
        faces(filter: { state: UNINDEXED }) { totalCount }
        images(collectionId: $id, filter: { externalImageId: "none" }) { totalCount }
      }`,
      { id: collectionId },
    );
    expect(persons.nodes).toEqual([{ displayName: 'Émile' }]);
    expect(persons.totalCount).toBeGreaterThan(1);
    expect(faces.totalCount).toBe(1);
    expect(images.totalCount).toBe(0);
    const other = await api.createTenant();
    const nothing = await other.query(
      `query ($id: ID!) { persons(collectionId: $id) { totalCount } images(collectionId: $id) { totalCount } faces { totalCount } jobs { totalCount } collections { totalCount } }`,
      { id: collectionId },
    );
    for (const list of ['persons', 'images', 'faces', 'jobs', 'collections']) expect(nothing[list].totalCount).toBe(0);
  });
});
