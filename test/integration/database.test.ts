import { createTestTenant, startTestDatabase, type TestDatabase } from '../fixtures/database';

describe('Database', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await startTestDatabase();
  });
  afterAll(() => db.stop());

  it('shows a tenant itself and nobody else', async () => {
    const [mine] = [await createTestTenant(db.database), await createTestTenant(db.database)];
    const rows = await db.database.withTenant(mine!, (tx) => tx.tenant.findMany());
    expect(rows.map((row) => row.id)).toEqual([mine!.tenantId]);
  });
});
