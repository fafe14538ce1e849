// npm run codegen: the client's types and documents from schema.graphql and packages/client/src/operations (ADR 20).
// With --check it writes nothing and fails where what is written is stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { buildSchema, Kind, parse, print, stripIgnoredCharacters, validate, visit } from 'graphql';

process.chdir(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const OPERATIONS = 'packages/client/src/operations';
const TARGET = 'packages/client/src/generated/operations.ts';

const schemaText = readFileSync('schema.graphql', 'utf8');
const schemaAst = buildSchema(schemaText);
const documents = readdirSync(OPERATIONS)
  .sort()
  .map((name) => ({ location: name, document: parse(readFileSync(path.join(OPERATIONS, name), 'utf8')) }));
const definitions = documents.flatMap(({ document }) => document.definitions);

const problems = validate(schemaAst, { kind: Kind.DOCUMENT, definitions });
if (problems.length > 0) {
  for (const { message } of problems) console.error(`${OPERATIONS}: ${message}`);
  console.error('The operations of the client do not fit schema.graphql: change them, then run: npm run codegen');
  process.exit(1);
}

const fragments = new Map(
  definitions
    .filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
    .map((fragment) => [fragment.name.value, fragment]),
);

/** The fragments that a definition spreads, and those that these spread. */
function fragmentsOf(definition, found = new Set()) {
  visit(definition, {
    FragmentSpread({ name }) {
      const fragment = fragments.get(name.value);
      if (found.has(fragment)) return;
      found.add(fragment);
      fragmentsOf(fragment, found);
    },
  });
  return found;
}

/** Each operation as a constant: a string, so that a bundler drops those that a page does not use. */
const textsOfOperations = {
  plugin: () => {
    const constants = definitions
      .filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
      .map((operation) => {
        const name = operation.name.value;
        const kind = operation.operation[0].toUpperCase() + operation.operation.slice(1);
        const text = stripIgnoredCharacters([operation, ...fragmentsOf(operation)].map(print).join('\n'));
        return `export const ${name}Document: TypedDocument<${name}${kind}, ${name}${kind}Variables> =\n  ${JSON.stringify(text)};`;
      });
    return {
      prepend: ["import type { TypedDocument } from '../typed-document.ts';"],
      content: constants.join('\n\n'),
    };
  },
};

const generated = await codegen({
  filename: TARGET,
  schema: parse(schemaText),
  schemaAst,
  documents,
  config: {
    scalars: { ID: 'string', DateTime: 'string', JSONObject: 'Record<string, unknown>' },
    immutableTypes: true,
    useTypeImports: true,
  },
  plugins: [{ types: {} }, { texts: {} }],
  pluginMap: { types: typescriptOperations, texts: textsOfOperations },
});
const wanted = `// Made by npm run codegen from schema.graphql and ../operations: change these, not this.\n${generated}\n`;

if (!process.argv.includes('--check')) {
  mkdirSync(path.dirname(TARGET), { recursive: true });
  writeFileSync(TARGET, wanted);
} else if (!existsSync(TARGET) || readFileSync(TARGET, 'utf8') !== wanted) {
  console.error(`${TARGET} is not what schema.graphql and ${OPERATIONS} say. Run: npm run codegen`);
  process.exitCode = 1;
}
