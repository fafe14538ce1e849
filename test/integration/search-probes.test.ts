import type { TenantScope } from '../../src/domain/tenant-scope';
import { newId } from '../../src/domain/ids';
import { DEFAULT_LIMITS } from '../../src/domain/tenant';
import { MemoryRateLimiter } from '../../src/infra/memory/memory-rate-limiter';
import { MergeStore } from '../../src/modules/curation/merge.store';
import { NamingStore } from '../../src/modules/curation/naming.store';
import { Rates } from '../../src/modules/rates/rates.service';
import type { SearchCommand } from '../../src/modules/recognition/search-shapes';
import { FLAT as calibration } from '../fixtures/calibrations';
import { enrollScripted } from '../fixtures/curation';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, vectorOf, type EnrollmentWorld } from '../fixtures/enrollment-world';
import { createTestSearch } from '../fixtures/search';

let db: TestDatabase;
let world: EnrollmentWorld;
let parts: ReturnType<typeof createTestSearch>;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  parts = createTestSearch(world, calibration);
});
afterAll(async () => {
  await world?.dispose();
  await db?.stop();
});

const photo = (...faces: number[]) => ({ base64: scriptedImage({ faces }).toString('base64') });

/** A collection with persons of the named faces each. */
async function open(people: Readonly<Record<string, readonly number[]>>) {
  const scope = await world.createTenant();
  const collectionId = await world.createCollection(scope);
  const ids: Record<string, string> = {};
  for (const [displayName, faces] of Object.entries(people)) {
    const person = await parts.persons.create(scope, { collectionId, displayName, externalId: null, metadata: {} });
    ids[displayName] = person.id;
    const images = faces.map((face) => ({ faces: [face], salt: displayName, person }));
    if (images.length > 0) await enrollScripted(world, scope, collectionId, images);
  }
  return { scope, collectionId, ids };
}

const ask = (scope: TenantScope, collectionId: string, probe: Partial<SearchCommand>) =>
  parts.search.search(scope, { collectionIds: [collectionId], threshold: 0, limit: 9, mayRead: true, ...probe });
const named = ({ probes }: Awaited<ReturnType<typeof ask>>) =>
  probes[0]!.matches.map(({ person }) => person?.displayName);

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

describe('a search by a stored person', () => {
  it('tells who else looks like them, the one who looks most like them first', async () => {
    const { scope, collectionId, ids } = await open({ Ada: [1, 2], 'Ada again': [1], Bea: [3], Cy: [4] });
    const answer = await ask(scope, collectionId, { personId: ids['Ada']! });
    expect(answer.probes).toHaveLength(1);
    expect(named(answer)).toHaveLength(3);
    expect(named(answer)[0]).toBe('Ada again');
    const rows = await db.database.system.auditEntry.findMany({ where: { tenantId: scope.tenantId } });
    const told = rows.find(({ content }) => content!.includes(`"personId":"${ids['Ada']}"`));
    expect(told!.content).toContain(`"subjectIds":["${ids['Ada']}"`);
  });

  it('leaves out whom they were said not to be, also by those who were merged into them', async () => {
    const { scope, collectionId, ids } = await open({ Ada: [1], Bea: [2], Cy: [3], Dee: [4] });
    await new NamingStore(db.database).rejectMerge(scope, [ids['Bea']!, ids['Cy']!], 'r');
    await new MergeStore(db.database).merge(scope, {
      personId: ids['Ada']!,
      mergedIds: [ids['Bea']!],
      evenIfRejected: false,
      requestId: 'r',
    });
    expect(named(await ask(scope, collectionId, { personId: ids['Bea']! }))).toEqual(['Dee']);
    expect(named(await ask(scope, collectionId, { personId: ids['Cy']! }))).toEqual(['Dee']);
  });

  it('looks in other collections, too', async () => {
    const { scope, ids } = await open({ Ada: [1] });
    const collectionId = await world.createCollection(scope);
    await enrollScripted(world, scope, collectionId, [{ faces: [1], person: { create: { displayName: 'Twin' } } }]);
    const answer = await ask(scope, collectionId, { personId: ids['Ada']! });
    expect(named(answer)).toEqual(['Twin']);
    expect(answer.probes[0]!.matches[0]!.distance).toBeCloseTo(0, 5);
  });

  it('is refused for who has no face, is not there or is another tenant’s', async () => {
    const { scope, collectionId, ids } = await open({ Ada: [] });
    const other = await open({ Eve: [1] });
    for (const personId of [ids['Ada']!, other.ids['Eve']!, 'no id']) {
      await expect(ask(scope, collectionId, { personId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('needs READ', async () => {
    const { scope, collectionId, ids } = await open({ Ada: [1] });
    const command = { personId: ids['Ada']!, mayRead: false };
    await expect(ask(scope, collectionId, command)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { field: 'personId', scopes: ['READ'] },
    });
  });
});

describe('a search by several photographs of one person', () => {
  it('is one probe, as near to a face as they are on the average', async () => {
    const { scope, collectionId } = await open({ Ada: [1], Bea: [2] });
    const answer = await ask(scope, collectionId, { images: [photo(1), photo(2)] });
    expect(answer.probes).toHaveLength(1);
    expect(answer.probes[0]!.fusedFaces).toHaveLength(2);
    const [first, second] = answer.probes[0]!.matches;
    // To each, the mean of how far it is from both.
    const between = (1 + cosine(vectorOf(1), vectorOf(2))) / 2;
    expect(first!.distance).toBeCloseTo(1 - between, 5);
    expect(second!.distance).toBeCloseTo(1 - between, 5);
    const rows = await db.database.system.auditEntry.findMany({ where: { tenantId: scope.tenantId } });
    const told = rows.find(({ content }) => content!.includes('"operation":"search"'));
    expect(JSON.parse(told!.content!)).toMatchObject({ probes: [expect.any(String), expect.any(String)], results: 2 });
  });

  it('of one photograph finds what the photograph finds', async () => {
    const { scope, collectionId } = await open({ Ada: [1], Bea: [2] });
    const [together, alone] = await Promise.all([
      ask(scope, collectionId, { images: [photo(2)] }),
      ask(scope, collectionId, { image: photo(2) }),
    ]);
    expect(together.probes[0]!.matches).toEqual(alone.probes[0]!.matches);
    expect(alone.probes[0]!.fusedFaces).toEqual([]);
  });

  it('says which of them has no face, cannot be read, or shows several', async () => {
    const { scope, collectionId } = await open({ Ada: [1] });
    const group = { base64: scriptedImage({ faces: [1, 2], alike: true }).toString('base64') };
    const broken = { base64: Buffer.from('no image').toString('base64') };
    for (const [bad, code] of [
      [photo(), 'NO_FACE_FOUND'],
      [broken, 'IMAGE_UNREADABLE'],
      [group, 'AMBIGUOUS_FACE'],
    ] as const) {
      const asked = ask(scope, collectionId, { images: [photo(1), bad] });
      await expect(asked).rejects.toMatchObject({
        code,
        message: expect.stringMatching(/^images\[1\]: /),
        details: { path: 'images[1]' },
      });
    }
    const answer = await ask(scope, collectionId, { images: [photo(1), group], onAmbiguous: 'LARGEST' });
    expect(named(answer)).toEqual(['Ada']);
  });
});

describe('an analysis that was begun before the collections were known', () => {
  /** A collection of another pack. */
  async function openOther(scope: TenantScope): Promise<string> {
    const id = newId();
    const { id: _id, calibration: _calibration, description: _description, ...pack } = world.pack;
    const other = { ...pack, id: `scripted@${id}`, version: id, embeddingDigest: 'cd'.repeat(32) };
    await db.database.system.modelPack.create({ data: other });
    const data = { id, tenantId: scope.tenantId, name: id, modelPackId: other.id };
    await db.database.maintain(scope, (tx) => tx.collection.create({ data }));
    return id;
  }

  it('is charged also where they are refused, and is not begun again', async () => {
    const { scope, collectionId } = await open({ Ada: [1] });
    const collectionIds = [collectionId, await openOther(scope)];
    const limiter = new MemoryRateLimiter();
    const rates = new Rates({
      limiter,
      limits: { of: () => Promise.resolve(DEFAULT_LIMITS) },
      usage: { add: () => undefined },
    });
    const refused = async () => {
      const bill = rates.bill({ tenantId: scope.tenantId, apiKeyId: null, limits: DEFAULT_LIMITS });
      const search = bill.charge({ SEARCHES: 1, FACES: 1 }, () =>
        ask(scope, collectionId, { collectionIds, image: photo(1, 2, 3) }),
      );
      await expect(search).rejects.toMatchObject({ code: 'MODEL_MISMATCH' });
      return bill.cost()?.charges.find(({ rate }) => rate === 'FACES')?.actual;
    };
    await ask(scope, collectionId, { image: photo(1) });
    // The answer of the database comes first.
    world.analyzer.before = () => new Promise((resolve) => setTimeout(resolve, 500));
    try {
      expect(await refused()).toBe(3);
      expect(await refused()).toBe(0);
    } finally {
      world.analyzer.before = () => undefined;
    }
  });
});

test.each<[string, Partial<SearchCommand>]>([
  ['nothing', {}],
  ['two sources', { image: photo(1), images: [photo(1)] }],
  ['a person and a face', { personId: 'a', faceId: 'b' }],
])('a search by %s is refused', async (_what, probe) => {
  const { scope, collectionId } = await open({});
  await expect(ask(scope, collectionId, probe)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
});
