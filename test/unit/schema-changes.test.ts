import {
  buildSchema,
  findBreakingChanges,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLSchema,
} from 'graphql';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');
const read = (...parts: string[]): string => readFileSync(path.join(ROOT, ...parts), 'utf8');

/** What CHANGELOG.md says of the next release's breaking changes. */
function breakingSection(changelog: string): string {
  const [, unreleased = ''] = changelog.split(/^## Unreleased$/m);
  const [next = ''] = unreleased.split(/^## /m);
  const [, breaking = ''] = next.split(/^### Breaking$/m);
  return breaking.split(/^### /m)[0]!;
}

/** Names of types, fields and arguments: of a sentence about a change, these say what changed. */
function namesOf(schema: GraphQLSchema): Set<string> {
  const names = new Set<string>();
  for (const [name, type] of Object.entries(schema.getTypeMap())) {
    names.add(name);
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      names.add(field.name);
      if ('args' in field) for (const arg of field.args) names.add(arg.name);
    }
  }
  return names;
}

/** Breaking changes that the changelog does not name. */
function unannounced(released: string, current: string, changelog: string): string[] {
  const before = buildSchema(released);
  const known = namesOf(before);
  const announced = new Set(breakingSection(changelog).match(/\w+/g));
  return findBreakingChanges(before, buildSchema(current))
    .map(({ description }) => description)
    .filter((description) => (description.match(/\w+/g) ?? []).some((word) => known.has(word) && !announced.has(word)));
}

test('what breaks a program that was written for the last release stands in the changelog', () => {
  // test/fixtures/schema.released.graphql is the schema of the last release; making a release copies schema.graphql there.
  const changes = unannounced(
    read('test', 'fixtures', 'schema.released.graphql'),
    read('schema.graphql'),
    read('CHANGELOG.md'),
  );
  expect(changes).toEqual([]);
});

test('a change counts as announced when all that it names stands under Breaking of the next release', () => {
  const released = 'type Query { person(id: ID!): String, people: Int, faces: Int }';
  const current = 'type Query { person(id: ID!, name: String!): String, faces: Int }';
  const log = (text: string): string =>
    `## Unreleased\n\n### Breaking\n\n${text}\n\n### Added\n\n- people of Query\n\n## 1.0.0\n`;
  expect(unannounced(released, current, log('- nothing'))).toHaveLength(2);
  expect(unannounced(released, current, log('- `Query.people` is gone: count `persons`.'))).toEqual([
    expect.stringContaining('person'),
  ]);
  expect(unannounced(released, current, log('- `Query.people` is gone; `Query.person` wants a name.'))).toEqual([]);
});
