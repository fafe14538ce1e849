import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { exportedEntryOf, readAuditFiles } from '../../src/cli/audit/audit-file';
import { onTrail, type AuditTrail } from '../../src/database';
import { createSystem } from '../../src/database/system';
import { auditInsert } from '../../src/database/sql';
import { commitmentOf, sealEntry, type AuditCaller } from '../../src/domain/audit';
import { AuditSecrets } from '../../src/domain/audit-secrets';
import { verifyAudit, type ExportedEntry } from '../../src/domain/audit-verify';
import { firstIdOf } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { makeTenantScope } from '../../src/domain/tenant-scope-factory';
import { CheckpointFolder } from '../../src/infra/storage/checkpoint-folder';
import { AuditStore } from '../../src/modules/audit/audit.store';
import { CheckpointWriter } from '../../src/modules/audit/checkpoint-writer.service';
import { ImageReadAudit } from '../../src/modules/audit/image-read-audit.service';
import { SearchAudit } from '../../src/modules/audit/search-audit.service';
import { systemClock } from '../../src/ports/clock';
import type { AuditRecord } from '../../src/records/audit';
import { createTenant, startTestApi, type TestApi } from '../fixtures/api-server';
import { createTestTenant, startTestDatabase, type TestDatabase } from '../fixtures/database';

const caller: AuditCaller = {
  by: 'KEY',
  apiKeyId: '01900000-0000-7000-8000-000000000000',
  actor: null,
  address: null,
  requestId: null,
  operation: 'test',
};

let db: TestDatabase;
let entries: AuditStore;
let system: ReturnType<typeof createSystem>;
let api: TestApi;
beforeAll(async () => {
  db = await startTestDatabase();
  entries = new AuditStore(db.database);
  system = createSystem(db.database);
  api = await startTestApi(db.database);
});
afterAll(async () => {
  await api.stop();
  await db.stop();
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const exported = (row: AuditRecord): ExportedEntry => ({
  seq: row.seq.toString(),
  id: row.id,
  commitment: hex(row.commitment),
  chain: hex(row.chain),
  salt: row.salt && hex(row.salt),
  content: row.content,
});

async function numberAll(): Promise<void> {
  while ((await system.audit.isBehind()) && (await system.audit.advance()) > 0);
}

async function verified(scope: TenantScope): Promise<AuditRecord[]> {
  await numberAll();
  const rows = await entries.list(scope, {}, { first: 5_000 });
  const head = await entries.head(scope);
  expect(verifyAudit(rows.map(exported), { tenantId: scope.tenantId, head })).toEqual([]);
  return rows;
}

const add = (scope: TenantScope, count: number) =>
  entries.add(
    scope,
    Array.from({ length: count }, () => ({ caller, fact: {} })),
  );

describe('numbers', () => {
  it('are each tenant’s own, without gaps, however many write and number at once', async () => {
    const scopes = await Promise.all(Array.from({ length: 4 }, () => createTestTenant(db.database)));
    const writing = scopes.flatMap((scope) => Array.from({ length: 4 }, () => add(scope, 40)));
    const numbering = Array.from({ length: 4 }, () => numberAll());
    await Promise.all([...writing, ...numbering]);
    for (const scope of scopes) {
      const rows = await verified(scope);
      expect(rows.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: 160 }, (_, index) => index + 1));
    }
  });

  it('go on where a sequencer died in the middle of its work', async () => {
    const scope = await createTestTenant(db.database);
    await add(scope, 5);
    await numberAll();
    await add(scope, 5);
    // It holds the lock and has given out numbers when its connection is cut.
    const dying = new Client({ connectionString: db.systemUrl });
    dying.on('error', () => undefined);
    await dying.connect();
    await dying.query('BEGIN');
    await dying.query('SELECT pg_advisory_xact_lock($1, 0)', [0x4c4b4155]);
    await dying.query(
      `UPDATE audit_entries SET seq = 6, chain = '\\x00' WHERE tenant_id = $1 AND seq IS NULL
                          AND id = (SELECT min(id::text)::uuid FROM audit_entries WHERE tenant_id = $1 AND seq IS NULL)`,
      [scope.tenantId],
    );
    expect(await system.audit.advance()).toBe(0);
    const { rows } = await dying.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const owner = new Client({ connectionString: db.ownerUrl });
    await owner.connect();
    await owner.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]!.pid]);
    await owner.end();
    await dying.end().catch(() => undefined);
    expect(await verified(scope)).toHaveLength(10);
  });
});

describe('a row', () => {
  it('goes with the change that it tells, or not at all', async () => {
    const scope = await createTestTenant(db.database);
    const trail: AuditTrail = { caller, rows: 0 };
    const failing = onTrail(trail, () =>
      db.database.change(scope, async () => {
        throw new Error('the change fails');
      }),
    );
    await expect(failing).rejects.toThrow('the change fails');
    expect(trail.rows).toBe(0);
    await onTrail(trail, () => db.database.change(scope, async (change) => change.note({ subjectIds: ['x'] })));
    expect(trail.rows).toBe(1);
    expect(await verified(scope)).toHaveLength(1);
  });

  it('can be neither changed nor removed by who serves a tenant', async () => {
    const scope = await createTestTenant(db.database);
    await add(scope, 1);
    for (const statement of [
      `UPDATE audit_entries SET content = '{}'`,
      'DELETE FROM audit_entries',
      'UPDATE audit_heads SET seq = 0',
    ]) {
      const trying = db.database.maintain(scope, (tx) => tx.$executeRawUnsafe(statement));
      await expect(trying).rejects.toThrow('permission denied');
    }
  });

  it('is another tenant’s and nobody else’s', async () => {
    const [mine, theirs] = [await createTestTenant(db.database), await createTestTenant(db.database)];
    await add(theirs, 3);
    await numberAll();
    expect(await entries.list(mine, {}, { first: 10 })).toEqual([]);
    expect(await entries.count(mine, {}, 10)).toBe(0);
    expect(await entries.head(mine)).toBeNull();
    const { id, salt, content, commitment } = sealEntry(theirs.tenantId, caller, {});
    const forging = db.database.maintain(
      mine,
      (tx) => tx.$executeRaw`
        INSERT INTO audit_entries (tenant_id, id, salt, content, commitment)
        VALUES (${theirs.tenantId}::uuid, ${id}::uuid, ${salt}, ${content}, ${commitment})`,
    );
    await expect(forging).rejects.toThrow('row-level security');
  });
});

describe('an erasure', () => {
  it('leaves the hashes, is a row that names the number, and is no flaw', async () => {
    const scope = await createTestTenant(db.database);
    await add(scope, 3);
    await numberAll();
    expect(await system.audit.erase(scope, [2n, 99n])).toEqual([2n]);
    const rows = await verified(scope);
    expect(rows.map(({ content }) => content === null)).toEqual([false, true, false, false]);
    expect(rows[1]).toMatchObject({ salt: null, commitment: expect.any(Uint8Array) });
    expect(JSON.parse(rows[3]!.content!)).toMatchObject({ operation: 'eraseAudit', details: { seqs: ['2'] } });
    // It was erased, and what tells of it stays.
    expect(await system.audit.erase(scope, [2n, 4n])).toEqual([]);
    expect(await verified(scope)).toHaveLength(4);
  });

  it('reaches no other tenant', async () => {
    const [mine, theirs] = [await createTestTenant(db.database), await createTestTenant(db.database)];
    await add(mine, 1);
    await add(theirs, 1);
    await numberAll();
    await system.audit.erase(mine, [1n]);
    expect((await verified(theirs)).every(({ content }) => content !== null)).toBe(true);
  });
});

describe('an expiry', () => {
  const DAY = 86_400_000;
  const KEPT = 5 * DAY;
  const ago = (days: number): Date => new Date(Date.now() - days * DAY);
  /** Rows of that many days ago, as their writers' clocks said. */
  async function addFrom(scope: TenantScope, days: readonly number[]): Promise<void> {
    const sealed = days.map((day) => {
      const at = ago(day);
      const entry = sealEntry(scope.tenantId, caller, {}, at);
      const id = `${firstIdOf(at).slice(0, 14)}${entry.id.slice(14)}`;
      const content = JSON.stringify({ ...(JSON.parse(entry.content) as object), id });
      return { ...entry, id, content, commitment: commitmentOf(entry.salt, content) };
    });
    await db.database.system.$executeRaw(auditInsert(scope.tenantId, sealed));
    await numberAll();
  }

  it('removes rows from before a time a batch at a time, leaves a row that says so, and is no flaw', async () => {
    const [mine, theirs] = [await createTestTenant(db.database), await createTestTenant(db.database)];
    expect(await system.audit.beginExpiry(mine, ago(5), KEPT, 100)).toBeNull();
    for (const scope of [mine, theirs]) await addFrom(scope, [9, 9, 8, 7, 6]);
    expect(await system.audit.beginExpiry(mine, ago(10), KEPT, 100)).toBeNull();
    const before = ago(5.5);
    expect(await system.audit.beginExpiry(mine, before, KEPT, 100)).toBe(5n);
    await add(mine, 2);
    await numberAll();
    expect(await system.audit.expire(mine, 5n, 3)).toBe(3);
    await verified(mine);
    expect(await system.audit.expire(mine, 5n, 3)).toBe(2);
    expect(await system.audit.expire(mine, 5n, 3)).toBe(0);
    const rows = await verified(mine);
    expect(rows.map(({ seq }) => seq)).toEqual([6n, 7n, 8n]);
    expect(JSON.parse(rows[0]!.content!)).toMatchObject({
      operation: 'expireAudit',
      by: 'OPERATOR',
      details: { through: '5', before: before.toISOString() },
    });
    expect(await system.audit.erase(mine, [6n])).toEqual([]);
    expect(await verified(theirs)).toHaveLength(5);
    // The first row is young.
    expect(await system.audit.beginExpiry(mine, before, KEPT, 100)).toBeNull();
  });

  it('takes no young row along with one that a slow clock has dated back, and ends at its limit', async () => {
    const scope = await createTestTenant(db.database);
    await addFrom(scope, [9, 8]);
    await addFrom(scope, [1]);
    await addFrom(scope, [400, 300]);
    expect(await system.audit.beginExpiry(scope, ago(5), KEPT, 1)).toBe(1n);
    expect(await system.audit.beginExpiry(scope, ago(5), KEPT, 100)).toBe(2n);
    await system.audit.expire(scope, 2n, 100);
    expect(await system.audit.beginExpiry(scope, ago(5), KEPT, 100)).toBeNull();
  });

  it('goes by the database’s clock where the process’s is ahead', async () => {
    const scope = await createTestTenant(db.database);
    await addFrom(scope, [9, 3, 2]);
    expect(await system.audit.beginExpiry(scope, ago(-100), KEPT, 100)).toBe(1n);
  });
});

describe('checkpoints of each day', () => {
  const signer = new AuditSecrets('a key of the test').checkpointSigner();
  let writer: CheckpointWriter | undefined;
  afterEach(() => writer?.stop());
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(path.join(tmpdir(), 'likeness-checkpoints-'))));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are written once a day of each tenant that has rows, and verify what it has later', async () => {
    const [mine, theirs, idle] = await Promise.all([1, 2, 3].map(() => createTestTenant(db.database)));
    for (const scope of [mine!, theirs!]) await add(scope, 3);
    await numberAll();
    let now = new Date('2026-11-30T10:00:00Z');
    const store = new CheckpointFolder(path.join(folder, 'made'));
    const deps = {
      heads: system.audit,
      signer,
      store,
      clock: { now: () => now },
      onError: () => undefined,
    };
    writer = new CheckpointWriter(deps);
    await writer.runOnce();
    await add(mine!, 2);
    await numberAll();
    await writer.runOnce();
    now = new Date('2026-12-01T00:00:01Z');
    await writer.runOnce();

    const files = ['2026-11-30', '2026-12-01'].map((day) => path.join(folder, 'made', mine!.tenantId, `${day}.json`));
    const { checkpoints } = await readAuditFiles(files);
    expect(checkpoints.map(({ seq }) => seq)).toEqual(['3', '5']);
    const rows = await verified(mine!);
    const { tenantId } = mine!;
    expect(verifyAudit(rows.map(exportedEntryOf), { tenantId, checkpoints })).toEqual([]);
    const cut = rows.slice(0, 4).map(exportedEntryOf);
    expect(verifyAudit(cut, { tenantId, checkpoints })).toMatchObject([{ kind: 'CUT', seq: 5n }]);
    await expect(stat(path.join(folder, 'made', idle!.tenantId))).rejects.toThrow(/ENOENT/);
    expect((await stat(path.join(folder, 'made', theirs!.tenantId))).isDirectory()).toBe(true);
  });

  it('that the disk does not take are told, and written at the next look', async () => {
    const scope = await createTestTenant(db.database);
    await add(scope, 1);
    await numberAll();
    const place = path.join(folder, 'later');
    await writeFile(place, 'a file where the folder should be');
    const store = new CheckpointFolder(place);
    const today = new Date().toISOString().slice(0, 10);
    const told = new Promise((onError) => {
      writer = new CheckpointWriter({
        heads: system.audit,
        signer,
        store,
        clock: systemClock,
        onError,
        intervalMs: 20,
      });
      writer.start();
    });
    expect(String(await told)).toMatch(/ENOTDIR/);
    await rm(place);
    while (!(await store.has(scope.tenantId, today))) await delay(20);
    await writer!.stop();
  });
});

describe('the operator’s acts on a tenant', () => {
  const contents = async (tenantId: string) => {
    await numberAll();
    const rows = await entries.list(makeTenantScope(tenantId), {}, { first: 100 });
    return rows.map(({ content }) => JSON.parse(content!) as Record<string, unknown>);
  };

  it('stand in the tenant’s audit, down to its end', async () => {
    const { tenantId, key } = await createTenant(api);
    const input = { name: 'by the operator', scopes: ['READ'], tenantId };
    await api.call(
      api.operatorKey,
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
      {
        input,
      },
    );
    for (const act of ['suspendTenant', 'deleteTenant']) {
      const acting = `mutation ($id: ID!) { ${act}(input: { id: $id }) { tenant { id } } }`;
      expect((await api.call(api.operatorKey, acting, { id: tenantId })).errors).toBeUndefined();
    }
    expect(key).toContain('lk_live_');
    const rows = await contents(tenantId);
    expect(rows.map(({ operation, by }) => [operation, by])).toEqual([
      ['createTenant', 'OPERATOR'],
      ['createApiKey', 'OPERATOR'],
      ['suspendTenant', 'OPERATOR'],
      ['deleteTenant', 'OPERATOR'],
    ]);
    expect(JSON.stringify(rows)).not.toContain('by the operator');
  });

  it('go with the tenant when it is removed', async () => {
    const { tenantId } = await createTenant(api);
    const scope = makeTenantScope(tenantId);
    await system.tenants.beginDeletion(tenantId, new Date());
    await system.tenants.remove(scope);
    expect(await entries.list(scope, {}, { first: 10 })).toEqual([]);
  });
});

describe('images that are shown', () => {
  it('share writes and rows, and each is in one', async () => {
    const scope = await createTestTenant(db.database);
    let writes = 0;
    const counting = { add: (...args: Parameters<AuditStore['add']>) => ((writes += 1), entries.add(...args)) };
    const reads = new ImageReadAudit(counting);
    const ids = Array.from({ length: 200 }, (_, index) => `face-${index}`);
    const read = { scope, kind: 'faces', apiKeyId: null, address: '203.0.113.9' } as const;
    await Promise.all(ids.map((id) => reads.record({ ...read, id })));
    expect(writes).toBe(2);
    const rows = (await verified(scope)).map(({ content }) => JSON.parse(content!) as Record<string, unknown>);
    expect(rows.map(({ subjectCount }) => subjectCount)).toEqual([1, 100, 99]);
  });
});

describe('when the audit cannot be written', () => {
  it('searches and images are refused with a code, and reads go on', async () => {
    const { tenantId, key } = await createTenant(api);
    const scope = makeTenantScope(tenantId);
    const owner = new Client({ connectionString: db.ownerUrl });
    await owner.connect();
    try {
      await owner.query('REVOKE INSERT (tenant_id, id, commitment, salt, content) ON audit_entries FROM likeness_app');
      const searches = new SearchAudit(entries, new AuditSecrets('signing key of a test'));
      const fact = { collectionIds: [], subjectIds: [], probes: [], results: 0, startedAt: new Date() };
      await expect(searches.record(scope, fact)).rejects.toMatchObject({
        code: 'DEPENDENCY_UNAVAILABLE',
        retryable: true,
        details: { dependency: 'audit' },
      });
      const reads = new ImageReadAudit(entries);
      const read = { scope, kind: 'images', id: 'i', apiKeyId: null, address: null } as const;
      await expect(reads.record(read)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      const { data, errors } = await api.call(key, '{ viewer { tenant { id } } }');
      expect([data?.viewer.tenant.id, errors]).toEqual([tenantId, undefined]);
    } finally {
      await owner.query('GRANT INSERT (tenant_id, id, commitment, salt, content) ON audit_entries TO likeness_app');
      await owner.end();
    }
  });
});
