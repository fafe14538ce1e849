import 'reflect-metadata';
import {
  getNamedType,
  getNullableType,
  graphql,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isScalarType,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql';
import { ACCESS_EXTENSION } from '../../src/graphql/access';
import { createContext } from '../../src/graphql/context';
import type { Principal } from '../../src/graphql/principal';
import { buildApiSchema } from '../../src/http/schema';
import type { DomainError } from '../../src/domain/errors';
import { newId } from '../../src/domain/ids';
import { API_KEY_SCOPES } from '../../src/domain/scopes';
import { DEFAULT_LIMITS } from '../../src/domain/tenant';
import { makeTenantScope } from '../../src/domain/tenant-scope-factory';

const BAD = 'a\0b';
const schema = buildApiSchema({ get: () => ({}) });

/** Every text inside an input object, as the names and list positions that lead to it. */
function textsIn(type: GraphQLInputType, path: readonly string[]): string[][] {
  const inner = getNullableType(type);
  if (isListType(inner)) return textsIn(inner.ofType, [...path, '0']);
  if (isInputObjectType(inner)) {
    return Object.values(inner.getFields()).flatMap((field) => textsIn(field.type, [...path, field.name]));
  }
  return isScalarType(inner) && path.length > 1 && ['String', 'ID'].includes(inner.name) ? [[...path]] : [];
}

/** A value of a type: the least that is needed, with the bad text where `path` ends, if there is one. */
function valueOf(type: GraphQLInputType, path: readonly string[] | null): unknown {
  const inner = getNullableType(type);
  if (isListType(inner)) return path ? [valueOf(inner.ofType, path.slice(1))] : [];
  if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields());
    // Exactly one: any will do where none is asked for.
    const chosen = path?.[0] ?? (inner.isOneOf ? fields[0]!.name : undefined);
    const wanted = fields.filter(
      (field) => field.name === chosen || (isNonNullType(field.type) && field.defaultValue === undefined),
    );
    return Object.fromEntries(
      wanted.map((field) => [field.name, valueOf(field.type, path?.[0] === field.name ? path.slice(1) : null)]),
    );
  }
  if (path) return BAD;
  if (isEnumType(inner)) return inner.getValues()[0]!.name;
  const fillers: Readonly<Record<string, unknown>> = { Int: 1, Float: 1, Boolean: true, String: 'x', ID: newId() };
  return inner.name in fillers ? fillers[inner.name] : {};
}

const tenant: Principal = {
  kind: 'tenant',
  scope: makeTenantScope(newId()),
  apiKeyId: newId(),
  keyName: 'a test',
  keyExpiresAt: null,
  allowedNetworks: null,
  scopes: new Set(API_KEY_SCOPES),
  tenantName: 'Tenant',
  limits: DEFAULT_LIMITS,
};

/** The paths that a call is refused for. */
async function refusedPaths(field: GraphQLField<unknown, unknown>, isMutation: boolean, path: string[]) {
  const given = field.args.filter((arg) => arg.name === path[0] || isNonNullType(arg.type));
  const outer = given.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
  const inner = given.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const isComposite = !isLeafType(getNamedType(field.type));
  const { errors } = await graphql({
    schema,
    source: `${isMutation ? 'mutation' : 'query'} (${outer}) { ${field.name}(${inner}) ${isComposite ? '{ __typename }' : ''} }`,
    variableValues: Object.fromEntries(
      given.map((arg) => [arg.name, valueOf(arg.type, arg.name === path[0] ? path.slice(1) : null)]),
    ),
    contextValue: createContext({
      requestId: 'a test',
      principal: (field.extensions[ACCESS_EXTENSION] as string[]).includes('OPERATOR') ? { kind: 'operator' } : tenant,
      readEvents: () => {
        throw new Error('Nothing is read');
      },
    }),
  });
  const error = errors?.[0]?.originalError as DomainError | undefined;
  if (error?.code !== 'BAD_USER_INPUT') throw error ?? errors?.[0] ?? new Error('It was not refused');
  return (error.details!['fields'] as { path: string }[]).map((one) => one.path);
}

const cases = [schema.getQueryType()!, schema.getMutationType()!].flatMap((root) =>
  Object.values(root.getFields()).flatMap((field) =>
    field.args.flatMap((arg) =>
      textsIn(arg.type, [arg.name]).map((path) => ({
        name: `${field.name}: ${path.join('.')}`,
        field,
        isMutation: root === schema.getMutationType(),
        path,
      })),
    ),
  ),
);

it('finds the texts of every input', () => {
  const names = cases.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(40);
  expect(names).toContain('createUploads: input.files.0.mime');
  expect(names).toContain('enrollFaces: input.items.0.person.create.displayName');
});

it.each(cases)('a refusal names the whole path of $name', async ({ field, isMutation, path }) => {
  expect(await refusedPaths(field, isMutation, path)).toContain(path.join('.'));
});
