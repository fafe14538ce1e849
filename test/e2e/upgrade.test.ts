import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { applyMigrations } from '../../src/database/migration-runner';
import { similarityOf } from '../../src/domain/calibration';
import { distanceBetween } from '../../src/domain/distance';
import { newId } from '../../src/domain/ids';
import { readPack } from '../../workers/inference/pack-registry';
import { TestTenant } from '../factories/tenant';
import { hasLocalModels, testPlaces } from '../fixtures/analyzer';
import { ApiClient } from '../fixtures/client';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { goldenPacks, toVector, type GoldenPack } from '../fixtures/golden';
import { partyPhoto } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';

const MIGRATIONS = path.resolve(__dirname, '../../prisma/migrations');
/** The newest of the first release. */
const LAST_OF_FIRST = '20261124130200_untidy_items';
/** How far a similarity may be from what the first release said, its rounding to .1 included. */
const AS_THEN = 0.15;

/** Makes a database what the first release's migrations made of it. */
async function migrateAsThen(ownerUrl: string, owner: Client): Promise<void> {
  await owner.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  const directory = await mkdtemp(path.join(tmpdir(), 'likeness-migrations-'));
  try {
    for (const name of await readdir(MIGRATIONS)) {
      if (name <= LAST_OF_FIRST) await cp(path.join(MIGRATIONS, name), path.join(directory, name), { recursive: true });
    }
    await applyMigrations(ownerUrl, { directory });
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Writes what the first release wrote when it enrolled the woman of photograph 1 with a pack. @returns the collection's id. */
async function enrolAsThen(owner: Client, tenantId: string, golden: GoldenPack): Promise<string> {
  const { pack, embeddingDigest, faces } = golden;
  const [{ box, vector }] = faces;
  const [name, version] = pack.split('@');
  const [collectionId, personId, imageId, faceId] = [newId(), newId(), newId(), newId()];
  await owner.query(
    `INSERT INTO model_packs (id, name, version, embedding_digest, dimension, metric, licence, commercial_use)
     VALUES ($1, $2, $3, $4, $5, $6, 'MIT', true)`,
    [pack, name, version, embeddingDigest, vector.length / 4, name === 'bundled' ? 'EUCLIDEAN' : 'COSINE'],
  );
  await owner.query(
    `INSERT INTO collections (id, tenant_id, name, model_pack_id, vector_seq, face_count, person_count)
     VALUES ($1, $2, $3, $4, 1, 1, 1)`,
    [collectionId, tenantId, `of ${pack}`, pack],
  );
  await owner.query(
    `INSERT INTO persons (id, tenant_id, collection_id, display_name) VALUES ($1, $2, $3, 'Guest at the right')`,
    [personId, tenantId, collectionId],
  );
  await owner.query(
    `INSERT INTO images (id, tenant_id, collection_id, subject_id, received_sha256, stored_sha256, mime, width, height, bytes)
     VALUES ($1, $2, $3, $4, sha256('received'), sha256('stored'), 'image/jpeg', 1920, 1280, 1000)`,
    [imageId, tenantId, collectionId, personId],
  );
  const boundingBox = { left: box[0] / 1920, top: box[1] / 1280, width: box[2] / 1920, height: box[3] / 1280 };
  const point = { x: 0.5, y: 0.5 };
  const landmarks = { eyeLeft: point, eyeRight: point, nose: point, mouthLeft: point, mouthRight: point };
  const { rows } = await owner.query<{ vector_key: string }>(
    `INSERT INTO faces (id, tenant_id, collection_id, image_id, job_item_id, ordinal, person_id, state, bounding_box,
                        landmarks, pose, brightness, sharpness, confidence, size_px)
     VALUES ($1, $2, $3, $4, $4, 0, $5, 'INDEXED', $6, $7, '{"pitch":0,"roll":0,"yaw":0}', 50, 50, 99, 200)
     RETURNING vector_key`,
    [faceId, tenantId, collectionId, imageId, personId, boundingBox, landmarks],
  );
  const key = rows[0]!.vector_key;
  await owner.query(
    `INSERT INTO face_embeddings (face_id, embedding_digest, tenant_id, collection_id, vector_key, vector)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [faceId, embeddingDigest, tenantId, collectionId, key, vector],
  );
  await owner.query(
    `INSERT INTO vector_ops (collection_id, seq, tenant_id, kind, vector_key) VALUES ($1, 1, $2, 'UPSERT', $3)`,
    [collectionId, tenantId, key],
  );
  return collectionId;
}

describe('a database of the first release', () => {
  const packs = hasLocalModels('yunet-reid0095 of the first release')
    ? goldenPacks()
    : goldenPacks().filter(({ pack }) => pack === 'bundled@1');
  const collections = new Map<string, string>();
  let db: TestDatabase;
  let platform: TestPlatform;
  let tenant: TestTenant;

  beforeAll(async () => {
    db = await startTestDatabase();
    const owner = new Client({ connectionString: db.ownerUrl });
    await owner.connect();
    const tenantId = newId();
    try {
      await migrateAsThen(db.ownerUrl, owner);
      await owner.query(`INSERT INTO tenants (id, name) VALUES ($1, 'Customer of the first release')`, [tenantId]);
      await owner.query('INSERT INTO tenant_counters (tenant_id) VALUES ($1)', [tenantId]);
      for (const golden of packs) collections.set(golden.pack, await enrolAsThen(owner, tenantId, golden));
    } finally {
      await owner.end();
    }
    platform = await TestPlatform.start({
      env: {
        LIKENESS_PACKS: 'bundled',
        DATABASE_URL: db.ownerUrl,
        DATABASE_APP_URL: db.appUrl,
        DATABASE_SYSTEM_URL: db.systemUrl,
      },
    });
    const { createApiKey } = await platform.operator.call(
      `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`,
      { input: { name: 'After the upgrade', tenantId, scopes: ['READ', 'SEARCH'] } },
    );
    tenant = new TestTenant(tenantId, new ApiClient(platform.url, createApiKey.secret));
  });
  afterAll(async () => {
    await platform?.stop();
    await db?.stop();
  });

  test.each(packs)('is served with $pack as it was: the similarities are the same', async ({ pack, faces }) => {
    const { manifest } = await readPack(pack, testPlaces().packsFolders);
    const stored = toVector(faces[0].vector);
    // Photograph 1 is the one that was enrolled, 3 shows the same woman; a threshold of 1 names the nearest face.
    for (const { sample, vector } of faces.filter((face) => face.sample !== 2)) {
      const then = similarityOf(manifest.calibration!, distanceBetween(manifest.metric, toVector(vector), stored));
      const image = { uploadId: await tenant.upload(partyPhoto(sample)) };
      const { probes } = await tenant.search([collections.get(pack)!], image, { threshold: 1 });
      const matches = probes.flatMap((probe: { matches: { similarity: number }[] }) => probe.matches);
      const best = Math.max(...matches.map(({ similarity }: { similarity: number }) => similarity));
      expect(Math.abs(best - then)).toBeLessThanOrEqual(AS_THEN);
    }
  });
});
