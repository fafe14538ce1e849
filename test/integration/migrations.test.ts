import { PrismaPg } from '@prisma/adapter-pg';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { $Enums, Prisma, PrismaClient } from '../../src/database/generated/client';
import { applyMigrations } from '../../src/database/migration-runner';
import { roleUrls } from '../../src/database/roles';
import { newId } from '../../src/domain/ids';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';

const MIGRATIONS = path.resolve('prisma/migrations');

let db: TestDatabase;
let owner: Client;
let directory: string;

beforeEach(async () => {
  db = await startTestDatabase();
  owner = new Client({ connectionString: db.ownerUrl });
  await owner.connect();
  directory = await mkdtemp(path.join(tmpdir(), 'likeness-migrations-'));
  await cp(MIGRATIONS, directory, { recursive: true });
});
afterEach(async () => {
  await owner.end();
  await db.stop();
  await rm(directory, { recursive: true, force: true });
});

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(path.join(directory, name), { recursive: true });
  await writeFile(path.join(directory, name, 'migration.sql'), sql);
}

/** Makes the database what it was just before a migration. @returns this and all that came after it. */
async function returnToBefore(name: string): Promise<string[]> {
  const names = (await readdir(MIGRATIONS)).sort();
  const since = names.filter((one) => /^\d/.test(one) && one >= name);
  for (const one of since) await rm(path.join(directory, one), { recursive: true });
  await owner.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await applyMigrations(db.ownerUrl, { directory });
  return since;
}

const records = async () =>
  (await owner.query('SELECT * FROM _prisma_migrations ORDER BY started_at, migration_name')).rows;

describe('applyMigrations', () => {
  it('changes nothing the second time', async () => {
    const before = await records();
    expect(before.length).toBeGreaterThan(0);
    expect(await applyMigrations(db.ownerUrl)).toEqual([]);
    expect(await records()).toEqual(before);
  });

  it('records as `prisma migrate` does', async () => {
    const [record] = await records();
    expect(record).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      finished_at: expect.any(Date),
      migration_name: expect.stringMatching(/^\d{14}_init$/),
      logs: null,
      rolled_back_at: null,
      started_at: expect.any(Date),
      applied_steps_count: 1,
    });
    const { rows } = await owner.query(
      `SELECT column_name, udt_name, is_nullable, character_maximum_length, column_default
         FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`,
    );
    expect(rows.map((row) => Object.values(row).join(' '))).toEqual([
      'id varchar NO 36 ',
      'checksum varchar NO 64 ',
      'finished_at timestamptz YES  ',
      'migration_name varchar NO 255 ',
      'logs text YES  ',
      'rolled_back_at timestamptz YES  ',
      'started_at timestamptz NO  now()',
      'applied_steps_count int4 NO  0',
    ]);
  });

  it('applies what is new once, however many processes start at the same time', async () => {
    await addMigration('20990101000000_second', 'CREATE TABLE second (id int); INSERT INTO second VALUES (1);');
    const applied = await Promise.all(Array.from({ length: 5 }, () => applyMigrations(db.ownerUrl, { directory })));
    expect(applied.flat()).toEqual(['20990101000000_second']);
    expect((await owner.query('SELECT * FROM second')).rows).toHaveLength(1);
  });

  it('undoes the whole of a migration that fails, says why, and applies it once it is mended', async () => {
    const name = '20990101000000_broken';
    await addMigration(name, 'CREATE TABLE half (id int); SELECT 1 / 0;');
    await expect(applyMigrations(db.ownerUrl, { directory })).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      retryable: false,
      message: expect.stringMatching(/20990101000000_broken failed and was undone: division by zero/),
    });
    expect((await owner.query(`SELECT to_regclass('half') AS made`)).rows).toEqual([{ made: null }]);
    await addMigration(name, 'CREATE TABLE half (id int);');
    expect(await applyMigrations(db.ownerUrl, { directory })).toEqual([name]);
  });

  it('refuses a migration that was changed after it had been applied, but not its line ends', async () => {
    await addMigration('20990101000000_second', 'CREATE TABLE second (\n  id int\n);\n');
    await applyMigrations(db.ownerUrl, { directory });
    await addMigration('20990101000000_second', 'CREATE TABLE second (\r\n  id int\r\n);\r\n');
    expect(await applyMigrations(db.ownerUrl, { directory })).toEqual([]);
    await addMigration('20990101000000_second', 'CREATE TABLE second (id bigint);');
    await expect(applyMigrations(db.ownerUrl, { directory })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/20990101000000_second was changed after it had been applied/),
    });
  });

  it('refuses a database that is newer than this program', async () => {
    await addMigration('20990101000000_second', 'SELECT 1');
    await applyMigrations(db.ownerUrl, { directory });
    await expect(applyMigrations(db.ownerUrl)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/20990101000000_second, which this version does not know/),
    });
  });

  it('refuses after a migration that another tool has left failed, and goes on once it is resolved', async () => {
    const name = '20990101000000_second';
    await addMigration(name, 'CREATE TABLE second (id int);');
    await owner.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, logs) VALUES ('x', 'y', $1, 'it broke')`,
      [name],
    );
    await expect(applyMigrations(db.ownerUrl, { directory })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/prisma migrate resolve/),
    });
    await owner.query('UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = $1', [name]);
    expect(await applyMigrations(db.ownerUrl, { directory })).toEqual([name]);
  });
});

describe('jobs from before their kind was text', () => {
  it('keep it', async () => {
    const [tenantId, jobId] = [newId(), newId()];
    await owner.query(`
      CREATE TYPE "JobKind" AS ENUM ('ENROLLMENT', 'DELETION');
      ALTER TABLE jobs ALTER COLUMN kind TYPE "JobKind" USING kind::"JobKind";
      DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_job_kind_text';
      INSERT INTO tenants (id, name) VALUES ('${tenantId}', 'old');
      INSERT INTO jobs (id, tenant_id, kind, request_id) VALUES ('${jobId}', '${tenantId}', 'DELETION', 'r')`);
    expect(await applyMigrations(db.ownerUrl)).toEqual(['20261128130000_job_kind_text']);
    const { rows } = await owner.query('SELECT kind, pg_typeof(kind)::text AS type FROM jobs WHERE id = $1', [jobId]);
    expect(rows).toEqual([{ kind: 'DELETION', type: 'text' }]);
  });
});

describe('what was seen in images of persons who were deleted before it went with them', () => {
  it('is forgotten, and that of others kept', async () => {
    const name = '20261128140000_forget_error_details';
    const [tenantId, collectionId, jobId, person, gone] = [newId(), newId(), newId(), newId(), newId()];
    const item = (ordinal: number, personId: string, create: string): string =>
      `('${newId()}', '${tenantId}', '${jobId}', ${ordinal}, 'FAILED', '${personId}', ${create}, '{"boxes": []}')`;
    await owner.query(`
      DELETE FROM _prisma_migrations WHERE migration_name = '${name}';
      INSERT INTO tenants (id, name) VALUES ('${tenantId}', 'old');
      INSERT INTO model_packs (id, name, version, embedding_digest, dimension, metric, licence, commercial_use)
        VALUES ('p@1', 'p', '1', 'd', 2, 'COSINE', 'MIT', true);
      INSERT INTO collections (id, tenant_id, name, model_pack_id) VALUES ('${collectionId}', '${tenantId}', 'c', 'p@1');
      INSERT INTO persons (id, tenant_id, collection_id, display_name, metadata)
        VALUES ('${person}', '${tenantId}', '${collectionId}', 'Ada', '{}');
      INSERT INTO jobs (id, tenant_id, kind, collection_id, request_id)
        VALUES ('${jobId}', '${tenantId}', 'ENROLLMENT', '${collectionId}', 'r');
      INSERT INTO job_items (id, tenant_id, job_id, ordinal, state, person_id, person_create, error_details)
        VALUES ${[item(0, gone, 'NULL'), item(1, person, 'NULL'), item(2, newId(), `'{"displayName": "to be"}'`)].join()}`);
    expect(await applyMigrations(db.ownerUrl)).toEqual([name]);
    const { rows } = await owner.query(
      'SELECT ordinal FROM job_items WHERE error_details IS NOT NULL ORDER BY ordinal',
    );
    expect(rows.map((row) => row.ordinal)).toEqual([1, 2]);
  });
});

describe('whom the face of an item is like', () => {
  it('is forgotten of those who were deleted before it went with them, and that of others kept', async () => {
    const name = '20261129081000_forget_known_persons';
    const [tenantId, collectionId, jobId, person, gone] = [newId(), newId(), newId(), newId(), newId()];
    const item = (ordinal: number, known: string): string =>
      `('${newId()}', '${tenantId}', '${jobId}', ${ordinal}, 'FAILED', '${known}', 95)`;
    await owner.query(`
      DELETE FROM _prisma_migrations WHERE migration_name = '${name}';
      DROP INDEX job_items_known_person_idx;
      INSERT INTO tenants (id, name) VALUES ('${tenantId}', 'old');
      INSERT INTO model_packs (id, name, version, embedding_digest, dimension, metric, licence, commercial_use)
        VALUES ('p@1', 'p', '1', 'd', 2, 'COSINE', 'MIT', true);
      INSERT INTO collections (id, tenant_id, name, model_pack_id) VALUES ('${collectionId}', '${tenantId}', 'c', 'p@1');
      INSERT INTO persons (id, tenant_id, collection_id, display_name, metadata)
        VALUES ('${person}', '${tenantId}', '${collectionId}', 'Ada', '{}');
      INSERT INTO jobs (id, tenant_id, kind, collection_id, request_id)
        VALUES ('${jobId}', '${tenantId}', 'ENROLLMENT', '${collectionId}', 'r');
      INSERT INTO job_items (id, tenant_id, job_id, ordinal, state, known_person_id, known_similarity)
        VALUES ${[item(0, gone), item(1, person)].join()}`);
    expect(await applyMigrations(db.ownerUrl)).toEqual([name]);
    const { rows } = await owner.query(
      'SELECT ordinal, known_person_id AS known, known_similarity AS similarity FROM job_items ORDER BY ordinal',
    );
    expect(rows).toEqual([
      { ordinal: 0, known: null, similarity: null },
      { ordinal: 1, known: person, similarity: 95 },
    ]);
  });
});

describe('names and metadata from before they were composed', () => {
  const NAMES = '20261128140000_names';
  /** On the schema as it was just before; answers with the JSON that is there after. */
  async function migrated(metadata: string): Promise<{ metadata: unknown; create: unknown; found: boolean }> {
    const since = await returnToBefore(NAMES);
    const [tenantId, collectionId, jobId] = [newId(), newId(), newId()];
    await owner.query(`
      INSERT INTO tenants (id, name) VALUES ('${tenantId}', 'old');
      INSERT INTO model_packs (id, name, version, embedding_digest, dimension, metric, licence, commercial_use)
        VALUES ('p@1', 'p', '1', 'd', 2, 'COSINE', 'MIT', true);
      INSERT INTO collections (id, tenant_id, name, model_pack_id) VALUES ('${collectionId}', '${tenantId}', 'c', 'p@1');
      INSERT INTO jobs (id, tenant_id, kind, collection_id, request_id)
        VALUES ('${jobId}', '${tenantId}', 'ENROLLMENT', '${collectionId}', 'r')`);
    await owner.query(
      'INSERT INTO persons (id, tenant_id, collection_id, display_name, metadata) VALUES ($1, $2, $3, $4, $5)',
      [newId(), tenantId, collectionId, 'Ada', metadata],
    );
    await owner.query(
      `INSERT INTO job_items (id, tenant_id, job_id, ordinal, state, person_create)
       VALUES ($1, $2, $3, 0, 'PENDING', jsonb_build_object('displayName', $4::text, 'metadata', $5::jsonb))`,
      [newId(), tenantId, jobId, 'e\u0301', metadata],
    );

    expect(await applyMigrations(db.ownerUrl)).toEqual(since);
    const { rows } = await owner.query<{ metadata: unknown; create: unknown; found: boolean }>(
      `SELECT metadata, person_create AS create, metadata @> '{"\u00e9": ["\u00e9"]}' AS found FROM persons, job_items`,
    );
    expect(rows).toHaveLength(1);
    expect((await owner.query(`SELECT to_regproc('compose_json') AS left`)).rows).toEqual([{ left: null }]);
    return rows[0]!;
  }

  it('are composed, and an escape before a mark stays one', async () => {
    const after = { k: '\n\u0301', '\u00e9': ['\u00e9'] };
    expect(await migrated('{"k":"\\n\u0301", "e\u0301": ["e\u0301"]}')).toEqual({
      metadata: after,
      create: { displayName: '\u00e9', metadata: after },
      found: true,
    });
  });

  it('keep one of two names that compose to one, all other values, and what is nested too deeply', async () => {
    const deep = `${'['.repeat(1_000)}"e\u0301"${']'.repeat(1_000)}`;
    const others = { list: [3, null, { a: true }, 'b'], none: {}, no: [], number: 1.5 };
    const { metadata } = await migrated(
      `{"\u00e9": "composed", "e\u0301": "not", "deep": ${deep}, ${JSON.stringify(others).slice(1)}`,
    );
    expect(metadata).toEqual({ '\u00e9': 'composed', deep: JSON.parse(deep), ...others });
  });
});

describe('jobs from before they counted what was not indexed and what was cancelled', () => {
  it('count it, as far as it is still known', async () => {
    const since = await returnToBefore('20261128171000_job_outcomes');
    const [tenantId, collectionId, jobId, otherId] = [newId(), newId(), newId(), newId()];
    const items: string[] = [];
    const images: string[] = [];
    const faces: string[] = [];
    /** Faces as `state reasons`; null: the image is gone. */
    const add = (state: string, of: readonly string[] | null, imageOf?: string): string => {
      const id = newId();
      const imageId = state === 'SUCCEEDED' ? `'${imageOf ?? id}'` : 'NULL';
      items.push(`('${id}', '${tenantId}', '${jobId}', ${items.length}, '${state}', ${imageId})`);
      if (!of) return id;
      images.push(
        `('${id}', '${tenantId}', '${collectionId}', '${id}', sha256('${id}'), sha256('${id}'), 'image/png', 1, 1, 1)`,
      );
      of.forEach((face, ordinal) => {
        const [faceState, reasons = ''] = face.split(' ');
        faces.push(
          `('${newId()}', '${tenantId}', '${collectionId}', '${id}', '${id}', ${ordinal}, '${faceState}', '{${reasons}}', '{}', '{}', '{}', 0, 0, 0, 0)`,
        );
      });
      return id;
    };
    add('SUCCEEDED', ['INDEXED', 'UNINDEXED LOW_SHARPNESS']);
    const rejected = add('SUCCEEDED', ['UNINDEXED LOW_SHARPNESS', 'UNINDEXED MISALIGNED']);
    const duplicate = add('SUCCEEDED', null, rejected);
    add('SUCCEEDED', ['DELETED', 'UNINDEXED LOW_SHARPNESS']);
    const gone = add('SUCCEEDED', ['DELETED LOW_SHARPNESS']);
    add('SUCCEEDED', ['DETECTED']);
    add('SUCCEEDED', null);
    for (const state of ['FAILED', 'CANCELLED', 'CANCELLED', 'PENDING']) add(state, null);
    await owner.query(`
      INSERT INTO tenants (id, name) VALUES ('${tenantId}', 'old');
      INSERT INTO model_packs (id, name, version, embedding_digest, dimension, metric, licence, commercial_use)
        VALUES ('p@1', 'p', '1', 'd', 2, 'COSINE', 'MIT', true);
      INSERT INTO collections (id, tenant_id, name, model_pack_id) VALUES ('${collectionId}', '${tenantId}', 'c', 'p@1');
      INSERT INTO jobs (id, tenant_id, kind, request_id, total, done, failed)
        VALUES ('${jobId}', '${tenantId}', 'ENROLLMENT', 'r', 11, 7, 1), ('${otherId}', '${tenantId}', 'DELETION', 'r', 1, 1, 0);
      INSERT INTO job_items (id, tenant_id, job_id, ordinal, state, image_id) VALUES ${items.join()};
      INSERT INTO images (id, tenant_id, collection_id, subject_id, received_sha256, stored_sha256, mime, width, height, bytes)
        VALUES ${images.join()};
      INSERT INTO faces (id, tenant_id, collection_id, image_id, job_item_id, ordinal, state, reasons, bounding_box, landmarks,
                         pose, brightness, sharpness, confidence, size_px) VALUES ${faces.join()}`);
    expect(await applyMigrations(db.ownerUrl)).toEqual(since);
    const counted = await owner.query(
      'SELECT id, done, unindexed, failed, cancelled, total FROM jobs ORDER BY total DESC',
    );
    expect(counted.rows).toEqual([
      { id: jobId, done: 7, unindexed: 3, failed: 1, cancelled: 2, total: 11 },
      { id: otherId, done: 1, unindexed: 0, failed: 0, cancelled: 0, total: 1 },
    ]);
    const marked = await owner.query<{ id: string }>('SELECT id FROM job_items WHERE unindexed ORDER BY ordinal');
    expect(marked.rows.map(({ id }) => id)).toEqual([rejected, duplicate, gone]);
  });
});

describe('what images take of the disk', () => {
  it('is counted of those that are there, and tenants that are there have no limit of it', async () => {
    const names = (await readdir(MIGRATIONS)).filter((name) => /^\d/.test(name)).sort();
    const since = names.filter((name) => name >= '20261128190000_image_bytes');
    for (const name of since) await rm(path.join(directory, name), { recursive: true });
    await owner.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    await applyMigrations(db.ownerUrl, { directory });
    const [tenantId, collectionId, empty] = [newId(), newId(), newId()];
    const image = (bytes: number): string =>
      `('${newId()}', '${tenantId}', '${collectionId}', '${newId()}', sha256('a'), sha256('b'), 'image/jpeg', 1, 1, ${bytes})`;
    await owner.query(`
      INSERT INTO tenants (id, name, limits) VALUES ('${tenantId}', 'old', '{"maxFaces": 5}');
      INSERT INTO model_packs (id, name, version, embedding_digest, dimension, metric, licence, commercial_use)
        VALUES ('p@1', 'p', '1', 'd', 2, 'COSINE', 'MIT', true);
      INSERT INTO collections (id, tenant_id, name, model_pack_id)
        VALUES ('${collectionId}', '${tenantId}', 'c', 'p@1'), ('${empty}', '${tenantId}', 'd', 'p@1');
      INSERT INTO images (id, tenant_id, collection_id, subject_id, received_sha256, stored_sha256, mime, width, height,
                          bytes)
        VALUES ${image(2_000_000_000)}, ${image(2_000_000_000)}`);
    expect(await applyMigrations(db.ownerUrl)).toEqual(since);
    const { rows } = await owner.query('SELECT id, image_bytes FROM collections ORDER BY image_bytes DESC');
    expect(rows).toEqual([
      { id: collectionId, image_bytes: '4000000000' },
      { id: empty, image_bytes: '0' },
    ]);
    expect((await owner.query('SELECT limits FROM tenants')).rows).toEqual([
      { limits: { maxFaces: 5, maxImageMegabytes: null } },
    ]);
  });
});

describe('faces and persons from before lists were ordered by them', () => {
  it('are counted and judged', async () => {
    const since = await returnToBefore('20261129060000_ordered_lists');
    const [tenantId, collectionId, imageId, person, nobody] = [newId(), newId(), newId(), newId(), newId()];
    const face = (ordinal: number, state: string, personId: string | null, pose: string): string =>
      `('${newId()}', '${tenantId}', '${collectionId}', '${imageId}', '${imageId}', ${ordinal}, ${personId ? `'${personId}'` : 'NULL'},
        '${state}', '{}', '{}', '{}', '${pose}', 60, 70, 90, 100)`;
    const frontal = '{"yaw": 0, "pitch": 0, "roll": 0}';
    const turned = '{"yaw": -40, "pitch": 0, "roll": 0}';
    await owner.query(`
      INSERT INTO tenants (id, name) VALUES ('${tenantId}', 'old');
      INSERT INTO model_packs (id, name, version, embedding_digest, dimension, metric, licence, commercial_use)
        VALUES ('p@1', 'p', '1', 'd', 2, 'COSINE', 'MIT', true);
      INSERT INTO collections (id, tenant_id, name, model_pack_id) VALUES ('${collectionId}', '${tenantId}', 'c', 'p@1');
      INSERT INTO images (id, tenant_id, collection_id, subject_id, received_sha256, stored_sha256, mime, width, height, bytes)
        VALUES ('${imageId}', '${tenantId}', '${collectionId}', '${imageId}', sha256('a'), sha256('b'), 'image/jpeg', 1, 1, 1);
      INSERT INTO persons (id, tenant_id, collection_id, display_name)
        VALUES ('${person}', '${tenantId}', '${collectionId}', 'Ada'), ('${nobody}', '${tenantId}', '${collectionId}', 'Bea');
      INSERT INTO faces (id, tenant_id, collection_id, image_id, job_item_id, ordinal, person_id, state, reasons, bounding_box,
                         landmarks, pose, brightness, sharpness, confidence, size_px)
        VALUES ${[
          face(0, 'INDEXED', person, frontal),
          face(1, 'INDEXED', person, turned),
          face(2, 'UNINDEXED', null, frontal),
          face(3, 'DETECTED', person, '{}'),
          face(4, 'INDEXED', null, frontal),
        ].join()}`);
    expect(await applyMigrations(db.ownerUrl)).toEqual(since);
    const { rows } = await owner.query('SELECT id, face_count FROM persons ORDER BY face_count DESC');
    expect(rows).toEqual([
      { id: person, face_count: 2 },
      { id: nobody, face_count: 0 },
    ]);
    const judged = await owner.query<{ quality: number }>('SELECT quality FROM faces ORDER BY ordinal');
    const [first, second, , withoutPose] = judged.rows.map(({ quality }) => quality);
    expect(first).toBeCloseTo(100 * Math.exp(-0.36), 10);
    expect(second).toBeLessThan(first!);
    expect(withoutPose).toBeCloseTo(0);
    // What changes later is counted by itself.
    await owner.query(`UPDATE faces SET state = 'INDEXED' WHERE ordinal = 3`);
    await owner.query('DELETE FROM faces WHERE ordinal = 0');
    const later = await owner.query('SELECT face_count FROM persons WHERE id = $1', [person]);
    expect(later.rows).toEqual([{ face_count: 2 }]);
  });
});

describe('persons with more to be found by than one may have', () => {
  it('keep what is said first, and others keep all', async () => {
    const since = await returnToBefore('20261129080000_terms_by_statement');
    const [tenantId, collectionId, long, short] = [newId(), newId(), newId(), newId()];
    await owner.query(`
      INSERT INTO tenants (id, name) VALUES ('${tenantId}', 'old');
      INSERT INTO model_packs (id, name, version, embedding_digest, dimension, metric, licence, commercial_use)
        VALUES ('p@1', 'p', '1', 'd', 2, 'COSINE', 'MIT', true);
      INSERT INTO collections (id, tenant_id, name, model_pack_id) VALUES ('${collectionId}', '${tenantId}', 'c', 'p@1');
      INSERT INTO persons (id, tenant_id, collection_id, display_name, aliases)
        SELECT '${long}', '${tenantId}', '${collectionId}', 'Ada', array_agg(repeat(md5(one::text), 7)) FROM generate_series(1, 20) one;
      INSERT INTO persons (id, tenant_id, collection_id, display_name) VALUES ('${short}', '${tenantId}', '${collectionId}', 'Bea')`);
    const termsOf = async (id: string): Promise<string[]> => {
      const { rows } = await owner.query<{ term: string }>(
        'SELECT term FROM person_terms WHERE person_id = $1 ORDER BY term',
        [id],
      );
      return rows.map(({ term }) => term);
    };
    expect((await termsOf(long)).length).toBeGreaterThan(600);
    expect(await applyMigrations(db.ownerUrl)).toEqual(since);
    const kept = await termsOf(long);
    expect(kept).toHaveLength(500);
    expect(kept).toEqual(expect.arrayContaining(['ada', 'da', 'a']));
    expect(await termsOf(short)).toEqual(['a', 'bea', 'ea']);
  });
});

describe('the tables', () => {
  it('have the columns and the enums of the Prisma schema, and no others', async () => {
    const client = new PrismaClient({ adapter: new PrismaPg(db.ownerUrl) });
    try {
      const counted = new Map<string, number>();
      for (const model of Object.values(Prisma.ModelName)) {
        const delegate = client[(model[0]!.toLowerCase() + model.slice(1)) as 'tenant'];
        // Selects every column by name, so one that is missing or of another type fails.
        await delegate.findFirst();
        const fields = (Prisma as unknown as Record<string, object>)[`${model}ScalarFieldEnum`]!;
        counted.set(model, Object.keys(fields).length);
      }
      const { rows } = await owner.query<{ tables: number; columns: number }>(
        `SELECT count(DISTINCT table_name)::int AS tables, count(*)::int AS columns FROM information_schema.columns
          WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' AND is_generated = 'NEVER'`,
      );
      expect(rows[0]).toEqual({
        tables: counted.size,
        columns: [...counted.values()].reduce((sum, count) => sum + count, 0),
      });
    } finally {
      await client.$disconnect();
    }
    const { rows } = await owner.query<{ name: string; labels: string[] }>(
      `SELECT t.typname AS name, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS labels
         FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.typname`,
    );
    const inDatabase = Object.fromEntries(rows.map((row) => [row.name, row.labels]));
    const inSchema = Object.fromEntries(Object.entries($Enums).map(([name, values]) => [name, Object.values(values)]));
    expect(inDatabase).toEqual(inSchema);
  });
});

describe('roleUrls', () => {
  it('keeps the server, the database and the parameters', () => {
    const passwords = { appPassword: 'p@ss/word', systemPassword: 's' };
    expect(roleUrls('postgresql://me:x@db.example:6432/likeness?sslmode=require', passwords)).toEqual({
      appUrl: 'postgresql://likeness_app:p%40ss%2Fword@db.example:6432/likeness?sslmode=require',
      systemUrl: 'postgresql://likeness_system:s@db.example:6432/likeness?sslmode=require',
    });
    expect(roleUrls('postgresql:///likeness?host=/run/postgresql', passwords).systemUrl).toBe(
      'postgresql:///likeness?host=%2Frun%2Fpostgresql&user=likeness_system&password=s',
    );
  });
});
