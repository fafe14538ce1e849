import { Client } from 'pg';
import { Database } from '../../src/database';
import { isUniqueViolation, Prisma } from '../../src/database/sql';
import { DomainError, notFound } from '../../src/domain/errors';
import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { createTestTenant, startTestDatabase, type TestDatabase } from '../fixtures/database';

let db: TestDatabase;
let scope: TenantScope;

beforeAll(async () => {
  db = await startTestDatabase();
});
afterAll(() => db.stop());
beforeEach(async () => {
  scope = await createTestTenant(db.database);
});

const uploadOf = (
  tenant: TenantScope,
  overrides: { id?: string; expiresAt?: Date; sha256?: Uint8Array<ArrayBuffer> } = {},
) => ({
  id: newId(),
  tenantId: tenant.tenantId,
  bytes: 1,
  mime: 'image/png',
  expiresAt: new Date(),
  ...overrides,
});

async function refusalOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a tenant’s transaction', () => {
  it('keeps what the work wrote, and nothing of a work that threw', async () => {
    const kept = uploadOf(scope);
    await db.database.maintain(scope, (tx) => tx.upload.create({ data: kept }));
    const refusal = await refusalOf(
      db.database.maintain(scope, async (tx) => {
        await tx.upload.create({ data: uploadOf(scope) });
        throw notFound('collection');
      }),
    );
    expect(refusal).toMatchObject({ code: 'NOT_FOUND' });
    const rows = await db.database.maintain(scope, (tx) => tx.upload.findMany());
    expect(rows.map((row) => row.id)).toEqual([kept.id]);
  });

  it('brings dates, bytes and 64-bit numbers back as they were', async () => {
    const expiresAt = new Date('2030-06-30T23:59:58.123Z');
    const sha256 = Uint8Array.from({ length: 32 }, (_, index) => index);
    const data = uploadOf(scope, { expiresAt, sha256 });
    const row = await db.database.maintain(scope, async (tx) => {
      await tx.upload.create({ data });
      return tx.upload.findUniqueOrThrow({ where: { id: data.id } });
    });
    expect(row.expiresAt).toEqual(expiresAt);
    expect(new Uint8Array(row.sha256!)).toEqual(sha256);
    const [raw] = await db.database.maintain(
      scope,
      (tx) => tx.$queryRaw<{ expires_at: Date; large: bigint; zone: string }[]>`
        SELECT expires_at, 9007199254740993::bigint AS large, current_setting('timezone') AS zone
          FROM uploads WHERE id = ${data.id}::uuid`,
    );
    expect(raw).toEqual({ expires_at: expiresAt, large: 9007199254740993n, zone: 'UTC' });
  });

  it('runs at the isolation that was asked for', async () => {
    const [row] = await db.database.maintain(
      scope,
      (tx) => tx.$queryRaw<{ level: string }[]>`SELECT current_setting('transaction_isolation') AS level`,
      { isolation: 'Serializable' },
    );
    expect(row?.level).toBe('serializable');
  });

  it('says TIMEOUT of a slow statement and of slow work, and the connection serves on', async () => {
    const single = new Database({ ...db, appPoolSize: 1 });
    try {
      const slow = single.maintain(scope, (tx) => tx.$queryRaw`SELECT 1 FROM pg_sleep(5)`, { timeoutMs: 60 });
      expect(await refusalOf(slow)).toMatchObject({ code: 'TIMEOUT', retryable: true });
      let work: Promise<unknown> = Promise.resolve();
      const lazy = single.maintain(scope, () => (work = new Promise((resolve) => setTimeout(resolve, 200))), {
        timeoutMs: 60,
      });
      expect(await refusalOf(lazy)).toMatchObject({ code: 'TIMEOUT', retryable: true });
      await work;
      expect(await single.maintain(scope, (tx) => tx.tenant.count())).toBe(1);
    } finally {
      await single.close();
    }
  });

  it('says DEPENDENCY_UNAVAILABLE when no server listens and when one cuts the connection, then recovers', async () => {
    const url = new URL(db.appUrl);
    url.port = '1';
    const nowhere = new Database({ appUrl: url.href, systemUrl: url.href });
    expect(await refusalOf(nowhere.maintain(scope, (tx) => tx.tenant.count()))).toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      retryable: true,
    });
    expect(await refusalOf(nowhere.system.tenant.count())).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    expect(await refusalOf(nowhere.system.$transaction((tx) => tx.tenant.count()))).toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
    });
    expect(await refusalOf(nowhere.ping())).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await nowhere.close();

    // A role may always cut its own connections.
    const peer = new Client({ connectionString: db.appUrl });
    await peer.connect();
    try {
      const cut = db.database.maintain(scope, async (tx) => {
        const [me] = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
        await peer.query('SELECT pg_terminate_backend($1, 5000)', [me!.pid]);
        return tx.tenant.count();
      });
      expect(await refusalOf(cut)).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    } finally {
      await peer.end();
    }
    expect(await db.database.maintain(scope, (tx) => tx.tenant.count())).toBe(1);
    await db.database.ping();
  });

  it('writes one statement alone: all of it or nothing, of this tenant only, and the connection serves on', async () => {
    const single = new Database({ ...db, appPoolSize: 1 });
    const other = await createTestTenant(db.database);
    const insert = (tenant: TenantScope, ids: readonly string[]) => Prisma.sql`
      INSERT INTO uploads (id, tenant_id, bytes, mime, expires_at)
      SELECT id, ${tenant.tenantId}::uuid, 1, 'image/png', now() FROM unnest(${ids}::uuid[]) AS ids(id)`;
    const idsOf = async (tenant: TenantScope) =>
      (await single.read(tenant, (tx) => tx.upload.findMany({ orderBy: { id: 'asc' } }))).map(({ id }) => id);
    const [first, second] = [newId(), newId()].sort() as [string, string];
    try {
      await single.execute(scope, insert(scope, [first]));
      const again = await refusalOf(single.execute(scope, insert(scope, [second, first])));
      expect(isUniqueViolation(again, 'uploads_pkey')).toBe(true);
      expect(await idsOf(scope)).toEqual([first]);
      expect(await refusalOf(single.execute(scope, insert(other, [second])))).toMatchObject({ code: '42501' });
      await single.execute(scope, insert(scope, [second]));
      await Promise.all(
        Array.from({ length: 20 }, async (_, turn) => {
          const [tenant, seen] = turn % 2 ? [scope, [first, second]] : [other, []];
          expect(await idsOf(tenant)).toEqual(seen);
        }),
      );
      const slow = single.execute(scope, Prisma.sql`SELECT pg_sleep(70)`);
      const cutter = new Client({ connectionString: db.appUrl });
      await cutter.connect();
      try {
        const busy = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(70)%'`;
        for (let cut = 0; cut === 0;) cut = (await cutter.query(busy)).rowCount ?? 0;
      } finally {
        await cutter.end();
      }
      expect(await refusalOf(slow)).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      expect(await idsOf(scope)).toEqual([first, second]);
    } finally {
      await single.close();
    }
  });

  it('runs the work again after a deadlock', async () => {
    const [a, b] = [uploadOf(scope), uploadOf(scope)];
    await db.database.maintain(scope, (tx) => tx.upload.createMany({ data: [a, b] }));
    let runs = 0;
    const barrier = new Map<string, () => void>();
    const reached = [a.id, b.id].map((id) => new Promise<void>((resolve) => barrier.set(id, resolve)));
    const lockBoth = (first: string, second: string) =>
      db.database.maintain(scope, async (tx) => {
        runs += 1;
        await tx.upload.update({ where: { id: first }, data: { bytes: { increment: 1 } } });
        barrier.get(first)!();
        await Promise.all(reached);
        await tx.upload.update({ where: { id: second }, data: { bytes: { increment: 1 } } });
      });
    await Promise.all([lockBoth(a.id, b.id), lockBoth(b.id, a.id)]);
    expect(runs).toBe(3);
    const rows = await db.database.maintain(scope, (tx) => tx.upload.findMany());
    expect(rows.map((row) => row.bytes)).toEqual([3, 3]);
  });

  it('leaves a unique violation recognisable, from the client and from raw SQL', async () => {
    const data = uploadOf(scope);
    await db.database.maintain(scope, (tx) => tx.upload.create({ data }));
    const byClient = await refusalOf(db.database.maintain(scope, (tx) => tx.upload.create({ data })));
    const byHand = await refusalOf(
      db.database.maintain(
        scope,
        (tx) => tx.$executeRaw`INSERT INTO uploads SELECT * FROM uploads WHERE id = ${data.id}::uuid`,
      ),
    );
    for (const error of [byClient, byHand]) {
      expect(isUniqueViolation(error)).toBe(true);
      expect(isUniqueViolation(error, 'uploads_pkey')).toBe(true);
      expect(isUniqueViolation(error, 'api_keys_key_id_key')).toBe(false);
    }
    const invalid = await refusalOf(
      db.database.maintain(scope, (tx) => tx.upload.create({ data: { ...uploadOf(scope), bytes: 0 } })),
    );
    expect(invalid).not.toBeInstanceOf(DomainError);
    expect(isUniqueViolation(invalid)).toBe(false);
  });
});

describe('the system client', () => {
  it('sees every tenant', async () => {
    const other = await createTestTenant(db.database);
    const ids = (await db.database.system.tenant.findMany({ select: { id: true } })).map((row) => row.id);
    expect(ids).toEqual(expect.arrayContaining([scope.tenantId, other.tenantId]));
  });

  it('takes outbox rows with SKIP LOCKED and removes them', async () => {
    const id = newId();
    await db.database.maintain(scope, (tx) =>
      tx.outbox.create({ data: { id, tenantId: scope.tenantId, jobName: 'some-job', payload: {} } }),
    );
    const taken = await db.database.system.$transaction(async (tx) => {
      const rows = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM outbox FOR UPDATE SKIP LOCKED`;
      await tx.outbox.deleteMany({ where: { id: { in: rows.map((row) => row.id) } } });
      return rows.map((row) => row.id);
    });
    expect(taken).toContain(id);
  });
});
