import { distanceBetween } from '../../src/domain/distance';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { MergeStore } from '../../src/modules/curation/merge.store';
import { GALLERY_LIMITS, GallerySearch, type GalleryQuery } from '../../src/modules/recognition/gallery-search';
import type { Probe, SearchCommand } from '../../src/modules/recognition/search-shapes';
import type { PersonFilter } from '../../src/records/person';
import { FLAT as calibration } from '../fixtures/calibrations';
import { enrollScripted } from '../fixtures/curation';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, vectorOf, type EnrollmentWorld } from '../fixtures/enrollment-world';
import { createTestSearch } from '../fixtures/search';

let db: TestDatabase;
let world: EnrollmentWorld;
let parts: ReturnType<typeof createTestSearch>;
let scope: TenantScope;
let collectionId: string;
/** By number: person n has the faces n and n + 1000. */
let personIds: string[];
const PEOPLE = 40;
const facesOf = (n: number) => [n, n + 1_000];

beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  parts = createTestSearch(world, calibration);
  scope = await world.createTenant();
  collectionId = await world.createCollection(scope);
  personIds = [];
  for (let n = 0; n < PEOPLE; n++) {
    const metadata = { site: n % 2 === 0 ? 'north' : 'south', floor: n % 8 };
    const names = { displayName: `Person ${n}`, externalId: `e-${n}` };
    personIds.push((await parts.persons.create(scope, { collectionId, ...names, metadata })).id);
  }
  const images = personIds.flatMap((id, n) => facesOf(n).map((face) => ({ faces: [face], person: { id } })));
  await enrollScripted(world, scope, collectionId, [...images, { faces: [9_000] }, { faces: [9_001] }]);
});
afterAll(async () => {
  await world?.dispose();
  await db?.stop();
});

const ask = async (face: number, filter: PersonFilter | null, more: Partial<SearchCommand> = {}) => {
  const { probes } = await parts.search.search(scope, {
    collectionIds: [collectionId],
    image: { base64: scriptedImage({ faces: [face] }).toString('base64') },
    ...{ filter, threshold: 0, limit: 100, mayRead: true },
    ...more,
  });
  return probes[0]!.matches.map(({ person }) => person?.displayName ?? null);
};

/** Those of the numbers whose nearest face is nearest to the probe's, in this order. */
function nearestOf(numbers: readonly number[], face: number): string[] {
  const distance = (n: number): number =>
    Math.min(...facesOf(n).map((own) => distanceBetween('COSINE', vectorOf(face), vectorOf(own))));
  return [...numbers].sort((a, b) => distance(a) - distance(b)).map((n) => `Person ${n}`);
}

function probeOf(face: number): Probe {
  const point = { x: 0.5, y: 0.5 };
  return {
    shown: {
      boundingBox: { left: 0, top: 0, width: 1, height: 1 },
      landmarks: { eyeLeft: point, eyeRight: point, nose: point, mouthLeft: point, mouthRight: point },
      pose: { pitch: 0, roll: 0, yaw: 0 },
      quality: { brightness: 50, sharpness: 50 },
      confidence: 99,
    },
    fusedFaces: [],
    reasons: [],
    embedding: vectorOf(face),
  };
}

const everyone = Array.from({ length: PEOPLE }, (_, n) => n);

test('without a filter everybody is found, and who is nobody', async () => {
  const found = await ask(77, {});
  expect(found).toHaveLength(PEOPLE + 2);
  expect(found.filter((name) => name === null)).toHaveLength(2);
});

test.each<[string, PersonFilter, (n: number) => boolean]>([
  ['metadata', { metadata: { site: 'north' } }, (n) => n % 2 === 0],
  ['metadata of little', { metadata: { site: 'south', floor: 3 } }, (n) => n % 8 === 3],
  ['an external id', { externalId: 'e-7' }, (n) => n === 7],
  ['external ids', { externalIds: ['e-7', 'e-8', 'nobody'] }, (n) => n === 7 || n === 8],
  ['a part of a name', { text: 'SON 3' }, (n) => n === 3 || n >= 30],
  ['several of these', { metadata: { site: 'north' }, text: 'son 3' }, (n) => n >= 30 && n % 2 === 0],
  ['what nobody has', { metadata: { site: 'west' } }, () => false],
])('a filter by %s leaves those who fit, the nearest first', async (_what, filter, fits) => {
  expect(await ask(77, filter)).toEqual(nearestOf(everyone.filter(fits), 77));
});

test('who was merged into somebody is found as them', async () => {
  const merges = new MergeStore(db.database);
  const other = await world.createTenant();
  const collection = await world.createCollection(other);
  const [ada, bea] = [
    await parts.persons.create(other, { collectionId: collection, displayName: 'Ada', externalId: 'a', metadata: {} }),
    await parts.persons.create(other, { collectionId: collection, displayName: 'Bea', externalId: 'b', metadata: {} }),
  ];
  await enrollScripted(world, other, collection, [{ faces: [1], person: { id: ada.id } }]);
  await merges.merge(other, { personId: ada.id, mergedIds: [bea.id], evenIfRejected: false, requestId: 'r' });
  for (const filter of [{ externalIds: ['b'] }, { text: 'bea' }, { text: 'ada' }]) {
    const { probes } = await parts.search.search(other, {
      collectionIds: [collection],
      image: { base64: scriptedImage({ faces: [1] }).toString('base64') },
      ...{ filter, threshold: 0, limit: 5, mayRead: true },
    });
    expect(probes[0]!.matches.map(({ person }) => person?.id)).toEqual([ada.id]);
  }
});

test('it needs READ: its answers would tell what a key may not see', async () => {
  await expect(ask(1, { text: 'a' }, { mayRead: false })).rejects.toMatchObject({
    code: 'FORBIDDEN',
    details: { field: 'filter', scopes: ['READ'] },
  });
});

test.each([
  ['from the index, deeper and deeper', { ...GALLERY_LIMITS, maxK: 128, maxExact: 4 }],
  ['by scoring all, where the index ends too early', { ...GALLERY_LIMITS, maxK: 2, maxExact: 4 }],
  ['by scoring all at once', GALLERY_LIMITS],
])('a filter that lets many through is answered %s, all the same', async (_how, limits) => {
  const gallery = new GallerySearch(parts.gallery, limits);
  const collections = await parts.collections.getMany(scope, [collectionId]);
  const pack = parts.collections.getPack(collections[0]!);
  const filter = { metadata: { site: 'north' } };
  const candidates = await gallery.candidates(scope, collections, pack, filter);
  for (const face of [5, 500, 50_000]) {
    const query = { collections, pack, probes: [probeOf(face)], threshold: 0, limit: 7, filter, candidates };
    const { matches } = await gallery.search(scope, query);
    const wanted = nearestOf(
      everyone.filter((n) => n % 2 === 0),
      face,
    ).slice(0, 7);
    expect(matches[0]!.map(({ person }) => person!.displayName)).toEqual(wanted);
  }
});

describe('whoever has very many faces', () => {
  const limits = { ...GALLERY_LIMITS, maxK: 2, maxExact: 4, maxFetched: 5 };
  let crowded: TenantScope;
  let many: string;
  let few: string[];
  let found: Pick<GalleryQuery, 'collections' | 'pack'>;

  beforeAll(async () => {
    crowded = await world.createTenant();
    const collection = await world.createCollection(crowded);
    const create = async (name: string) => {
      const names = { displayName: name, externalId: name };
      return (await parts.persons.create(crowded, { collectionId: collection, ...names, metadata: {} })).id;
    };
    many = await create('many');
    few = [await create('few'), await create('fewer')];
    await enrollScripted(world, crowded, collection, [
      ...Array.from({ length: 30 }, (_, n) => ({ faces: [1], salt: `${n}`, person: { id: many } })),
      ...few.map((id, n) => ({ faces: [n + 2], person: { id } })),
      { faces: [4] },
    ]);
    const collections = await parts.collections.getMany(crowded, [collection]);
    found = { collections, pack: parts.collections.getPack(collections[0]!) };
  });

  it('hides nobody whom a filter lets through', async () => {
    const filter = { externalIds: ['many', 'few', 'fewer'] };
    const gallery = new GallerySearch(parts.gallery, limits);
    const candidates = await gallery.candidates(crowded, found.collections, found.pack, filter);
    const query = { ...found, probes: [probeOf(1)], threshold: 0, limit: 5, filter, candidates };
    const { matches } = await gallery.search(crowded, query);
    expect(matches[0]!.map(({ person }) => person!.id).sort()).toEqual([many, ...few].sort());
    expect(matches[0]![0]).toMatchObject({ person: { id: many }, supportingFaces: { length: 2 } });
  });

  it('does not hide who looks like them', async () => {
    const probes = [{ ...probeOf(1), excludedPersonIds: new Set([many]) }];
    const query = { ...found, probes, threshold: 0, limit: 5, filter: null, candidates: null };
    const { matches } = await new GallerySearch(parts.gallery, limits).search(crowded, query);
    expect(new Set(matches[0]!.map(({ person }) => person?.id))).toEqual(new Set([...few, undefined]));
  });
});
