import { buildSchema, isEnumType, isIntrospectionType } from 'graphql';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');

/** What callers say themselves: every value that is taken can be answered with. */
const SETTINGS = ['ApiKeyScope', 'FaceHiddenAs', 'OnAmbiguous', 'OnKnownElsewhere', 'QualityFilter'];

/** The sources without the lists that only declare which values there are. */
const sources = ['src', 'workers'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('generated'))
    .map((file) => readFileSync(path.join(ROOT, folder, file), 'utf8').replace(/= \[[^\]]*\] as const/g, '')),
);

test('every value of an enum is one that the program gives somewhere', () => {
  const schema = buildSchema(readFileSync(path.join(ROOT, 'schema.graphql'), 'utf8'));
  const enums = Object.values(schema.getTypeMap()).filter((type) => isEnumType(type) && !isIntrospectionType(type));
  expect(enums.length).toBeGreaterThan(10);
  const never = enums
    .filter(({ name }) => !SETTINGS.includes(name))
    .flatMap((type) => (isEnumType(type) ? type.getValues().map(({ name }) => ({ type: type.name, name })) : []))
    .filter(({ name }) => !sources.some((text) => text.includes(`'${name}'`)));
  expect(never).toEqual([]);
});
