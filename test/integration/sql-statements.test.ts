import path from 'node:path';
import { Client, type Connection, type Submittable } from 'pg';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { findSqlStatements, type DeclaredColumn, type SqlStatement } from '../fixtures/sql-statements';

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
  readonly tableID: number;
  readonly columnID: number;
}

/** Lets PostgreSQL parse a statement and say what it answers, without running it. */
class Description implements Submittable {
  private fields: readonly Field[] = [];
  private failure: Error | undefined;
  private done!: () => void;
  private readonly described = new Promise<void>((resolve) => (this.done = resolve));

  constructor(private readonly text: string) {}

  async of(client: Client): Promise<readonly Field[]> {
    client.query(this);
    await this.described;
    if (this.failure) throw this.failure;
    return this.fields;
  }

  submit(connection: Connection): void {
    const raw = connection as unknown as Record<'parse' | 'describe', (message: object) => void> & { sync(): void };
    raw.parse({ text: this.text });
    raw.describe({ type: 'S' });
    raw.sync();
  }

  handleRowDescription(message: { readonly fields: readonly Field[] }): void {
    this.fields = message.fields;
  }

  handleError(error: Error): void {
    this.failure = error;
    // The client calls nothing more of a query that failed.
    this.done();
  }

  handleReadyForQuery(): void {
    this.done();
  }
}

/** Columns that may be null in their table and cannot be in these answers, each with its reason. */
const NEVER_NULL: Readonly<Record<string, string>> = {
  'enrollment.store.ts request_digest': 'looked for by a token, and a job with a token has a digest',
  'enrollment-claim.store.ts collection_id': 'looked at only beside the state of the collection',
  'person.store.ts person_id': 'looked for by it',
  'vector-op.store.ts lease_owner': 'just set',
};

/** What Prisma makes of a column of each type. */
const KINDS: Readonly<Record<string, DeclaredColumn['kind']>> = {
  bool: 'boolean',
  bytea: 'Uint8Array',
  float8: 'number',
  int4: 'number',
  int8: 'bigint',
  json: 'json',
  jsonb: 'json',
  text: 'string',
  timestamptz: 'Date',
  date: 'Date',
  uuid: 'string',
  _text: 'array',
};

let db: TestDatabase;
let client: Client;
let statements: readonly SqlStatement[];
let types: ReadonlyMap<number, string>;
let nullableColumns: ReadonlySet<string>;
beforeAll(async () => {
  db = await startTestDatabase();
  // It keeps the thread for a while: a connection that idles meanwhile may be gone afterwards.
  statements = findSqlStatements();
  client = new Client({ connectionString: db.ownerUrl });
  await client.connect();
  const { rows } = await client.query<{ oid: number; typname: string }>('SELECT oid, typname FROM pg_type');
  types = new Map(rows.map((row) => [row.oid, row.typname]));
  const nullable = await client.query<{ key: string }>(
    `SELECT attrelid || '/' || attnum AS key FROM pg_attribute WHERE NOT attnotnull`,
  );
  nullableColumns = new Set(nullable.rows.map((row) => row.key));
});
afterAll(async () => {
  await client.end();
  await db.stop();
});

async function problemsOf({ at, text, columns }: SqlStatement): Promise<string[]> {
  let fields: readonly Field[];
  try {
    fields = await new Description(text).of(client);
  } catch (error) {
    return [`${at}: ${(error as Error).message} in ${text}`];
  }
  if (!columns) return [];
  const names = fields.map((field) => field.name);
  const absent = [...columns.keys()].filter((name) => !names.includes(name));
  return [
    ...absent.map((name) => `${at}: ${name} is declared, and no column`),
    ...fields.flatMap((field) => {
      const column = columns.get(field.name);
      const type = types.get(field.dataTypeID) ?? 'unknown';
      if (!column) return [`${at}: ${field.name} is a column, and not declared`];
      if (KINDS[type] !== column.kind) return [`${at}: ${field.name} is declared ${column.kind}, and is ${type}`];
      const known = `${path.basename(at).replace(/:.*/, '')} ${field.name}` in NEVER_NULL;
      const mayBeNull = nullableColumns.has(`${field.tableID}/${field.columnID}`) && !known;
      return mayBeNull && !column.nullable ? [`${at}: ${field.name} may be null, and is not declared so`] : [];
    }),
  ];
}

test('every raw statement is valid, and answers the columns and types that its rows are declared with', async () => {
  expect(statements.length).toBeGreaterThan(100);
  const problems: string[] = [];
  for (const statement of statements) problems.push(...(await problemsOf(statement)));
  expect(problems).toEqual([]);
});

test('a row that is declared otherwise is found', async () => {
  const statement = (kind: DeclaredColumn['kind'], nullable = false, name = 'id'): SqlStatement => ({
    at: 'here',
    text: 'SELECT id FROM jobs WHERE id = $1',
    columns: new Map([[name, { kind, nullable }]]),
  });
  expect(await problemsOf(statement('string'))).toEqual([]);
  expect(await problemsOf(statement('number'))).toEqual(['here: id is declared number, and is uuid']);
  expect(await problemsOf(statement('string', false, 'name'))).toHaveLength(2);
  expect(await problemsOf({ ...statement('string'), text: 'SELECT collection_id AS id FROM jobs' })).toEqual([
    'here: id may be null, and is not declared so',
  ]);
  expect(await problemsOf({ ...statement('string'), text: 'SELECT gone FROM jobs' })).toEqual([
    expect.stringContaining('column "gone" does not exist'),
  ]);
});
