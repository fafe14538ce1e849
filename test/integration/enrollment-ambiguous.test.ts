import type { TenantScope } from '../../src/domain/tenant-scope';
import type { OnAmbiguous } from '../../src/modules/enrollment/enrollment-shapes';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, type EnrollmentWorld } from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});

const ALL = { first: 100 };
const couple = scriptedImage({ faces: [1, 2], alike: true });
const ADA = { create: { displayName: 'Ada', externalId: 'ada' } };
const image = { base64: couple.toString('base64') };

const start = () => world.createTenantWithCollection();

const enroll = (...enrolment: Parameters<EnrollmentWorld['enrollAll']>) => world.enrollAll(...enrolment);

const countsOf = (scope: TenantScope, id: string) =>
  db.database.maintain(scope, (tx) =>
    tx.collection.findUniqueOrThrow({ where: { id }, select: { faceCount: true, personCount: true } }),
  );

describe('an image of two faces of like size, for a person', () => {
  it('is refused with the boxes, and nothing is written', async () => {
    const { scope, collectionId } = await start();
    const { items } = await enroll(scope, collectionId, [{ image, person: ADA }]);
    const box = { left: 0.1, top: 0.1, width: 0.2, height: 0.2 };
    expect(items).toMatchObject([
      {
        state: 'FAILED',
        image: null,
        faces: [],
        error: {
          code: 'AMBIGUOUS_FACE',
          message: expect.stringMatching(/^2 faces .* onAmbiguous: LARGEST\.$/),
          details: { boxes: [box, box] },
        },
      },
    ]);
    expect(await countsOf(scope, collectionId)).toEqual({ faceCount: 0, personCount: 0 });
    expect(await world.storedKeys(scope, 'images')).toEqual([]);
  });

  it.each<[OnAmbiguous | null, OnAmbiguous | null, boolean]>([
    [null, 'LARGEST', true],
    ['LARGEST', null, true],
    ['LARGEST', 'REFUSE', false],
    ['REFUSE', 'LARGEST', true],
  ])('of a request that says %s is itself told %s: is it enrolled? %s', async (ofAll, ofItem, isEnrolled) => {
    const { scope, collectionId } = await start();
    const { items } = await enroll(scope, collectionId, [{ image, person: ADA, onAmbiguous: ofItem }], {
      onAmbiguous: ofAll,
    });
    expect(items[0]!.error?.code).toBe(isEnrolled ? undefined : 'AMBIGUOUS_FACE');
    expect(items[0]!.faces.map((face) => [face.state, face.reasons])).toEqual(
      isEnrolled
        ? [
            ['INDEXED', []],
            ['UNINDEXED', ['EXCEEDS_MAX_FACES']],
          ]
        : [],
    );
    expect(await countsOf(scope, collectionId)).toEqual(
      isEnrolled ? { faceCount: 1, personCount: 1 } : { faceCount: 0, personCount: 0 },
    );
  });

  it('is nobody’s without a person, and one among strangers who are much smaller is clear', async () => {
    const { scope, collectionId } = await start();
    const crowd = { base64: scriptedImage({ faces: [3, 4, 5] }).toString('base64') };
    const { items } = await enroll(scope, collectionId, [{ image }, { image: crowd, person: ADA }]);
    expect(items.map((item) => item.state)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(items[0]!.faces.map((face) => face.state)).toEqual(['INDEXED', 'INDEXED']);
  });

  it('is refused when the larger face fails the filter: a stranger does not take its place', async () => {
    const { scope, collectionId } = await start();
    const blurred = scriptedImage({ faces: [6, 7], rejected: { 0: 'LOW_SHARPNESS' } }).toString('base64');
    world.analyzer.before = (request) => void ((request as { maxFaces: number }).maxFaces = 2);
    const { items } = await enroll(scope, collectionId, [{ image: { base64: blurred }, person: ADA }]);
    world.analyzer.before = () => undefined;
    expect(items[0]!.error?.code).toBe('AMBIGUOUS_FACE');
  });

  it('is refused by a retry again, and its upload can be enrolled anew', async () => {
    const { scope, collectionId } = await start();
    const upload = { uploadId: await world.upload(scope, couple) };
    const { job } = await enroll(scope, collectionId, [{ image: upload, person: ADA }]);
    await world.jobService.retry(scope, job.id);
    const [waiting] = await world.jobs.listItems(scope, job.id, {}, ALL);
    expect(waiting).toMatchObject({ state: 'PENDING', error: null });
    await world.settle();
    const [again] = await world.jobs.listItems(scope, job.id, {}, ALL);
    expect(again).toMatchObject({ state: 'FAILED', error: { code: 'AMBIGUOUS_FACE' } });

    const { items } = await enroll(scope, collectionId, [{ image: upload, person: ADA, onAmbiguous: 'LARGEST' }]);
    expect(items[0]).toMatchObject({ state: 'SUCCEEDED', duplicate: false });
    // What it is now is enrolled already.
    const repeated = await enroll(scope, collectionId, [{ image, person: ADA }]);
    expect(repeated.items[0]).toMatchObject({ state: 'SUCCEEDED', duplicate: true, image: { id: items[0]!.id } });
  });

  it('is enrolled when it was accepted before there was a choice', async () => {
    const { scope, collectionId } = await start();
    const job = await world.service.enroll(scope, { collectionId, items: [{ image, person: ADA }] }, 'request');
    // What the migration leaves in the rows that it finds.
    await db.database.maintain(
      scope,
      (tx) => tx.$executeRaw`UPDATE job_items SET on_ambiguous = DEFAULT WHERE job_id = ${job.id}::uuid`,
    );
    await world.settle();
    const [item] = await world.jobs.listItems(scope, job.id, {}, ALL);
    expect(item).toMatchObject({ state: 'SUCCEEDED', error: null });
  });
});

describe('a clientRequestToken', () => {
  it('covers the choice, whose default is the same as none', async () => {
    const { scope, collectionId } = await start();
    const request = (onAmbiguous?: OnAmbiguous, ofItem?: OnAmbiguous) =>
      world.service.enroll(
        scope,
        {
          collectionId,
          items: [{ image, person: ADA, onAmbiguous: ofItem ?? null }],
          onAmbiguous: onAmbiguous ?? null,
          clientRequestToken: 'one',
        },
        'request',
      );
    const job = await request();
    expect((await request('REFUSE')).id).toBe(job.id);
    expect((await request('LARGEST', 'REFUSE')).id).toBe(job.id);
    for (const other of [request('LARGEST'), request('REFUSE', 'LARGEST')]) {
      await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENT_PARAMETER_MISMATCH' });
    }
    await world.settle();
  });
});
