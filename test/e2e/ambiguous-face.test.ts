import { createTenant, type TestTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { cutOut, findTestData, type Box } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';
import { suiteWhere } from '../fixtures/needs';

const data = findTestData('refusing photographs of several people');

suiteWhere(data !== undefined)('a photograph of several people, for one of them', () => {
  const GROUPS = ['two_people.jpg', 'kit_with_rose.jpg', 'obama_and_biden.jpg', 'group-2.jpg'];
  let platform: TestPlatform;
  let tenant: TestTenant;

  beforeAll(async () => {
    platform = await TestPlatform.start();
    tenant = await createTenant(platform.operator);
  });
  afterAll(() => platform?.stop());

  const base64 = (bytes: Buffer) => ({ base64: bytes.toString('base64') });
  const group = (name: string): Buffer => data!.photo(`groups/${name}`);
  const person = { create: { displayName: 'One of them' } };
  const countsOf = async (id: string): Promise<Data> =>
    (await tenant.api.call(`query ($id: ID!) { collection(id: $id) { faceCount personCount } }`, { id })).collection;

  test.each(GROUPS)('%s is refused with the boxes, and enrolled where the largest is allowed', async (name) => {
    const collectionId = await tenant.createCollection();
    const uploadId = await tenant.upload(group(name));
    const { faces } = await tenant.detect(group(name));
    const [refused] = (await tenant.enroll(collectionId, [{ image: { uploadId }, person }])).items.nodes;
    expect(refused).toMatchObject({
      state: 'FAILED',
      image: null,
      faceRecords: [],
      unindexedFaces: [],
      error: { code: 'AMBIGUOUS_FACE', message: expect.stringContaining('onAmbiguous: LARGEST') },
    });
    const found = faces.map((face: Data) => face.boundingBox);
    expect(refused.error.details.boxes.length).toBeGreaterThanOrEqual(2);
    for (const box of refused.error.details.boxes) expect(found).toContainEqual(box);
    expect(await countsOf(collectionId)).toEqual({ faceCount: 0, personCount: 0 });

    const [allowed] = (await tenant.enroll(collectionId, [{ image: { uploadId }, person, onAmbiguous: 'LARGEST' }]))
      .items.nodes;
    expect(allowed).toMatchObject({ state: 'SUCCEEDED', error: null });
    expect(allowed.faceRecords.map((face: Data) => face.boundingBox)).toEqual([refused.error.details.boxes[0]]);
    expect(await countsOf(collectionId)).toEqual({ faceCount: 1, personCount: 1 });
  });

  test('is said to be ambiguous where it is verified or compared, and a cut-out of it is not', async () => {
    const collectionId = await tenant.createCollection();
    const photo = group('two_people.jpg');
    const { faces } = await tenant.detect(photo);
    const portrait = await cutOut(photo, faces[0].boundingBox as Box);
    const { personId } = await tenant.enrollPerson(collectionId, portrait, 'One of them');
    const ask = (image: Buffer) =>
      tenant.api.call(
        `query ($id: ID!, $image: ImageInput!) {
          verifyPerson(personId: $id, image: $image) { isAmbiguous isMatch }
          compareFaces(source: $image, target: $image) { isAmbiguous }
        }`,
        { id: personId, image: base64(image) },
      );
    expect(await ask(photo)).toEqual({
      verifyPerson: { isAmbiguous: true, isMatch: true },
      compareFaces: { isAmbiguous: true },
    });
    expect(await ask(portrait)).toEqual({
      verifyPerson: { isAmbiguous: false, isMatch: true },
      compareFaces: { isAmbiguous: false },
    });
  });
});
