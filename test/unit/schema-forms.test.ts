import 'reflect-metadata';
import {
  getNamedType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  parse,
  type GraphQLField,
  type OperationDefinitionNode,
} from 'graphql';
import { chargesOf } from '../../src/graphql/charges';
import { assertWithinLimits } from '../../src/graphql/limits';
import { buildApiSchema } from '../../src/http/schema';

const schema = buildApiSchema();
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));

/** Fields that answer with a page of a list. */
const lists: { name: string; field: GraphQLField<unknown, unknown> }[] = types
  .filter(isObjectType)
  .flatMap((type) => Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, field })))
  .filter(({ field }) => getNamedType(field.type).name.endsWith('Connection'));

describe('mutations', () => {
  const mutations = Object.values(schema.getMutationType()!.getFields());
  const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

  /** Names of the fields of its input, with their types. */
  const inputOf = (field: GraphQLField<unknown, unknown>): Record<string, string> => {
    const input = getNamedType(field.args[0]!.type);
    if (!isInputObjectType(input)) throw new Error(`${field.name} takes no input object`);
    return Object.fromEntries(Object.values(input.getFields()).map(({ name, type }) => [name, String(type)]));
  };

  it.each(mutations)('$name takes one argument, `input`, and answers with its payload', (field) => {
    expect(field.args.map(({ name, type }) => `${name}: ${String(type)}`)).toEqual([
      `input: ${capital(field.name)}Input!`,
    ]);
    expect(String(field.type)).toBe(`${capital(field.name)}Payload!`);
  });

  /** Those that act on what is there already, with what they act on: `person` of updatePerson, `faces` of deleteFaces. */
  const acting = mutations
    // A match and a merge are what somebody might think, and have no id.
    .filter(({ name }) => !/^(add|create|enroll|publish)[A-Z]|^(undo|confirmMatch|rejectMatch|rejectMerge)$/.test(name))
    .map((field) => ({
      name: field.name,
      field,
      thing: field.name.replace(/^[a-z]+(.)/, (_, one: string) => one.toLowerCase()),
    }));

  it.each(acting.filter(({ thing }) => !thing.endsWith('s')))('$name calls the $thing `id`', ({ field, thing }) => {
    expect(inputOf(field)).toHaveProperty('id', 'ID!');
    expect(inputOf(field)).not.toHaveProperty(`${thing}Id`);
  });

  it.each(acting.filter(({ thing }) => thing.endsWith('s')))(
    '$name takes a list of $thing by their ids',
    ({ field, thing }) => {
      expect(inputOf(field)).toHaveProperty(`${thing.slice(0, -1)}Ids`, '[ID!]!');
      expect(inputOf(field)).not.toHaveProperty('id');
    },
  );
});

test('every input type is called so, and nothing else is', () => {
  const inputs = types.filter(isInputObjectType).map(({ name }) => name);
  expect(inputs.filter((name) => !name.endsWith('Input'))).toEqual([]);
  const others = types.filter((type) => !isInputObjectType(type)).map(({ name }) => name);
  expect(others.filter((name) => name.endsWith('Input'))).toEqual([]);
});

describe('lists', () => {
  const PAGING = new Set(['first', 'after', 'last', 'before', 'orderBy', 'startAt']);

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

test('what takes images, or looks at them again, says what it takes of the rates of its caller', () => {
  const takesImage = (type: GraphQLArgument['type'], depth = 0): boolean => {
    const named = getNamedType(type);
    if (!isInputObjectType(named) || depth > 3) return false;
    return (
      named.name === 'ImageInput' || Object.values(named.getFields()).some((one) => takesImage(one.type, depth + 1))
    );
  };
  const fields = [schema.getQueryType()!, schema.getMutationType()!].flatMap((root) => Object.values(root.getFields()));
  const looking = fields.filter(({ name, args }) => name === 'retryJob' || args.some(({ type }) => takesImage(type)));
  expect(looking.map(({ name }) => name)).toEqual(expect.arrayContaining(['searchFaces', 'enrollFaces', 'retryJob']));
  expect(looking.filter((field) => !chargesOf(field)).map(({ name }) => name)).toEqual([]);
});

test('all labels of a classifier count as what they may be, wherever they are asked for', () => {
  const weigh = (selection: string): void => {
    const document = parse(`{ ${selection} }`);
    assertWithinLimits(schema, document, document.definitions[0] as OperationDefinitionNode);
  };
  const all = (times: number): string =>
    Array.from({ length: times }, (_, n) => `c${n}: classifiers { id labels }`).join(' ');
  const asked = 'classifyImage(image: { url: "https://example.com/1.jpg" }, model: "small") { classifier { labels } }';
  weigh(`${all(2)} ${asked}`);
  expect(() => weigh(all(4))).toThrow('asks for more than');
  expect(() => weigh(`${all(3)} ${asked}`)).toThrow('asks for more than');
});
