import { readFileSync } from 'node:fs';
import { Client } from 'pg';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';

let db: TestDatabase;
let owner: Client;

beforeAll(async () => {
  db = await startTestDatabase();
  owner = new Client({ connectionString: db.ownerUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await db.stop();
});

interface ForeignKey {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly onDelete: string;
  readonly onUpdate: string;
}

/** A model as text, with what its fields are called in the database. */
interface Model {
  readonly table: string;
  readonly body: string;
  readonly columns: ReadonlyMap<string, string>;
}

function modelsOf(schema: string): Map<string, Model> {
  const models = new Map<string, Model>();
  for (const [, name, body] of schema.matchAll(/^model (\w+) \{\n(.*?)^\}/gms)) {
    const columns = new Map(
      [...body!.matchAll(/^ {2}(\w+) .*$/gm)].map(([line, field]) => [
        field!,
        /@map\("(\w+)"\)/.exec(line)?.[1] ?? field!,
      ]),
    );
    models.set(name!, { table: /@@map\("(\w+)"\)/.exec(body!)![1]!, body: body!, columns });
  }
  return models;
}

/** Every `@relation` with fields, as the foreign key that it declares. */
function declaredKeys(schema: string): ForeignKey[] {
  const models = modelsOf(schema);
  const relation =
    /^ {2}\w+ +(\w+)\?? +@relation\((?:"\w+", )?fields: \[(.*?)\], references: \[(.*?)\], onDelete: (\w+), onUpdate: (\w+), map: "(\w+)"\)$/gm;
  return [...models.values()].flatMap((model) =>
    [...model.body.matchAll(relation)].map(([, to, fields, references, onDelete, onUpdate, name]) => {
      const target = models.get(to!)!;
      const columns = (owner: Model, list: string): string =>
        `${owner.table}(${list.split(', ').map((field) => owner.columns.get(field))})`;
      return {
        name: name!,
        from: columns(model, fields!),
        to: columns(target, references!),
        onDelete: onDelete!,
        onUpdate: onUpdate!,
      };
    }),
  );
}

async function keysOfDatabase(): Promise<(ForeignKey & { partial: boolean })[]> {
  const { rows } = await owner.query<ForeignKey & { partial: boolean }>(`
    WITH named (oid, side, list) AS (
      SELECT c.oid, k.side, string_agg(a.attname, ',' ORDER BY k.place)
        FROM pg_constraint c,
             LATERAL (SELECT 'from' AS side, c.conrelid AS rel, n, place FROM unnest(c.conkey) WITH ORDINALITY u(n, place)
                      UNION ALL
                      SELECT 'to', c.confrelid, n, place FROM unnest(c.confkey) WITH ORDINALITY u(n, place)) k
        JOIN pg_attribute a ON a.attrelid = k.rel AND a.attnum = k.n
       GROUP BY c.oid, k.side)
    SELECT c.conname AS name, c.conrelid::regclass || '(' || f.list || ')' AS "from",
           c.confrelid::regclass || '(' || t.list || ')' AS "to",
           CASE c.confdeltype WHEN 'c' THEN 'Cascade' WHEN 'n' THEN 'SetNull' WHEN 'a' THEN 'NoAction' END AS "onDelete",
           CASE c.confupdtype WHEN 'c' THEN 'Cascade' WHEN 'a' THEN 'NoAction' END AS "onUpdate",
           c.confdelsetcols IS NOT NULL AS partial
      FROM pg_constraint c
      JOIN named f ON f.oid = c.oid AND f.side = 'from'
      JOIN named t ON t.oid = c.oid AND t.side = 'to'
     WHERE c.contype = 'f'`);
  return rows;
}

const byName = (keys: readonly ForeignKey[]): ForeignKey[] => [...keys].sort((a, b) => a.name.localeCompare(b.name));

it('every foreign key is declared as a relation, with its columns and what it does on delete', async () => {
  const keys = await keysOfDatabase();
  expect(keys.length).toBeGreaterThan(15);
  // Prisma has no word for SET NULL of one column of several: such a key is declared as NoAction (ADR 2).
  const sayable = keys.map(({ partial, ...key }) => (partial ? { ...key, onDelete: 'NoAction' } : key));
  expect(byName(declaredKeys(readFileSync('prisma/schema.prisma', 'utf8')))).toEqual(byName(sayable));
});

it('sets one column to null alone where a person goes', async () => {
  expect((await keysOfDatabase()).filter(({ partial }) => partial).map(({ name }) => name)).toEqual([
    'faces_person_fkey',
  ]);
});

it('every unique index is declared by its name', async () => {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
      WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique AND NOT i.indisprimary AND i.indpred IS NULL
        AND c.relname <> '_prisma_migrations'`,
  );
  const declared = [...modelsOf(readFileSync('prisma/schema.prisma', 'utf8')).values()].flatMap((model) => [
    ...[...model.body.matchAll(/@@unique\(\[(.*?)\](?:, map: "(\w+)")?\)/g)].map(
      ([, fields, map]) =>
        map ??
        `${model.table}_${fields!
          .split(', ')
          .map((field) => model.columns.get(field))
          .join('_')}_key`,
    ),
    ...[...model.body.matchAll(/^ {2}(\w+) .*@unique/gm)].map(
      ([, field]) => `${model.table}_${model.columns.get(field!)}_key`,
    ),
  ]);
  expect(rows.map(({ name }) => name).sort()).toEqual(declared.sort());
});
