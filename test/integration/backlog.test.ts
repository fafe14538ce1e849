import { createSystem } from '../../src/database/system';
import { newId } from '../../src/domain/ids';
import { createTestTenant, startTestDatabase, type TestDatabase } from '../fixtures/database';

let db: TestDatabase;
beforeAll(async () => {
  db = await startTestDatabase();
});
afterAll(() => db?.stop());

it('counts what has no outcome, over all tenants: neither what is done, failed or cancelled, nor finished jobs', async () => {
  const backlog = createSystem(db.database).backlog;
  for (const [state, total, done, failed, cancelled] of [
    ['IN_PROGRESS', 10, 3, 1, 2],
    ['IN_PROGRESS', 5, 0, 0, 0],
    ['SUCCEEDED', 9, 9, 0, 0],
  ] as const) {
    const scope = await createTestTenant(db.database);
    const job = { id: newId(), tenantId: scope.tenantId, kind: 'ENROLLMENT', requestId: 'r' };
    await db.database.maintain(scope, (tx) =>
      tx.job.create({ data: { ...job, state, total, done, failed, cancelled } }),
    );
  }
  expect(await backlog.read()).toEqual([
    { kind: 'ENROLLMENT', state: 'IN_PROGRESS', jobs: 2, items: 9, oldestSeconds: expect.any(Number) },
  ]);
});
