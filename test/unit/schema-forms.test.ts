import 'reflect-metadata';
import {
  getNamedType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
} from 'graphql';
import { buildApiSchema } from '../../src/http/schema';

const schema = buildApiSchema();
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));

/** Fields that answer with a page of a list. */
const lists: { name: string; field: GraphQLField<unknown, unknown> }[] = types
  .filter(isObjectType)
  .flatMap((type) => Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, field })))
  .filter(({ field }) => getNamedType(field.type).name.endsWith('Connection'));

test('every input type is called so, and nothing else is', () => {
  const inputs = types.filter(isInputObjectType).map(({ name }) => name);
  expect(inputs.filter((name) => !name.endsWith('Input'))).toEqual([]);
  const others = types.filter((type) => !isInputObjectType(type)).map(({ name }) => name);
  expect(others.filter((name) => name.endsWith('Input'))).toEqual([]);
});

describe('lists', () => {
  const PAGING = new Set(['first', 'after', 'last', 'before', 'orderBy']);

  /** Those that say which rows are in the list. */
  const choosing = (field: GraphQLField<unknown, unknown>): GraphQLArgument[] =>
    field.args.filter((arg) => !PAGING.has(arg.name));

  it('finds them', () => {
    expect(lists.map(({ name }) => name)).toEqual(expect.arrayContaining(['Query.faces', 'Query.jobs', 'Job.items']));
  });

  it.each(lists)(
    '$name is narrowed by `filter` alone; beside it stand a scope that it needs, or whose tenant',
    ({ field }) => {
      const others = choosing(field).filter((arg) => arg.name !== 'filter' && !isNonNullType(arg.type));
      // The operator has no tenant of their own and says whose list it is; all others leave it out.
      expect(others.map((arg) => arg.name).filter((name) => name !== 'tenantId')).toEqual([]);
    },
  );

  it.each(lists.filter(({ field }) => field.args.some((arg) => arg.name === 'filter')))(
    '$name takes the filter input of its rows, which may be left out',
    ({ field }) => {
      const filter = field.args.find((arg) => arg.name === 'filter')!;
      const row = getNamedType(field.type).name.replace(/Connection$/, '');
      expect(String(filter.type)).toBe(`${row}FilterInput`);
    },
  );
});
