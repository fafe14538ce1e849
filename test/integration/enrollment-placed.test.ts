import type { TenantScope } from '../../src/domain/tenant-scope';
import type { EnrollFacesCommand, EnrollFacesItem } from '../../src/modules/enrollment/enrollment-request';
import type { FaceChoice } from '../../src/modules/enrollment/placed-faces';
import { FaceStore } from '../../src/modules/faces/face.store';
import { PersonStore } from '../../src/modules/persons/person.store';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, type EnrollmentWorld } from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
let persons: PersonStore;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
  persons = new PersonStore(db.database);
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});

const ALL = { first: 100 };
const imageOf = (salt: string) => ({ base64: scriptedImage({ faces: [1], salt, bare: true }).toString('base64') });
const ADA = { create: { displayName: 'Ada', externalId: 'ada', metadata: { motto: 'analytical' } } };
const BOB = { create: { displayName: 'Bob', externalId: 'bob' } };

/** A face in the column at `left`. */
function faceAt(left: number, person?: FaceChoice['person']): FaceChoice {
  const point = (x: number, y: number) => ({ x: left + x, y });
  return {
    boundingBox: { left, top: 0.1, width: 0.1, height: 0.2 },
    landmarks: {
      eyeLeft: point(0.03, 0.15),
      eyeRight: point(0.07, 0.15),
      nose: point(0.05, 0.2),
      mouthLeft: point(0.03, 0.25),
      mouthRight: point(0.07, 0.25),
    },
    confidence: 87.5,
    person,
  };
}

const start = () => world.createTenantWithCollection();

const enroll = (...enrolment: Parameters<EnrollmentWorld['enrollAll']>) => world.enrollAll(...enrolment);

const facesIn = (scope: TenantScope, collectionId: string) =>
  new FaceStore(db.database).list(scope, { collectionId }, ALL);

const refused = (items: EnrollFacesItem[], more: Partial<EnrollFacesCommand> = {}) =>
  start().then(({ scope, collectionId }) =>
    world.service.enroll(scope, { collectionId, items, ...more }, 'request').then(
      () => [],
      (error: { details: { fields: { path: string; rule: string }[] } }) =>
        error.details.fields.map(({ path, rule }) => `${path} ${rule}`),
    ),
  );

describe('an image whose faces come with their places', () => {
  it('gives each its person, or nobody, and looks for no other', async () => {
    const { scope, collectionId } = await start();
    const takenAt = new Date('2020-05-06T07:08:09Z');
    const faces = [faceAt(0.1, ADA), faceAt(0.3, BOB), faceAt(0.5)];
    const { items } = await enroll(scope, collectionId, [
      { image: imageOf('a'), faces, takenAt, externalImageId: 'photo-1' },
    ]);
    expect(items[0]).toMatchObject({ state: 'SUCCEEDED', duplicate: false, image: { takenAt } });
    expect(items[0]!.faces).toHaveLength(3);
    const found = await facesIn(scope, collectionId);
    expect(
      found.map(({ boundingBox, landmarks, confidence, person, state, externalImageId }) => [
        { boundingBox, confidence, state, externalImageId },
        landmarks.nose.x > 0,
        person?.displayName,
      ]),
    ).toEqual(
      faces.map(({ boundingBox }, index) => [
        { boundingBox, confidence: 87.5, state: 'INDEXED', externalImageId: 'photo-1' },
        true,
        ['Ada', 'Bob', undefined][index],
      ]),
    );
    const [counts] = await db.database.read(scope, (tx) =>
      tx.collection.findMany({ where: { id: collectionId }, select: { faceCount: true, personCount: true } }),
    );
    expect(counts).toEqual({ faceCount: 3, personCount: 2 });
  });

  it('is there once, however often it comes and whoever its faces were given to', async () => {
    const { scope, collectionId } = await start();
    const item = { image: imageOf('b'), faces: [faceAt(0.1, ADA), faceAt(0.3)] };
    const first = await enroll(scope, collectionId, [item]);
    await persons.delete(scope, [first.items[0]!.faces.find((face) => face.person)!.person!.id], {
      keepFaces: true,
      requestId: 'request',
    });
    const again = await enroll(scope, collectionId, [item, item]);
    expect(again.items.map(({ state, duplicate, image }) => [state, duplicate, image?.id])).toEqual(
      [1, 2].map(() => ['SUCCEEDED', true, first.items[0]!.image!.id]),
    );
    // What somebody has done with the faces since holds, and nobody comes back.
    expect((await facesIn(scope, collectionId)).map((face) => face.person)).toEqual([null, null]);
    expect(await persons.list(scope, collectionId, {}, ALL)).toEqual([]);
    expect(await world.storedKeys(scope, 'images')).toEqual([first.items[0]!.image!.id]);
  });

  it('gets those faces that were missing, at the image that is there', async () => {
    const { scope, collectionId } = await start();
    const first = await enroll(scope, collectionId, [{ image: imageOf('c'), faces: [faceAt(0.1, ADA)] }]);
    const more = await enroll(scope, collectionId, [
      { image: imageOf('c'), faces: [faceAt(0.101, BOB), faceAt(0.3, BOB), faceAt(0.5)] },
    ]);
    expect(more.items[0]).toMatchObject({ state: 'SUCCEEDED', duplicate: false, image: first.items[0]!.image });
    const found = await facesIn(scope, collectionId);
    expect(found.map((face) => [face.image.id, face.state, face.person?.displayName])).toEqual(
      ['Ada', 'Bob', undefined].map((name) => [first.items[0]!.image!.id, 'INDEXED', name]),
    );
    expect(await world.storedKeys(scope, 'images')).toEqual([first.items[0]!.image!.id]);
  });

  it('is known by what was kept of an image that was enrolled with more, whose faces were looked for', async () => {
    const { scope, collectionId } = await start();
    const found = await enroll(scope, collectionId, [{ image: imageOf('d'), person: ADA }]);
    const { boundingBox, landmarks } = found.items[0]!.faces[0]!;
    const again = await enroll(scope, collectionId, [
      { image: imageOf('d'), faces: [{ boundingBox, landmarks, person: BOB }] },
    ]);
    expect(again.items[0]).toMatchObject({ state: 'SUCCEEDED', duplicate: true, image: found.items[0]!.image });
  });

  it('of one moment in two jobs is indexed once', async () => {
    const { scope, collectionId } = await start();
    const item = { image: imageOf('e'), faces: [faceAt(0.1, ADA), faceAt(0.3, BOB)] };
    await Promise.all(
      [1, 2, 3].map(() => world.service.enroll(scope, { collectionId, items: [item, item] }, 'request')),
    );
    await world.relay.drain();
    await Promise.all(world.deliveries.splice(0).map(({ payload }) => world.run(payload)));
    expect(await facesIn(scope, collectionId)).toHaveLength(2);
    expect(await persons.list(scope, collectionId, {}, ALL)).toHaveLength(2);
  });

  it('fails whole when a face cannot be embedded, and says which', async () => {
    const { scope, collectionId } = await start();
    const bytes = scriptedImage({ faces: [1], rejected: { 1: 'MISALIGNED' } });
    const { items } = await enroll(scope, collectionId, [
      { image: { base64: bytes.toString('base64') }, faces: [faceAt(0.1, ADA), faceAt(0.3, BOB)] },
    ]);
    expect(items[0]).toMatchObject({
      state: 'FAILED',
      error: {
        code: 'NO_FACE_FOUND',
        message: expect.stringContaining('faces.1'),
        details: { face: 1, reasons: ['MISALIGNED'] },
      },
    });
    expect(await facesIn(scope, collectionId)).toEqual([]);
    expect(await persons.list(scope, collectionId, {}, ALL)).toEqual([]);
    expect(await world.storedKeys(scope, 'images')).toEqual([]);
  });
});

describe('the person of a placed face', () => {
  it('of another tenant, or of nobody, fails the image whole', async () => {
    const { scope, collectionId } = await start();
    const other = await start();
    const { items: theirs } = await enroll(other.scope, other.collectionId, [
      { image: imageOf('f'), faces: [faceAt(0.1, ADA)] },
    ]);
    const id = theirs[0]!.faces[0]!.person!.id;
    const { items } = await enroll(scope, collectionId, [
      { image: imageOf('f'), faces: [faceAt(0.1, BOB), faceAt(0.3, { id })] },
      { image: imageOf('g'), faces: [faceAt(0.1, { externalId: 'nobody' })] },
    ]);
    expect(items.map(({ state, error }) => [state, error?.code, error?.message])).toEqual([
      ['FAILED', 'NOT_FOUND', expect.stringContaining('No such person of faces.1')],
      ['FAILED', 'NOT_FOUND', expect.stringContaining('No such person of faces.0')],
    ]);
    expect(await facesIn(scope, collectionId)).toEqual([]);
    expect(await persons.list(scope, collectionId, {}, ALL)).toEqual([]);
    expect(await facesIn(other.scope, other.collectionId)).toHaveLength(1);
  });

  it('who is deleted before the image is looked at does not come back, and nothing is left of them', async () => {
    const { scope, collectionId } = await start();
    await enroll(scope, collectionId, [{ image: imageOf('h'), faces: [faceAt(0.1, ADA)] }]);
    const job = await world.service.enroll(
      scope,
      { collectionId, items: [{ image: imageOf('i'), faces: [faceAt(0.1, BOB), faceAt(0.3, ADA)] }] },
      'request',
    );
    const [ada] = await persons.list(scope, collectionId, {}, ALL);
    await persons.delete(scope, [ada!.id], { keepFaces: false, requestId: 'request' });
    const rows = await db.database.read(scope, (tx) =>
      tx.jobItem.findMany({ where: { jobId: job.id }, select: { faces: true } }),
    );
    const kept = JSON.stringify(rows);
    expect(kept).toContain('Bob');
    expect(kept).not.toMatch(/Ada|analytical|"ada"/);
    await world.settle();
    const [item] = await world.jobs.listItems(scope, job.id, {}, ALL);
    expect(item).toMatchObject({ state: 'FAILED', error: { code: 'NOT_FOUND' } });
    expect(item!.error!.message).toContain('person of faces.1');
    expect(await persons.list(scope, collectionId, {}, ALL)).toEqual([]);
  });

  it('leaves no word in an item that succeeded', async () => {
    const { scope, collectionId } = await start();
    const { job } = await enroll(scope, collectionId, [{ image: imageOf('j'), faces: [faceAt(0.1, ADA)] }]);
    const rows = await db.database.read(scope, (tx) =>
      tx.jobItem.findMany({ where: { jobId: job.id }, select: { faces: true } }),
    );
    expect(rows).toEqual([{ faces: null }]);
  });
});

describe('places that cannot be', () => {
  const image = imageOf('k');
  const inside =
    'must lie in the image: left and top are 0 or more, left + width and top + height 1 or less, as ratios of the image';

  it('are refused with their paths, and nothing is written', async () => {
    const box = (boundingBox: FaceChoice['boundingBox']) => ({ ...faceAt(0.1), boundingBox });
    expect(
      await refused([
        { image, faces: [box({ left: 0.95, top: 0.1, width: 0.1, height: 0.1 })] },
        { image, faces: [box({ left: 0.1, top: -0.2, width: 0.1, height: 0.1 })] },
        { image, faces: [box({ left: 0.1, top: 0.2, width: 0, height: 0.1 })] },
        { image, faces: [faceAt(0.1, ADA), faceAt(0.3), faceAt(0.1, BOB)] },
        { image, faces: [{ ...faceAt(0.1), landmarks: { ...faceAt(0.1).landmarks, nose: { x: 3, y: 0 } } }] },
        { image, faces: [{ ...faceAt(0.1), confidence: 101 }] },
        { image, faces: [] },
        { image, faces: [{ ...faceAt(0.1), person: { id: 'x' } }] },
      ]),
    ).toEqual([
      `input.items.0.faces.0.boundingBox ${inside}`,
      `input.items.1.faces.0.boundingBox ${inside}`,
      'input.items.2.faces.0.boundingBox must be wider and higher than 0',
      'input.items.3.faces.2.boundingBox must not be the place of input.items.3.faces.0, too',
      'input.items.4.faces.0.landmarks must lie in the image or near it, as ratios of the image',
      'input.items.5.faces.0.confidence must be a number from 0 to 100',
      'input.items.6.faces must have 1 to 100 faces; leave it out to have them looked for',
      'input.items.7.faces.0.person.id must be the id of a person',
    ]);
  });

  it('are refused beside what is about faces that are looked for', async () => {
    const faces = [faceAt(0.1)];
    expect(
      await refused(
        [
          { image, faces, person: ADA },
          { image, faces, onAmbiguous: 'LARGEST' },
        ],
        { onKnownElsewhere: 'WARN' },
      ),
    ).toEqual([
      'input.items.0.faces must not be given beside person: say in each face whose it is',
      'input.items.0.faces must not be given with onKnownElsewhere: nobody is looked up',
      'input.items.1.faces must not be given beside onAmbiguous: nothing is chosen',
      'input.items.1.faces must not be given with onKnownElsewhere: nobody is looked up',
    ]);
  });
});

it('a token covers places, persons and times', async () => {
  const { scope, collectionId } = await start();
  const image = imageOf('l');
  const ask = (item: Partial<EnrollFacesItem>) =>
    world.service.enroll(scope, { collectionId, items: [{ image, ...item }], clientRequestToken: 't' }, 'request');
  const faces = [faceAt(0.1, ADA)];
  const { id } = await ask({ faces });
  expect((await ask({ faces: structuredClone(faces) })).id).toBe(id);
  for (const other of [
    {},
    { faces: [faceAt(0.1, BOB)] },
    { faces: [faceAt(0.2, ADA)] },
    { faces, takenAt: new Date(0) },
  ]) {
    await expect(ask(other)).rejects.toMatchObject({ code: 'IDEMPOTENT_PARAMETER_MISMATCH' });
  }
});
