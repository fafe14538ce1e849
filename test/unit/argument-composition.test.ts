import 'reflect-metadata';
import { getNamedType, isInputObjectType, isObjectType, type GraphQLResolveInfo } from 'graphql';
import { validateArguments } from '../../src/graphql/argument-validation';
import { buildApiSchema } from '../../src/http/schema';
import { EnrollFacesItemInput } from '../../src/modules/enrollment/enrollment.inputs';
import { ImageInput } from '../../src/modules/images/image.inputs';

const COMPOSED = 'Jos\u00e9';
const DECOMPOSED = 'Jose\u0301';

const schema = buildApiSchema({ get: () => ({}) });
const info = { parentType: schema.getQueryType()!, fieldName: 'persons' } as GraphQLResolveInfo;

/** The names of all fields and arguments that take a text or JSON. */
function textFields(): string[] {
  const inputs = Object.values(schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__')) return [];
    if (isInputObjectType(type)) return Object.values(type.getFields());
    return isObjectType(type) ? Object.values(type.getFields()).flatMap((field) => field.args) : [];
  });
  const texts = inputs.filter(({ type }) => ['String', 'ID', 'JSONObject'].includes(getNamedType(type).name));
  return [...new Set(texts.map(({ name }) => name))].sort();
}

test('what people type is composed; addresses, ids, keys and tokens stay as they came', async () => {
  class Input {
    [name: string]: unknown;
  }
  const input = Object.assign(new Input(), Object.fromEntries(textFields().map((name) => [name, DECOMPOSED])));
  await validateArguments(input, Input, { info });
  const composed = textFields().filter((name) => input[name] === COMPOSED);
  const verbatim = textFields().filter((name) => input[name] === DECOMPOSED);
  // A new field goes into one of the two, by what it means.
  expect({ composed, verbatim }).toEqual({
    composed: [
      'aliases',
      'description',
      'displayName',
      'externalId',
      'externalIds',
      'externalImageId',
      'label',
      'metadata',
      'name',
      'startAt',
      'text',
    ],
    verbatim: [
      'actor',
      'after',
      'afterPersonId',
      'allowedNetworks',
      'apiKeyId',
      'base64',
      'before',
      'bornOn',
      'clientRequestToken',
      'collectionId',
      'collectionIds',
      'diedOn',
      'faceId',
      'faceIds',
      'galleryId',
      'galleryIds',
      'granteeTenantId',
      'id',
      'imageId',
      'intoId',
      'itemIds',
      'jobId',
      'mime',
      'model',
      'modelPack',
      'olderThanFaceId',
      'operationId',
      'operations',
      'otherId',
      'personId',
      'personIds',
      'searchId',
      'sha256',
      'subjectId',
      'tenantId',
      'uploadId',
      'url',
    ],
  });
});

test('inside inputs, too: an address is fetched as it was given', async () => {
  const url = `https://images.example/${DECOMPOSED}.jpg`;
  const image = Object.assign(new ImageInput(), { url });
  const item = Object.assign(new EnrollFacesItemInput(), { image, externalImageId: DECOMPOSED });
  await validateArguments(item, EnrollFacesItemInput, { info });
  expect(item).toEqual({ image: { url }, externalImageId: COMPOSED });
});

test('in lists, too', async () => {
  class Input {
    aliases = [DECOMPOSED, 'Ada'];
  }
  const input = new Input();
  await validateArguments(input, Input, { info });
  expect(input.aliases).toEqual([COMPOSED, 'Ada']);
  input.aliases = [`a${'\u0301'.repeat(31)}`];
  await expect(validateArguments(input, Input, { info })).rejects.toMatchObject({
    details: { fields: [{ path: 'aliases.0', rule: expect.stringContaining('combining marks') }] },
  });
});

test('a run of marks is refused where it stands, before anything is composed', async () => {
  const run = `a${'\u0301'.repeat(32_000)}${'\u0323'.repeat(32_000)}`;
  class Filter {
    text = run;
    metadata = { note: run };
  }
  await expect(validateArguments(new Filter(), Filter, { info })).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    details: { fields: [{ path: 'text', rule: 'must not have more than 30 combining marks in a row' }] },
  });
});
