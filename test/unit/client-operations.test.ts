import * as client from '@likeness/client';
import { buildSchema, isObjectType, Kind, parse, validate } from 'graphql';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const schema = buildSchema(readFileSync(path.join(__dirname, '..', '..', 'schema.graphql'), 'utf8'));
const documents = Object.entries(client)
  .filter(([name]) => name.endsWith('Document'))
  .map(([name, text]) => ({ name, document: parse(String(text)) }));

test('the operations of the client fit the schema', () => {
  const wrong = documents.flatMap(({ name, document }) =>
    validate(schema, document).map(({ message }) => `${name}: ${message}`),
  );
  expect(wrong).toEqual([]);
});

test('every root field of the schema has an operation in packages/client/src/operations', () => {
  const asked = new Set(
    documents.flatMap(({ document }) =>
      document.definitions.flatMap((definition) => {
        if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
        const root = schema.getRootType(definition.operation)!.name;
        return definition.selectionSet.selections.flatMap((one) =>
          one.kind === Kind.FIELD ? [`${root}.${one.name.value}`] : [],
        );
      }),
    ),
  );
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(isObjectType);
  const missing = roots.flatMap((root) =>
    Object.keys(root.getFields())
      .map((field) => `${root.name}.${field}`)
      .filter((field) => !asked.has(field)),
  );
  expect(missing).toEqual([]);
});
