import type { Calibration } from '../../src/domain/calibration';
import {
  automaticThreshold,
  estimatedFpir,
  verificationThreshold,
  type Gallery,
} from '../../src/domain/identification';
import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { NamingStore } from '../../src/modules/curation/naming.store';
import type { FaceStore } from '../../src/modules/faces/face.store';
import type { PersonStore } from '../../src/modules/persons/person.store';
import type { ComparisonService } from '../../src/modules/recognition/comparison.service';
import type { SearchService } from '../../src/modules/recognition/search.service';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, type EnrollmentWorld } from '../fixtures/enrollment-world';
import { createTestSearch } from '../fixtures/search';

const identification = { peopleExponent: 0.9, samplesExponent: 0.5, source: 'made up for this test' };
const calibration: Calibration = {
  revision: '1',
  knots: [
    { distance: 0, d: 10 },
    { distance: 2, d: 0 },
  ],
  extrapolatedBeyondD: 5,
  equalErrorDistance: 1,
  source: 'made up for this test',
  identification,
};

/** By these, two vectors that have nothing in common are no match. */
const STRICT_KNOTS: Calibration['knots'] = [
  { distance: 0, d: 10 },
  { distance: 2, d: -10 },
];

let db: TestDatabase;
let world: EnrollmentWorld;
let search: SearchService;
let comparison: ComparisonService;
let strict: ComparisonService;
let persons: PersonStore;
let faces: FaceStore;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  ({ search, comparison, persons, faces } = createTestSearch(world, calibration));
  strict = createTestSearch(world, { ...calibration, knots: STRICT_KNOTS }).comparison;
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});

let salt = 0;
const image = (face: number): { base64: string } => ({
  base64: scriptedImage({ faces: [face], salt: String(salt++) }).toString('base64'),
});

/** A collection with people of so many faces each, and faces of nobody. */
async function enroll(
  scope: TenantScope,
  people: readonly number[],
  unassigned: number,
): Promise<{ collectionId: string; personIds: string[] }> {
  const collectionId = await world.createCollection(scope);
  const items = [];
  const personIds: string[] = [];
  for (const samples of people) {
    const { id } = await persons.create(scope, { collectionId, displayName: 'Ada', externalId: null, metadata: {} });
    personIds.push(id);
    for (let i = 0; i < samples; i++) items.push({ image: image(salt), person: { id } });
  }
  for (let i = 0; i < unassigned; i++) items.push({ image: image(salt) });
  if (items.length > 0) await world.service.enroll(scope, { collectionId, items }, 'request');
  await world.settle();
  return { collectionId, personIds };
}

const ask = (scope: TenantScope, collectionIds: readonly string[]) =>
  search.search(scope, { collectionIds, image: image(9_999), limit: 5, mayRead: true });

describe('the automatic threshold of a search', () => {
  it.each<[string, number[], number, Gallery]>([
    ['nobody', [], 0, { faces: 0, persons: 0, unassigned: 0 }],
    ['faces of nobody', [], 12, { faces: 12, persons: 0, unassigned: 12 }],
    ['one face a person', Array<number>(12).fill(1), 0, { faces: 12, persons: 12, unassigned: 0 }],
    ['many faces a person', [8, 8], 0, { faces: 16, persons: 2, unassigned: 0 }],
    ['many faces a person beside faces of nobody', [6, 2], 9, { faces: 17, persons: 2, unassigned: 9 }],
    ['people without a face', [4, 0, 0], 0, { faces: 4, persons: 3, unassigned: 0 }],
  ])('is that of a gallery of %s', async (_what, people, unassigned, gallery) => {
    const scope = await world.createTenant();
    const { collectionId } = await enroll(scope, people, unassigned);
    const answer = await ask(scope, [collectionId]);
    expect(answer).toMatchObject({ gallerySize: gallery.faces, thresholdSource: 'AUTOMATIC' });
    expect(answer.threshold).toBeCloseTo(automaticThreshold(gallery, identification), 9);
    expect(answer.estimatedFpir).toBeCloseTo(estimatedFpir(answer.threshold, gallery, identification), 9);
  });

  it('adds up over collections, and follows a face that is given to somebody', async () => {
    const scope = await world.createTenant();
    const first = await enroll(scope, [5], 3);
    const second = await enroll(scope, [7], 6);
    const ids = [first.collectionId, second.collectionId];
    const before = await ask(scope, ids);
    expect(before.threshold).toBeCloseTo(
      automaticThreshold({ faces: 21, persons: 2, unassigned: 9 }, identification),
      9,
    );
    const loose = await faces.list(scope, { collectionId: second.collectionId, assigned: false }, { first: 10 });
    const looseIds = loose.map(({ id }) => id);
    await new NamingStore(db.database).assign(scope, looseIds, second.personIds[0]!, 'request');
    const after = await ask(scope, ids);
    expect(after.threshold).toBeCloseTo(
      automaticThreshold({ faces: 21, persons: 2, unassigned: 3 }, identification),
      9,
    );
    expect(after.threshold).toBeLessThan(before.threshold);
  });

  it('counts no face of another tenant', async () => {
    const [own, other] = [await world.createTenant(), await world.createTenant()];
    await enroll(other, [2], 5);
    const { collectionId } = await enroll(own, [2], 1);
    expect(await faces.countUnassigned(other, [collectionId], 100)).toBe(0);
    expect(await faces.countUnassigned(own, [collectionId], 100)).toBe(1);
  });

  it('stops counting where it is told to', async () => {
    const scope = await world.createTenant();
    const { collectionId } = await enroll(scope, [], 5);
    expect(await faces.countUnassigned(scope, [collectionId], 3)).toBe(3);
  });
});

describe('the threshold of verifyPerson', () => {
  it.each([0, 1, 2, 9])('is that of a person with %d faces', async (count) => {
    const scope = await world.createTenant();
    const { personIds } = await enroll(scope, [count], 0);
    const answer = await comparison.verifyPerson(scope, personIds[0]!, image(9_999));
    expect(answer.threshold).toBeCloseTo(verificationThreshold(count, identification), 9);
    expect(answer.estimatedFmr).toBeCloseTo(count === 0 ? 0 : 0.001, 9);
  });
});

describe('the budgets of a key that may only search', () => {
  it('end an attack that comes near one person again and again, which the audit tells', async () => {
    const scope = await world.createTenant();
    const { personIds } = await enroll(scope, [1], 0);
    const holder = { apiKeyId: newId(), maxNearMatches: 3, maxPersonsNamed: 1 };
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, () => strict.verifyPerson(scope, personIds[0]!, image(9_999), holder)),
    );
    const refused = attempts.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    expect(refused).toHaveLength(5);
    for (const reason of refused) {
      const details = { budget: 'NEAR_MATCHES', retryAfterMs: expect.any(Number) };
      expect(reason).toMatchObject({ code: 'RATE_LIMITED', details });
    }
    const rows = await db.database.system.auditEntry.findMany({ where: { tenantId: scope.tenantId } });
    const told = rows.filter(({ content }) => content!.includes('"refused":"NEAR_MATCHES"'));
    expect(told).toHaveLength(1);
    // Who may read the gallery is not counted.
    await expect(strict.verifyPerson(scope, personIds[0]!, image(9_999))).resolves.toMatchObject({
      isMatch: false,
    });
  });
});

test('a stored face is not answered with whose it was said not to be', async () => {
  const scope = await world.createTenant();
  const { collectionId, personIds } = await enroll(scope, [1, 1], 1);
  const [stray] = await faces.list(scope, { collectionId, assigned: false }, { first: 1 });
  const answered = async () => {
    const command = { collectionIds: [collectionId], faceId: stray!.id, threshold: 0, limit: 9, mayRead: true };
    const { probes } = await search.search(scope, command);
    return probes[0]!.matches.map(({ person }) => person?.id).sort();
  };
  expect(await answered()).toEqual([...personIds].sort());
  await new NamingStore(db.database).rejectMatch(scope, [stray!.id], personIds[0]!, 'request');
  expect(await answered()).toEqual([personIds[1]]);
});
