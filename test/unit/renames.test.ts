import 'reflect-metadata';
import {
  buildSchema,
  GraphQLError,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
  resolveSchemaCoordinate,
  validate,
  type GraphQLSchema,
} from 'graphql';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { formatError } from '../../src/graphql/errors';
import { renameHint, RENAMES } from '../../src/graphql/renames';
import { buildApiSchema } from '../../src/http/schema';

const schema = buildApiSchema();
const rows = Object.entries(RENAMES).map(([was, { now, write }]) => ({ was, now, write }));

function exists(coordinate: string): boolean {
  try {
    return resolveSchemaCoordinate(schema, coordinate) !== undefined;
  } catch {
    // Its type or its field is not there.
    return false;
  }
}

/** Every type, field and argument, but no field of a type that `isKnown` does not know. */
function coordinatesOf(of: GraphQLSchema, isKnown: (type: string) => boolean): string[] {
  return Object.values(of.getTypeMap()).flatMap((type) => {
    if (!isKnown(type.name) || !(isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))) {
      return [type.name];
    }
    if (isInputObjectType(type)) return Object.keys(type.getFields()).map((field) => `${type.name}.${field}`);
    return Object.values(type.getFields()).flatMap((field) => {
      const name = `${type.name}.${field.name}`;
      return [name, ...field.args.map((arg) => `${name}(${arg.name}:)`)];
    });
  });
}

/** The least of a query that says the old name. */
function oldQuery(was: string): string {
  const [, type = was, field, argument] = /^(\w+)\.(\w+)(?:\((\w+):\))?$/.exec(was) ?? [];
  if (field === undefined) return `query ($x: ${type}) { __typename }`;
  return `{ ...Old } fragment Old on ${type} { ${field}${argument === undefined ? '' : `(${argument}: null)`} }`;
}

describe('what has another name now', () => {
  it.each(rows)('$was is $now, which there is', ({ was, now, write }) => {
    expect(exists(was)).toBe(false);
    expect(exists(now)).toBe(true);
    expect(write).toContain(/\w+(?=\W*$)/.exec(now)![0]);
  });

  it.each(rows)('who says $was is told: $write', ({ was, write }) => {
    const told = validate(schema, parse(oldQuery(was))).map((error) => formatError(error).message);
    expect(told).toContainEqual(expect.stringContaining(`. It is now ${write}.`));
    // A guess beside it would mislead.
    expect(told.filter((message) => /It is now/.test(message) && /Did you mean/.test(message))).toEqual([]);
  });

  it('is whatever the last release had and this schema has not', () => {
    const released = buildSchema(
      readFileSync(path.join(__dirname, '..', 'fixtures', 'schema.released.graphql'), 'utf8'),
    );
    const gone = coordinatesOf(released, (type) => schema.getType(type) !== undefined).filter((one) => !exists(one));
    expect(gone.filter((one) => !Object.hasOwn(RENAMES, one))).toEqual([]);
    expect(gone).toContain('Mutation.cancelJob(id:)');
  });
});

describe('fields of inputs', () => {
  const renames = { 'CreatePersonInput.name': { now: 'CreatePersonInput.displayName', write: 'displayName' } };

  it('are told of in a literal', () => {
    const query = 'mutation { createPerson(input: { collectionId: "c", name: "Zoë" }) { person { id } } }';
    const told = validate(schema, parse(query)).map(({ message }) => renameHint(message, renames));
    expect(told).toContain('It is now displayName');
  });

  it('are told of in a variable', () => {
    const message =
      'Variable "$input" got invalid value { collectionId: "c", name: "Zoë" }; ' +
      'Field "name" is not defined by type "CreatePersonInput". Did you mean "metadata"?';
    expect(renameHint(message, renames)).toBe('It is now displayName');
    expect(formatError(new GraphQLError(message)).message).toBe(
      'input: Field "name" is not defined by type "CreatePersonInput".',
    );
  });
});

test('of what was never there nothing is said', () => {
  expect(renameHint('Cannot query field "constructor" on type "Query".')).toBeUndefined();
  expect(renameHint('Unknown type "constructor".')).toBeUndefined();
  expect(renameHint('Unknown argument "id" on directive "@include".')).toBeUndefined();
});
