import 'reflect-metadata';
import { getNamedType, getOperationAST, isObjectType, parse, type GraphQLObjectType } from 'graphql';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DomainError } from '../../src/domain/errors';
import { newId } from '../../src/domain/ids';
import type { ApiKeyScope } from '../../src/domain/scopes';
import { makeTenantScope } from '../../src/domain/tenant-scope-factory';
import { DEFAULT_LIMITS } from '../../src/domain/tenant';
import { ACCESS_EXTENSION } from '../../src/graphql/access';
import type { Principal } from '../../src/graphql/principal';
import { assertVisible } from '../../src/graphql/visibility';
import { buildApiSchema } from '../../src/http/schema';

const schema = buildApiSchema();

const holderOf = (scopes: readonly ApiKeyScope[]): Principal => ({
  kind: 'tenant',
  scope: makeTenantScope(newId()),
  apiKeyId: newId(),
  keyName: 'a test',
  keyExpiresAt: null,
  allowedNetworks: null,
  scopes: new Set(scopes),
  tenantName: 'Tenant',
  limits: DEFAULT_LIMITS,
});

/** The field that a key with these scopes is refused for; null: it may ask all of it. */
function refusedField(text: string, scopes: readonly ApiKeyScope[], variables: Record<string, unknown> = {}) {
  const document = parse(text);
  try {
    assertVisible(schema, document, getOperationAST(document)!, variables, holderOf(scopes));
    return null;
  } catch (error) {
    const { code, details, message } = error as DomainError;
    expect(code).toBe('FORBIDDEN');
    for (const scope of details!['scopes'] as string[]) expect(message).toContain(scope);
    expect(message).toContain(details!['field']);
    return details!['field'];
  }
}

/** Every `Type.field` that a key with these scopes can select, on whatever way from the operations that it may call. */
function fieldsSeenBy(scopes: readonly ApiKeyScope[]): Set<string> {
  const seen = new Set<string>();
  const walk = (type: GraphQLObjectType, before: string, after: string, onTheWay: readonly string[]): void => {
    for (const field of Object.values(type.getFields())) {
      const inner = getNamedType(field.type);
      const selection = `${field.name}${isObjectType(inner) ? ' { __typename }' : ''}`;
      if (refusedField(`${before} ${selection} ${after}`, scopes) !== null) continue;
      seen.add(`${type.name}.${field.name}`);
      if (!isObjectType(inner) || onTheWay.includes(inner.name)) continue;
      walk(inner, `${before} ${field.name} {`, `} ${after}`, [...onTheWay, inner.name]);
    }
  };
  for (const [operation, root] of [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const) {
    for (const field of Object.values(root!.getFields())) {
      const access = field.extensions[ACCESS_EXTENSION] as readonly string[];
      if (!access.includes('ANY') && !scopes.some((scope) => access.includes(scope))) continue;
      seen.add(`${root!.name}.${field.name}`);
      const type = getNamedType(field.type);
      if (isObjectType(type)) walk(type, `${operation} { ${field.name} {`, '} }', [type.name]);
    }
  }
  return seen;
}

const KEYS: readonly [string, readonly ApiKeyScope[]][] = [
  ['READ', ['READ']],
  ['SEARCH', ['SEARCH']],
  ['+DETAILS', ['SEARCH', 'SEARCH_DETAILS']],
  ['+READ', ['SEARCH', 'READ']],
  ['ENROLL', ['ENROLL']],
  ['WRITE', ['WRITE']],
  ['ADMIN', ['ADMIN']],
  ['AUDIT', ['AUDIT']],
];

/** One line a field; a column a key, which has an x where it sees the field. */
function matrix(): string {
  const columns = KEYS.map(([name, scopes]) => ({ name, seen: fieldsSeenBy(scopes) }));
  const fields = [...new Set(columns.flatMap(({ seen }) => [...seen]))].sort();
  const width = Math.max(...fields.map((field) => field.length));
  const line = (first: string, cells: readonly string[]): string =>
    `${first.padEnd(width)} ${cells.join(' ')}`.trimEnd();
  return [
    line(
      'field',
      columns.map(({ name }) => name),
    ),
    ...fields.map((field) =>
      line(
        field,
        columns.map(({ name, seen }) => (seen.has(field) ? 'x' : '.').padEnd(name.length)),
      ),
    ),
    '',
  ].join('\n');
}

test('keys of one scope see the fields of test/fixtures/visible-fields.txt, and no others', () => {
  // What is new appears here: think of who may see it, then write the table anew with WRITE_FIXTURES=1.
  const table = path.join(__dirname, '..', 'fixtures', 'visible-fields.txt');
  if (process.env.WRITE_FIXTURES) writeFileSync(table, matrix());
  expect(matrix()).toBe(readFileSync(table, 'utf8'));
});

test('what node finds is judged by its type', () => {
  const query = '{ node(id: "x") { __typename id ... on Person { displayName } ... on ApiKey { name } } }';
  // READ finds no key there: see the tests of nodes.
  expect(refusedField(query, ['READ'])).toBeNull();
  expect(refusedField(query, ['ADMIN'])).toBe('Person.displayName');
  expect(refusedField('{ node(id: "x") { id ... on ApiKey { name } } }', ['ADMIN'])).toBeNull();
  expect(refusedField('{ node(id: "x") { id ... on Person { displayName } } }', ['READ'])).toBeNull();
});

const SEARCH = (fields: string): string => `{ searchFaces(collectionIds: []) { probes { matches { ${fields} } } } }`;
const UPDATE = (fields: string): string => `mutation { updatePerson(input: {}) { person { ${fields} } } }`;

describe('what a search key sees of a match', () => {
  it.each(['similarity', 'person { id displayName externalId }', '__typename'])('%s', (fields) => {
    expect(refusedField(SEARCH(fields), ['SEARCH'])).toBeNull();
  });

  it.each([
    ['distance', 'PersonMatch.distance'],
    ['person { metadata }', 'Person.metadata'],
    ['person { faces { nodes { id } } }', 'Person.faces'],
    ['person { createdAt }', 'Person.createdAt'],
    ['face { cropUrl }', 'PersonMatch.face'],
    ['face { image { url } }', 'PersonMatch.face'],
    ['supportingFaces { similarity }', 'PersonMatch.supportingFaces'],
    ['renamed: distance', 'PersonMatch.distance'],
    ['... on PersonMatch { ... { person { ... { metadata } } } }', 'Person.metadata'],
  ])('not %s', (fields, field) => {
    expect(refusedField(SEARCH(fields), ['SEARCH'])).toBe(field);
    expect(refusedField(SEARCH(fields), ['SEARCH', 'READ'])).toBeNull();
  });

  it('with SEARCH_DETAILS metadata and the crop of the best face, and no image', () => {
    const scopes: ApiKeyScope[] = ['SEARCH', 'SEARCH_DETAILS'];
    expect(refusedField(SEARCH('person { metadata } face { id cropUrl }'), scopes)).toBeNull();
    expect(refusedField(SEARCH('face { image { url } }'), scopes)).toBe('Face.image');
    expect(refusedField(SEARCH('supportingFaces { face { cropUrl } }'), scopes)).toBe('PersonMatch.supportingFaces');
    expect(refusedField(SEARCH('face { person { metadata } }'), scopes)).toBe('Face.person');
  });
});

describe('a scope counts below the operations that it opens', () => {
  it('not below others of the same key', () => {
    const scopes: ApiKeyScope[] = ['SEARCH', 'SEARCH_DETAILS', 'WRITE', 'ENROLL'];
    expect(refusedField(UPDATE('id'), scopes)).toBeNull();
    expect(refusedField(UPDATE('displayName'), scopes)).toBe('Person.displayName');
    expect(refusedField(UPDATE('metadata'), scopes)).toBe('Person.metadata');
    expect(refusedField('mutation { cancelJob { job { state items { nodes { id } } } } }', scopes)).toBe('Job.items');
  });

  it('a fragment that both spread is judged for each', () => {
    const text = `query { verifyPerson { face { ...F } } }
      mutation M { unassignFaces { faces { ...F } } }
      fragment F on Face { id cropUrl }`;
    const document = parse(text);
    const judge = (name: string) => () =>
      assertVisible(
        schema,
        document,
        getOperationAST(document, name)!,
        {},
        holderOf(['SEARCH', 'SEARCH_DETAILS', 'WRITE']),
      );
    expect(judge('M')).toThrow(/Face.cropUrl/);
    const one = `{ a: verifyPerson { face { ...F } } person { ...P } b: searchFaces { probes { matches { person { ...P } } } } }
      fragment F on Face { id cropUrl } fragment P on Person { metadata }`;
    // The key may not call person, which is refused where it is resolved; the fragment below searchFaces is judged all the same.
    expect(refusedField(one, ['SEARCH'])).toBe('VerifyPersonPayload.face');
    expect(refusedField(one.replace('a: verifyPerson { face { ...F } }', ''), ['SEARCH'])).toBe('Person.metadata');
  });

  it('at the root, too, fragments are gone through', () => {
    const text = `mutation { ...M } fragment M on Mutation { ... { updatePerson(input: {}) { person { ...P } } } }
      fragment P on Person { displayName }`;
    expect(refusedField(text, ['WRITE'])).toBe('Person.displayName');
  });
});

describe('fields behind a switch', () => {
  const text = (definition: string, directive: string): string =>
    `query ${definition} { searchFaces { probes { matches { distance ${directive} } } } }`;

  it.each([
    ['a literal', text('', '@include(if: false)'), {}],
    ['a variable', text('($on: Boolean!)', '@include(if: $on)'), { on: false }],
    ['a variable’s default', text('($on: Boolean! = false)', '@include(if: $on)'), {}],
    ['skip', text('($off: Boolean = true)', '@skip(if: $off)'), {}],
    ['one of two', text('', '@skip(if: false) @include(if: false)'), {}],
  ])('are not asked for when it is off: %s', (_what, query, variables) => {
    expect(refusedField(query, ['SEARCH'], variables)).toBeNull();
  });

  it.each([
    ['on', text('($on: Boolean! = false)', '@include(if: $on)'), { on: true }],
    ['missing', text('($on: Boolean!)', '@include(if: $on)'), {}],
    ['no boolean', text('($on: Boolean!)', '@include(if: $on)'), { on: 'false' }],
    ['of another type', text('($on: [Boolean!])', '@include(if: $on)'), { on: [false] }],
  ])('are asked for when it is %s', (_what, query, variables) => {
    expect(refusedField(query, ['SEARCH'], variables)).toBe('PersonMatch.distance');
  });
});

test('the operator, and who has shown no key, are left to the guards of root fields', () => {
  const document = parse(UPDATE('displayName'));
  const operation = getOperationAST(document)!;
  for (const principal of [null, { kind: 'operator' } as const]) {
    expect(() => assertVisible(schema, document, operation, {}, principal)).not.toThrow();
  }
});
