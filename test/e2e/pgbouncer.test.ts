import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { createTenant } from '../factories/tenant';
import type { Data } from '../fixtures/client';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { suiteWhere } from '../fixtures/needs';
import { hasPgbouncer, startPgbouncer, type Pgbouncer } from '../fixtures/pgbouncer';
import { cutOut, partyPhoto, variant, type Box } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';

suiteWhere(hasPgbouncer('PostgreSQL by a pooler'))('a platform by PgBouncer in transaction mode', () => {
  jest.setTimeout(120_000);
  let database: TestDatabase;
  let pgbouncer: Pgbouncer;
  let owner: Client;
  let platform: TestPlatform | undefined;
  let env: Record<string, string>;

  beforeAll(async () => {
    database = await startTestDatabase();
    pgbouncer = await startPgbouncer(database.ownerUrl, [database.appUrl, database.systemUrl]);
    owner = new Client(database.ownerUrl);
    await owner.connect();
    const secret = () => randomBytes(32).toString('hex');
    env = {
      DATABASE_URL: database.ownerUrl,
      DATABASE_APP_URL: database.appUrl,
      DATABASE_SYSTEM_URL: database.systemUrl,
      DATABASE_POOLER: pgbouncer.address,
      LIKENESS_KEY_PEPPER: secret(),
      LIKENESS_SIGNING_KEY: secret(),
    };
  });
  afterAll(async () => {
    await platform?.stop();
    await owner?.end();
    await pgbouncer?.stop();
    await database?.stop();
  });

  test('enrols, searches, follows and deletes, with no connection of its own but those that need one', async () => {
    platform = await TestPlatform.start({ env });
    const [tenant, other] = [await createTenant(platform.operator), await createTenant(platform.operator)];
    const collectionId = await tenant.createCollection({ qualityFilter: 'NONE' });
    const { faces } = await tenant.detect(partyPhoto(1));
    const portrait = await cutOut(partyPhoto(1), faces[0].boundingBox as Box);
    const images = await Promise.all([0, 1, 2, 3, 4, 5].map((step) => variant(portrait, step)));
    const uploads = await tenant.uploadAll(images);
    const jobId = await tenant.beginEnrollment(
      collectionId,
      uploads.map((uploadId, index) => ({
        image: { uploadId },
        person: { create: { displayName: `Person ${index}` } },
      })),
    );
    let done = 0;
    for await (const event of tenant.followJob(jobId)) done = Math.max(done, event.job?.progress.done ?? 0);
    expect(done).toBe(6);

    // More at once than the server's connections: each transaction is of the tenant that asks, whoever had the connection before.
    const persons = (one: typeof tenant) =>
      one.api.call('query ($id: ID!) { collection(id: $id) { personCount } }', { id: collectionId }).then(
        ({ collection }) => (collection as { personCount: number } | null)?.personCount ?? null,
        () => null,
      );
    const seen = await Promise.all(Array.from({ length: 60 }, (_, i) => persons(i % 2 ? tenant : other)));
    expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => (i % 2 ? 6 : null)));
    const search = async () =>
      JSON.stringify(await tenant.search([collectionId], { base64: images[0]!.toString('base64') }));
    expect(await search()).toContain('Person 0');
    const { persons: all } = await tenant.api.call(
      'query ($id: ID!) { persons(collectionId: $id, first: 10) { nodes { id displayName } } }',
      { id: collectionId },
    );
    const { id } = all.nodes.find((one: Data) => one.displayName === 'Person 0');
    await tenant.api.call('mutation ($input: DeletePersonsInput!) { deletePersons(input: $input) { jobId } }', {
      input: { personIds: [id] },
    });
    expect(await search()).not.toContain('Person 0');

    const { rows } = await owner.query<{ usename: string; application_name: string; count: number }>(
      `SELECT usename, application_name, count(*)::int AS count FROM pg_stat_activity
        WHERE datname = current_database() AND application_name IN ('likeness-app', 'likeness-system')
        GROUP BY 1, 2`,
    );
    expect(rows.every(({ count }) => count <= 2)).toBe(true);
    const pools = await pgbouncer.show('POOLS');
    expect(pools.filter(({ user }) => /^likeness_(app|system)$/.test(user as string))).toHaveLength(2);
    expect(pools.every(({ pool_mode: mode, user }) => user === 'pgbouncer' || mode === 'transaction')).toBe(true);

    const { rows: times } = await owner.query<{ seconds: number }>(
      `SELECT abs(EXTRACT(EPOCH FROM now() - max(created_at)))::float8 AS seconds FROM jobs`,
    );
    expect(times[0]!.seconds).toBeLessThan(300);
  });

  test('does not begin with a login that row-level security does not hold, or by a pooler that answers nobody', async () => {
    const { username, password } = new URL(database.ownerUrl);
    await expect(
      TestPlatform.start({ env: { ...env, DATABASE_POOLER: '', DATABASE_APP_URL: database.ownerUrl } }),
    ).rejects.toThrow(`DATABASE_APP_URL logs in as ${username}, which row-level security does not hold`);
    expect(password).not.toBe('');
    await expect(TestPlatform.start({ env: { ...env, DATABASE_POOLER: '127.0.0.1:1' } })).rejects.toThrow(
      /PostgreSQL at 127\.0\.0\.1:1\/.* does not answer \(ECONNREFUSED\)\. Start it, or correct DATABASE_POOLER\./,
    );
  });
});
