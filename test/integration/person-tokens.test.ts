import { PersonService } from '../../src/modules/persons/person.service';
import { PersonStore } from '../../src/modules/persons/person.store';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, type EnrollmentWorld } from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
let service: PersonService;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  service = new PersonService({ persons: new PersonStore(db.database), tryCatchUp: async () => undefined });
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});

const ADA = { displayName: 'Ada', externalId: null, metadata: {}, clientRequestToken: 'moved-1' };

async function start() {
  const scope = await world.createTenant();
  return { scope, collectionId: await world.createCollection(scope) };
}

const countOf = async ({ scope, collectionId }: Awaited<ReturnType<typeof start>>) =>
  (await service.list(scope, collectionId, {}, { first: 10 })).length;

describe('a person who is made with a token', () => {
  it('is made once, with all that is said of them', async () => {
    const place = await start();
    const { scope, collectionId } = place;
    const facts = { aliases: ['Countess'], bornOn: '1815-12-10', diedOn: '1852-11-27' };
    const made = await service.create(scope, { ...ADA, ...facts, collectionId });
    expect(made).toMatchObject({ displayName: 'Ada', ...facts });
    await service.update(scope, made.id, { displayName: 'Ada Lovelace' }, 'request');
    const again = await service.create(scope, { ...ADA, collectionId });
    expect(again).toMatchObject({ id: made.id, displayName: 'Ada Lovelace', ...facts });
    expect(await countOf(place)).toBe(1);
  });

  it('is made once by requests of one moment, of which the others may be repeated', async () => {
    const place = await start();
    const { scope, collectionId } = place;
    const all = await Promise.allSettled([1, 2, 3, 4].map(() => service.create(scope, { ...ADA, collectionId })));
    for (const one of all) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'CONFLICT', retryable: true });
    }
    expect(await countOf(place)).toBe(1);
  });

  it('is another one in another collection and for another tenant', async () => {
    const [place, other] = [await start(), await start()];
    const beside = { scope: place.scope, collectionId: await world.createCollection(place.scope) };
    const ids = await Promise.all(
      [place, other, beside].map(
        async ({ scope, collectionId }) => (await service.create(scope, { ...ADA, collectionId })).id,
      ),
    );
    expect(new Set(ids).size).toBe(3);
    // A token of another's collection finds nobody there.
    await expect(service.create(other.scope, { ...ADA, collectionId: place.collectionId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('is whoever they were merged into, and is not made anew once they were taken back', async () => {
    const { scope, collectionId } = await start();
    const made = await service.create(scope, { ...ADA, collectionId });
    const other = await service.create(scope, { ...ADA, collectionId, displayName: 'Bea', clientRequestToken: null });
    const change = (data: { mergedIntoId: string | null; isTrashed: boolean }) =>
      db.database.maintain(scope, (tx) => tx.person.update({ where: { id: made.id }, data }));
    await change({ mergedIntoId: other.id, isTrashed: false });
    expect(await service.create(scope, { ...ADA, collectionId })).toMatchObject({ id: other.id });
    await change({ mergedIntoId: null, isTrashed: true });
    await expect(service.create(scope, { ...ADA, collectionId })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('Undo that'),
    });
  });
});
