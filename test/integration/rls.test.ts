import { PrismaPg } from '@prisma/adapter-pg';
import { Client } from 'pg';
import { Database } from '../../src/database';
import { PrismaClient } from '../../src/database/generated/client';
import { takeGranteeRole } from '../../src/database/sql';
import { DomainError } from '../../src/domain/errors';
import { makeGalleryScope } from '../../src/domain/gallery-scope-factory';
import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { SharedGalleryStore } from '../../src/modules/sharing/shared-gallery.store';
import { createTestTenant, startTestDatabase, type TestDatabase } from '../fixtures/database';

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

/** Tables of the product; `_prisma_migrations` is the tool's own. */
const TABLES = `
  SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity,
         EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS has_tenant
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
     AND c.relname <> '_prisma_migrations'`;

interface Table {
  oid: number;
  relname: string;
  relrowsecurity: boolean;
  relforcerowsecurity: boolean;
  has_tenant: boolean;
}

async function createCollection(scope: TenantScope): Promise<string> {
  const id = newId();
  await db.database.system.modelPack.upsert({
    where: { id: 'rls@1' },
    update: {},
    create: {
      id: 'rls@1',
      name: 'rls',
      version: '1',
      embeddingDigest: 'digest',
      dimension: 4,
      metric: 'COSINE',
      licence: 'none',
      commercialUse: false,
    },
  });
  await db.database.maintain(scope, (tx) =>
    tx.collection.create({ data: { id, tenantId: scope.tenantId, name: id, modelPackId: 'rls@1' } }),
  );
  return id;
}

async function createPerson(scope: TenantScope, collectionId: string): Promise<string> {
  const person = { id: newId(), tenantId: scope.tenantId, collectionId, displayName: 'Somebody' };
  await db.database.maintain(scope, (tx) => tx.person.create({ data: person }));
  return person.id;
}

async function createImage(scope: TenantScope, collectionId: string): Promise<string> {
  const id = newId();
  await db.database.maintain(scope, (tx) =>
    tx.image.create({
      data: {
        id,
        tenantId: scope.tenantId,
        collectionId,
        subjectId: newId(),
        receivedSha256: Buffer.alloc(32, 1),
        storedSha256: Buffer.alloc(32, 2),
        mime: 'image/jpeg',
        width: 10,
        height: 10,
        bytes: 10,
      },
    }),
  );
  return id;
}

const faceData = (scope: TenantScope, collectionId: string, imageId: string, personId: string | null = null) => ({
  id: newId(),
  tenantId: scope.tenantId,
  collectionId,
  imageId,
  personId,
  jobItemId: newId(),
  ordinal: 0,
  state: 'INDEXED' as const,
  boundingBox: {},
  landmarks: {},
  pose: {},
  brightness: 50,
  sharpness: 50,
  confidence: 99,
  sizePx: 80,
});

/** The rights of who may add a row to the audit, without a number. */
const ADDS_ROWS = ['commitment', 'content', 'id', 'salt', 'tenant_id'].map((name) => `INSERT(${name})`).join(' ');

/** The rights to read these columns. */
const selects = (columns: string): string =>
  columns
    .split(' ')
    .map((name) => `SELECT(${name})`)
    .join(' ');
const ENDS_GRANTS = 'UPDATE(ended_at) UPDATE(ended_by)';

const ADDS_ERASURES = ['ends_at', 'kind', 'subject_id', 'tenant_id'].map((name) => `INSERT(${name})`).join(' ');

describe('the catalogue', () => {
  it('walls off every table that has a tenant, and the tenants themselves', async () => {
    const { rows } = await owner.query<Table>(TABLES);
    expect(rows.length).toBeGreaterThan(10);
    for (const table of rows) {
      const walled = table.has_tenant || table.relname === 'tenants';
      const { rows: policies } = await owner.query<{ roles: string; qual: string; with_check: string; cmd: string }>(
        `SELECT roles::text, qual, with_check, cmd FROM pg_policies
          WHERE schemaname = 'public' AND tablename = $1 AND 'likeness_app' = ANY(roles) AND permissive = 'PERMISSIVE'`,
        [table.relname],
      );
      const column = table.relname === 'tenants' ? 'id' : 'tenant_id';
      const rule = `(${column} = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)`;
      expect({
        table: table.relname,
        enabled: table.relrowsecurity,
        forced: table.relforcerowsecurity,
        policies,
      }).toEqual({
        table: table.relname,
        enabled: walled,
        forced: walled,
        policies: walled ? [{ roles: '{likeness_app}', qual: rule, with_check: rule, cmd: 'ALL' }] : [],
      });
    }
  });

  it('bounds every table that holds anything of one collection, or is the whole tenant’s secret', async () => {
    const { rows } = await owner.query<{ relname: string; cmd: string | null; is_narrow: boolean }>(`
      SELECT t.relname, p.cmd,
             p.qual LIKE '%app.collections%' AND (p.with_check LIKE '%app.collections%') IS NOT FALSE AS is_narrow
        FROM (${TABLES}) t
        LEFT JOIN pg_policies p ON p.schemaname = 'public' AND p.tablename = t.relname AND p.permissive = 'RESTRICTIVE'
       WHERE t.has_tenant OR t.relname = 'tenants'`);
    const bounded = rows.filter(({ cmd }) => cmd !== null);
    expect(bounded.filter(({ is_narrow }) => !is_narrow)).toEqual([]);
    const open = rows.filter(({ cmd }) => cmd === null).map(({ relname }) => relname);
    // What was erased, counters, messages for workers, logins (out of the app's reach), turns: nothing of a collection is read from them.
    expect(open.sort()).toEqual(['erasures', 'login_sessions', 'outbox', 'tenant_counters', 'tenants', 'turns']);
    // These are added to by who may not read them.
    const readable = bounded.filter(({ cmd }) => cmd === 'SELECT').map(({ relname }) => relname);
    expect(readable.sort()).toEqual(['audit_entries', 'audit_heads', 'events']);
    const { rows: unbounded } = await owner.query(`
      SELECT c.table_name FROM information_schema.columns c
       WHERE c.table_schema = 'public' AND c.column_name IN ('collection_id', 'collection_ids') AND NOT EXISTS (
             SELECT FROM pg_policies p WHERE p.tablename = c.table_name AND p.policyname = 'collection_bounds')`);
    expect(unbounded).toEqual([]);
  });

  it('gives tables without a tenant to the app for reading only', async () => {
    const { rows } = await owner.query<{ relname: string; rights: string[] }>(`
      SELECT t.relname, array(SELECT r FROM unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE']) r
                               WHERE has_table_privilege('likeness_app', t.oid, r)) AS rights
        FROM (${TABLES}) t WHERE NOT t.has_tenant`);
    // The platform's own are of no use to a tenant.
    expect(Object.fromEntries(rows.map((table) => [table.relname, table.rights]))).toEqual({
      model_packs: ['SELECT'],
      tenants: ['SELECT'],
      deployment: [],
      erasure_ledger: [],
      pruned_rows: [],
      pruning_rounds: [],
      rate_buckets: [],
      reconciled_vectors: [],
      reconciling_rounds: [],
    });
  });

  it('keeps both roles free of every power and of property', async () => {
    const { rows } = await owner.query(
      `SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
              (SELECT count(*)::int FROM pg_shdepend d WHERE d.refobjid = r.oid AND d.deptype = 'o') AS owned,
              (SELECT count(*)::int FROM pg_auth_members m WHERE m.member = r.oid) AS memberships,
              has_table_privilege(r.oid, '_prisma_migrations', 'SELECT') AS sees_migrations,
              has_schema_privilege(r.oid, 'public', 'CREATE') AS creates
         FROM pg_roles r WHERE rolname IN ('likeness_app', 'likeness_system') ORDER BY rolname`,
    );
    const powerless = {
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      owned: 0,
      memberships: 0,
      sees_migrations: false,
      creates: false,
    };
    expect(rows).toEqual([
      // Of the role of who was granted a gallery: it takes that on, and inherits nothing of it.
      { rolname: 'likeness_app', ...powerless, memberships: 1 },
      { rolname: 'likeness_system', ...powerless },
    ]);
  });

  it('gives each role these rights, and nobody any other', async () => {
    const { rows } = await owner.query<{ role: string; table: string; rights: string }>(`
      SELECT role, "table", string_agg(granted, ' ' ORDER BY granted) AS rights
        FROM (SELECT a.grantee::regrole::text AS role, c.relname AS "table", a.privilege_type AS granted
                FROM (${TABLES}) t JOIN pg_class c USING (oid), aclexplode(c.relacl) a WHERE a.grantee <> c.relowner
               UNION ALL
              SELECT a.grantee::regrole::text, c.relname, format('%s(%s)', a.privilege_type, k.attname)
                FROM (${TABLES}) t JOIN pg_class c USING (oid) JOIN pg_attribute k ON k.attrelid = c.oid,
                     aclexplode(k.attacl) a WHERE a.grantee <> c.relowner) g
       GROUP BY role, "table"`);
    const rightsOf = (role: string) =>
      Object.fromEntries(rows.filter((row) => row.role === role).map((row) => [row.table, row.rights]));
    const everything = 'DELETE INSERT SELECT UPDATE';
    expect(rightsOf('likeness_app')).toEqual({
      tenants: 'SELECT',
      model_packs: 'SELECT',
      tenant_counters: everything,
      api_keys: everything,
      collections: everything,
      persons: everything,
      images: everything,
      faces: everything,
      face_embeddings: everything,
      vector_ops: everything,
      vector_index_states: everything,
      uploads: everything,
      jobs: everything,
      job_items: everything,
      events: everything,
      outbox: everything,
      audit_entries: `${ADDS_ROWS} SELECT`,
      audit_heads: 'SELECT',
      erasures: ADDS_ERASURES,
      operations: everything,
      operation_changes: everything,
      face_rejections: everything,
      person_rejections: everything,
      person_terms: 'DELETE INSERT SELECT',
      galleries: everything,
      reembeddings: everything,
      gallery_grants: `INSERT ${selects('collection_id created_at ended_at ended_by gallery_id grantee_tenant_id id label tenant_id')} ${ENDS_GRANTS}`,
      usage_days: 'DELETE SELECT',
    });
    expect(rightsOf('likeness_system')).toEqual({
      audit_entries: `DELETE ${ADDS_ROWS} SELECT UPDATE(chain) UPDATE(content) UPDATE(salt) UPDATE(seq)`,
      audit_heads: 'INSERT SELECT UPDATE',
      tenants: everything,
      tenant_counters: 'INSERT SELECT',
      api_keys: 'INSERT SELECT UPDATE',
      model_packs: 'INSERT SELECT UPDATE',
      collections: 'SELECT',
      reembeddings: selects('collection_id source_pack_id state target_pack_id'),
      uploads: 'SELECT',
      jobs: 'SELECT',
      job_items: 'SELECT(state) SELECT(upload_id)',
      outbox:
        'DELETE INSERT SELECT UPDATE(admitted_at) UPDATE(admitted_by) UPDATE(cost) UPDATE(id) UPDATE(payload) UPDATE(priority)',
      login_sessions: 'DELETE INSERT SELECT UPDATE(last_seen_at)',
      turns: 'INSERT SELECT UPDATE',
      erasures: `DELETE ${ADDS_ERASURES} SELECT`,
      gallery_grants: `${selects('ended_at grantee_tenant_id id tenant_id')} ${ENDS_GRANTS}`,
      deployment: 'SELECT UPDATE(former_queue_marks) UPDATE(queue_mark)',
      erasure_ledger: 'SELECT UPDATE',
      pruned_rows: 'INSERT SELECT UPDATE',
      pruning_rounds: 'SELECT UPDATE',
      rate_buckets: everything,
      reconciled_vectors: 'INSERT SELECT UPDATE',
      reconciling_rounds: 'SELECT UPDATE',
      usage_days: 'INSERT SELECT UPDATE',
    });
    // What a gallery publishes, and no column beside it.
    expect(rightsOf('likeness_gallery')).toEqual({
      collections: selects('id model_pack_id retention_days state'),
      face_embeddings: selects('collection_id embedding_digest vector vector_key'),
      faces: selects('bounding_box collection_id created_at hidden_as id image_id person_id size_px state vector_key'),
      galleries: selects('description id name shows_covers similarity_floor'),
      gallery_grants: `${selects('collection_id created_at ended_at gallery_id grantee_tenant_id id id_secret tenant_id')} ${ENDS_GRANTS}`,
      images: selects('collection_id created_at id'),
      model_packs: 'SELECT',
      persons: selects('collection_id display_name id is_trashed known_for merged_into_id urls'),
      tenants: selects('id status'),
    });
    expect(new Set(rows.map((row) => row.role))).toEqual(
      new Set(['likeness_app', 'likeness_gallery', 'likeness_system']),
    );
  });

  it('lets the system through the walls of those tables alone', async () => {
    const { rows } = await owner.query<{ open: string[] }>(
      `SELECT array_agg(tablename::text ORDER BY tablename) AS open FROM pg_policies
        WHERE schemaname = 'public' AND 'likeness_system' = ANY(roles)`,
    );
    const open = [
      'api_keys',
      'audit_entries',
      'audit_heads',
      'collections',
      'erasures',
      'gallery_grants',
      'job_items',
      'jobs',
      'login_sessions',
      'outbox',
      'reembeddings',
      'tenant_counters',
      'tenants',
      'turns',
      'uploads',
      'usage_days',
    ];
    expect(rows).toEqual([{ open }]);
  });
});

describe('without a tenant', () => {
  it('the app role sees nothing and writes nothing', async () => {
    const scope = await createTestTenant(db.database);
    await createCollection(scope);
    const app = new Client({ connectionString: db.appUrl });
    await app.connect();
    try {
      const { rows } = await owner.query<Table>(TABLES);
      for (const table of rows.filter((one) => one.has_tenant || one.relname === 'tenants')) {
        const counting = app.query(`SELECT count(*)::int AS seen FROM ${table.relname}`);
        if (['erasures', 'turns', 'login_sessions'].includes(table.relname)) {
          // Of no use to a tenant: the platform's own.
          await expect(counting).rejects.toThrow('permission denied');
          continue;
        }
        const { rows: counted } = await counting;
        expect({ table: table.relname, ...counted[0] }).toEqual({ table: table.relname, seen: 0 });
      }
      const insert = `INSERT INTO uploads (id, tenant_id, bytes, mime, expires_at) VALUES ($1, $2, 1, 'x', now())`;
      await expect(app.query(insert, [newId(), scope.tenantId])).rejects.toThrow('row-level security');
      await app.query(`SELECT set_config('app.tenant', '', false)`);
      await expect(app.query(insert, [newId(), scope.tenantId])).rejects.toThrow('row-level security');
    } finally {
      await app.end();
    }
  });

  it('the client of the app cannot be used at all', async () => {
    const app = (db.database as unknown as { app: PrismaClient }).app;
    await expect(app.collection.findMany()).rejects.toThrow('inside a transaction of that tenant');
    await expect(app.$transaction((tx) => tx.collection.findMany())).rejects.toThrow(
      'inside a transaction of that tenant',
    );
  });
});

describe('across tenants', () => {
  it('another tenant’s rows can be neither read, changed, removed nor written', async () => {
    const [mine, theirs] = [await createTestTenant(db.database), await createTestTenant(db.database)];
    const collectionId = await createCollection(theirs);
    const seen = await db.database.maintain(mine, async (tx) => ({
      found: await tx.collection.findMany({ where: { id: collectionId } }),
      updated: await tx.collection.updateMany({ where: { id: collectionId }, data: { description: 'mine' } }),
      deleted: await tx.collection.deleteMany({ where: { id: collectionId } }),
    }));
    expect(seen).toEqual({ found: [], updated: { count: 0 }, deleted: { count: 0 } });
    const upload = { id: newId(), tenantId: theirs.tenantId, bytes: 1, mime: 'x', expiresAt: new Date() };
    await expect(db.database.maintain(mine, (tx) => tx.upload.create({ data: upload }))).rejects.toThrow(
      'row-level security',
    );
  });

  it('no row can point at another tenant’s collection', async () => {
    const [mine, theirs] = [await createTestTenant(db.database), await createTestTenant(db.database)];
    const collectionId = await createCollection(theirs);
    await expect(createPerson(mine, collectionId)).rejects.toMatchObject({ code: 'P2003' });
    await expect(createImage(mine, collectionId)).rejects.toMatchObject({ code: 'P2003' });
  });

  it('a face can only be given to a person, and belong to an image, of its own collection', async () => {
    const scope = await createTestTenant(db.database);
    const [a, b] = [await createCollection(scope), await createCollection(scope)];
    const [personA, personB] = [await createPerson(scope, a), await createPerson(scope, b)];
    const [imageA, imageB] = [await createImage(scope, a), await createImage(scope, b)];
    const create = (data: ReturnType<typeof faceData>) => db.database.maintain(scope, (tx) => tx.face.create({ data }));
    await expect(create(faceData(scope, a, imageA, personB))).rejects.toMatchObject({ code: 'P2003' });
    await expect(create(faceData(scope, a, imageB))).rejects.toMatchObject({ code: 'P2003' });
    const face = await create(faceData(scope, a, imageA, personA));
    await db.database.maintain(scope, (tx) => tx.person.delete({ where: { id: personA } }));
    const left = await db.database.maintain(scope, (tx) => tx.face.findUniqueOrThrow({ where: { id: face.id } }));
    expect(left).toMatchObject({ personId: null, collectionId: a, tenantId: scope.tenantId });
  });

  it('a vector key is given by the database alone, and never twice', async () => {
    const scope = await createTestTenant(db.database);
    const collectionId = await createCollection(scope);
    const imageId = await createImage(scope, collectionId);
    const keys: bigint[] = [];
    for (let round = 0; round < 3; round += 1) {
      const face = await db.database.maintain(scope, (tx) =>
        tx.face.create({ data: faceData(scope, collectionId, imageId) }),
      );
      keys.push(face.vectorKey);
      await db.database.maintain(scope, (tx) => tx.face.delete({ where: { id: face.id } }));
    }
    expect(new Set(keys).size).toBe(3);
    await expect(
      db.database.maintain(scope, (tx) =>
        tx.face.create({ data: { ...faceData(scope, collectionId, imageId), vectorKey: 1n } }),
      ),
    ).rejects.toThrow('vector_key');
  });

  it('a tenant takes everything along when the system removes it', async () => {
    const scope = await createTestTenant(db.database);
    const collectionId = await createCollection(scope);
    const imageId = await createImage(scope, collectionId);
    await db.database.maintain(scope, (tx) => tx.face.create({ data: faceData(scope, collectionId, imageId) }));
    await db.database.system.tenant.delete({ where: { id: scope.tenantId } });
    const everything = new PrismaClient({ adapter: new PrismaPg(db.ownerUrl) });
    try {
      const where = { tenantId: scope.tenantId };
      const left = [
        await everything.collection.count({ where }),
        await everything.image.count({ where }),
        await everything.face.count({ where }),
        await everything.tenantCounter.count({ where }),
      ];
      expect(left).toEqual([0, 0, 0, 0]);
    } finally {
      await everything.$disconnect();
    }
  });
});

describe('through a grant', () => {
  /** An owner with two collections of a person each, the first of which another tenant was granted. */
  async function grantOne() {
    const [publisher, grantee] = [await createTestTenant(db.database), await createTestTenant(db.database)];
    const [shared, other] = [await createCollection(publisher), await createCollection(publisher)];
    const [known] = [await createPerson(publisher, shared), await createPerson(publisher, other)];
    const store = new SharedGalleryStore(db.database);
    const facts = { name: 'Gallery', description: '', similarityFloor: 95, showsCovers: true };
    const gallery = await store.publish(publisher, { collectionId: shared, ...facts });
    const grant = await store.grant(publisher, gallery.id, grantee.tenantId, 'to them');
    return { publisher, grantee, known, store, grant, scope: makeGalleryScope(grantee, grant.id) };
  }
  const idsSeen = async (tx: Tx): Promise<string[]> =>
    (await tx.$queryRaw<{ id: string }[]>`SELECT id FROM persons`).map(({ id }) => id);

  it('the persons of that collection are seen, by their published columns, until it ends', async () => {
    const { publisher, grantee, known, store, grant, scope } = await grantOne();
    expect(await db.database.readGallery(scope, idsSeen)).toEqual([known]);
    // Without the grant that is used, or as itself, the other tenant sees nobody; nor does anybody else by that grant.
    expect(await db.database.readGrants(grantee, idsSeen)).toEqual([]);
    expect(await db.database.read(grantee, idsSeen)).toEqual([]);
    for (const nobody of [publisher, await createTestTenant(db.database)]) {
      expect(await db.database.readGallery(makeGalleryScope(nobody, grant.id), idsSeen)).toEqual([]);
    }
    for (const hidden of ['metadata', 'external_id', 'aliases', 'born_on', 'created_at', 'face_count', 'tenant_id']) {
      const look = db.database.readGallery(scope, (tx) => tx.$queryRawUnsafe(`SELECT ${hidden} FROM persons`));
      await expect(look).rejects.toThrow('permission denied');
    }
    for (const table of ['events', 'jobs', 'audit_entries', 'api_keys', 'vector_ops', 'operations', 'person_terms']) {
      const look = db.database.readGallery(scope, (tx) => tx.$queryRawUnsafe(`SELECT 1 FROM ${table}`));
      await expect(look).rejects.toThrow('permission denied');
    }
    await store.endGrant(publisher, grant.id);
    expect(await db.database.readGallery(scope, idsSeen)).toEqual([]);
  });

  it('nothing is seen while one of the two is suspended, or once the collection is being deleted', async () => {
    const { publisher, grantee, known, scope, grant } = await grantOne();
    const seen = () => db.database.readGallery(scope, idsSeen);
    for (const { tenantId } of [publisher, grantee]) {
      await db.database.system.tenant.update({ where: { id: tenantId }, data: { status: 'SUSPENDED' } });
      expect(await seen()).toEqual([]);
      await db.database.system.tenant.update({ where: { id: tenantId }, data: { status: 'ACTIVE' } });
      expect(await seen()).toEqual([known]);
    }
    await db.database.maintain(publisher, async (tx) => {
      const { collectionId } = await tx.galleryGrant.findFirstOrThrow({
        where: { id: grant.id },
        select: { collectionId: true },
      });
      await tx.collection.update({ where: { id: collectionId }, data: { state: 'DELETING' } });
    });
    expect(await seen()).toEqual([]);
  });

  it('the secret that seals ids is never read by a tenant, and a grant is brought back by nobody', async () => {
    const { publisher, grantee, store, grant } = await grantOne();
    const secret = (tx: Tx) => tx.$queryRaw`SELECT id_secret FROM gallery_grants`;
    await expect(db.database.read(publisher, secret)).rejects.toThrow('permission denied');
    await expect(db.database.read(grantee, secret)).rejects.toThrow('permission denied');
    await store.endGrant(grantee, grant.id);
    const revive = db.database.maintain(grantee, async (tx) => {
      await takeGranteeRole(tx, null);
      await tx.$executeRaw`UPDATE gallery_grants SET ended_at = NULL, ended_by = NULL WHERE id = ${grant.id}::uuid`;
    });
    await expect(revive).rejects.toThrow('row-level security');
  });
});

describe('under stress', () => {
  it('two connections, 200 tenants, timeouts and slow commits never show one tenant another', async () => {
    const small = new Database({ ...db, appPoolSize: 2 });
    await owner.query(`
      CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.03); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.job_name = 'slow') EXECUTE FUNCTION slow_commit()`);
    try {
      const scopes = await createTenantsWithUploads(200);
      const outcomes = { ok: 0, late: 0, busy: 0 };
      let next = 0;
      const worker = async (): Promise<void> => {
        for (let turn = next++; turn < 600; turn = next++) {
          const scope = scopes[(turn * 37) % scopes.length]!;
          try {
            const rows = await small.maintain(scope, (tx) => disturb(tx, scope, turn), { timeoutMs: 40 });
            outcomes.ok += 1;
            expect(rows.map((row) => row.tenantId)).toEqual([scope.tenantId]);
          } catch (error) {
            if (!(error instanceof DomainError)) throw error;
            if (error.code === 'TIMEOUT') outcomes.late += 1;
            else if (error.code === 'DEPENDENCY_UNAVAILABLE') outcomes.busy += 1;
            else throw error;
          }
        }
      };
      await Promise.all(Array.from({ length: 6 }, worker));
      expect(outcomes.ok).toBeGreaterThan(100);
      expect(outcomes.late).toBeGreaterThan(50);
      for (const scope of scopes.slice(0, 20)) {
        const rows = await small.maintain(scope, (tx) => tx.upload.findMany());
        expect(rows.map((row) => row.tenantId)).toEqual([scope.tenantId]);
      }
    } finally {
      await small.close();
    }
  });
});

type Tx = Parameters<Parameters<Database['maintain']>[1]>[0];

/** Reads the tenant's uploads, in one of five disturbed ways. */
async function disturb(tx: Tx, scope: TenantScope, turn: number) {
  const rows = await tx.upload.findMany();
  if (turn % 5 === 1) await tx.$queryRaw`SELECT 1 FROM pg_sleep(0.2)`;
  if (turn % 5 === 2) await new Promise((resolve) => setTimeout(resolve, 80));
  if (turn % 5 === 3) {
    await tx.outbox.create({ data: { id: newId(), tenantId: scope.tenantId, jobName: 'slow', payload: {} } });
  }
  return rows;
}

async function createTenantsWithUploads(count: number): Promise<TenantScope[]> {
  const scopes: TenantScope[] = [];
  for (let made = 0; made < count; made += 1) {
    const scope = await createTestTenant(db.database, `Tenant ${made}`);
    const upload = { id: newId(), tenantId: scope.tenantId, bytes: 1, mime: 'x', expiresAt: new Date() };
    await db.database.maintain(scope, (tx) => tx.upload.create({ data: upload }));
    scopes.push(scope);
  }
  return scopes;
}
