import type { Database } from '../../database';
import { Prisma, type Tx, txOf } from '../../database/sql';
import type { Metric } from '../../domain/calibration';
import { newId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { DeletionTarget } from '../../records/deletion';
import { isFinished } from '../../records/job';
import type { VectorSpace } from '../../records/vector-space';
import { deleteFaces } from '../faces/face-deletion.store';
import { JOB_COLUMNS, jobEvent, type JobRow } from '../jobs/job-rows.store';
import { addDeletionJob, collectionOf } from './deletion-job.store';
import { deletionKind, deletionTarget } from './deletion.kind';

/** What grows with a collection (its job items beside that), and what grows with a tenant; children first. */
const COLLECTION_TABLES = [
  'operation_changes',
  'operations',
  'faces',
  'images',
  'person_terms',
  'persons',
  'vector_ops',
] as const;
const TENANT_TABLES = ['uploads', 'events'] as const;

/** Before every id. */
const NIL = '00000000-0000-0000-0000-000000000000';

/** The clean-up side of deletions: everything here is already invisible. */
export class DeletionStore {
  constructor(private readonly database: Database) {}

  /**
   * Writes the job that removes a tenant in deletion; nothing when its removal is under way. What that means is said
   * here and, over all tenants, in `Sweeps.listForgottenTenants`: change both.
   */
  async requestTenantDeletion(scope: TenantScope): Promise<void> {
    await this.database.change(scope, async (change) => {
      const underWay = await txOf(change).job.count({
        where: {
          kind: deletionKind.name,
          state: { in: ['QUEUED', 'IN_PROGRESS'] },
          parameters: { path: ['kind'], equals: 'TENANT' },
        },
      });
      if (underWay === 0) await addDeletionJob(change, { kind: 'TENANT' }, newId());
    });
  }

  /** @returns what the job has to remove; null when it has been done. */
  async begin(scope: TenantScope, jobId: string): Promise<DeletionTarget | null> {
    return this.database.maintain(scope, async (tx) => {
      const job = await tx.job.findUnique({ where: { id: jobId }, select: { state: true, parameters: true } });
      if (!job || isFinished(job.state)) return null;
      if (job.state === 'QUEUED') {
        await tx.job.update({ where: { id: jobId }, data: { state: 'IN_PROGRESS', startedAt: new Date() } });
      }
      return deletionTarget.parse(job.parameters);
    });
  }

  /**
   * Images of the collection with no face that is still wanted, at most `limit`. Whoever adds or brings back a face of one has done so, or
   * will not: it is not to be seen any more.
   */
  async listDoomedImages(scope: TenantScope, collectionId: string, limit: number): Promise<string[]> {
    return this.database.maintain(scope, async (tx) => {
      const found = await findDoomedImages(tx, Prisma.sql`f.collection_id = ${collectionId}::uuid`, limit);
      await lockImages(tx, found);
      return findDoomedImages(tx, Prisma.sql`f.image_id = ANY(${found}::uuid[])`, limit);
    });
  }

  /** Deletes what these images have beside the faces that were asked for, rejected and in the trash: from the ledger on it is as these are. */
  async deleteRemainingFaces(scope: TenantScope, imageIds: readonly string[]): Promise<void> {
    await this.database.change(scope, async (change) => {
      const faces = await txOf(change).face.findMany({
        where: { imageId: { in: [...imageIds] }, state: { not: 'DELETED' } },
        select: { id: true },
      });
      await deleteFaces(
        change,
        faces.map(({ id }) => id),
      );
    });
  }

  /** Removes the rows of these images and of their faces. */
  async removeImages(scope: TenantScope, imageIds: readonly string[]): Promise<void> {
    await this.database.maintain(scope, async (tx) => {
      await lockImages(tx, imageIds);
      await tx.face.deleteMany({ where: { imageId: { in: [...imageIds] } } });
      await tx.$executeRaw`
        WITH gone AS (DELETE FROM images WHERE id = ANY(${[...imageIds]}::uuid[]) RETURNING collection_id, bytes)
        UPDATE collections c SET image_bytes = image_bytes - lost.bytes
          FROM (SELECT collection_id, sum(bytes) AS bytes FROM gone GROUP BY collection_id) lost
         WHERE c.id = lost.collection_id`;
    });
  }

  /** Removes rows of deleted faces whose image stays, at most `limit`. @returns how many. */
  async removeDeletedFaces(scope: TenantScope, collectionId: string, limit: number): Promise<number> {
    return this.database.maintain(
      scope,
      (tx) => tx.$executeRaw`
        DELETE FROM faces WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM faces WHERE collection_id = ${collectionId}::uuid AND state = 'DELETED' LIMIT ${limit}))`,
    );
  }

  /** Every image of a collection that is being deleted, at most `limit`. */
  async listImages(scope: TenantScope, collectionId: string, limit: number): Promise<string[]> {
    const rows = await this.database.read(scope, (tx) =>
      tx.image.findMany({ where: { collectionId }, select: { id: true }, orderBy: { id: 'asc' }, take: limit }),
    );
    return rows.map((row) => row.id);
  }

  /**
   * Items of the collection's jobs that have no image of their own on record (unfinished, failed, cancelled,
   * duplicates), after `afterId` in the order of their ids: the store may hold one of each all the same.
   */
  async listUnrecordedItems(
    scope: TenantScope,
    collectionId: string,
    afterId: string | null,
    limit: number,
  ): Promise<string[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ id: string }[]>`
        SELECT i.id FROM jobs j JOIN job_items i ON i.job_id = j.id
         WHERE j.collection_id = ${collectionId}::uuid AND i.image_id IS DISTINCT FROM i.id
           AND i.id > ${afterId ?? NIL}::uuid
         ORDER BY i.id LIMIT ${limit}`,
    );
    return rows.map((row) => row.id);
  }

  /** The index spaces of a collection, also of one that is being deleted: of its pack, and of those that it came from or moves to. */
  async listSpaces(scope: TenantScope, collectionId: string): Promise<VectorSpace[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ embedding_digest: string; dimension: number; metric: Metric }[]>`
        SELECT m.embedding_digest, m.dimension, m.metric
          FROM collections c
          JOIN model_packs m ON m.id = c.model_pack_id OR m.id IN (
               SELECT unnest(ARRAY[r.source_pack_id, r.target_pack_id]) FROM reembeddings r WHERE r.collection_id = c.id)
         WHERE c.id = ${collectionId}::uuid`,
    );
    return rows.map((row) => ({
      tenantId: scope.tenantId,
      collectionId,
      embeddingDigest: row.embedding_digest,
      dimension: row.dimension,
      metric: row.metric,
    }));
  }

  /**
   * Removes rows of a collection, or with null those that the tenant has beside its collections, at most `limit`: what the
   * foreign keys would remove in one transaction may be millions of rows.
   * @returns how many; 0 when none is left.
   */
  async removeRows(scope: TenantScope, collectionId: string | null, limit: number): Promise<number> {
    return this.database.maintain(scope, async (tx) => {
      const removals =
        collectionId === null
          ? TENANT_TABLES.map((table) => () => removeOfTenant(tx, table, scope, limit))
          : [
              ...COLLECTION_TABLES.map((table) => () => removeOfCollection(tx, table, collectionId, limit)),
              () => removeItems(tx, collectionId, limit),
            ];
      for (const remove of removals) {
        const removed = await remove();
        if (removed > 0) return removed;
      }
      return 0;
    });
  }

  async removeCollection(scope: TenantScope, collectionId: string): Promise<void> {
    await this.database.maintain(scope, (tx) =>
      tx.collection.deleteMany({ where: { id: collectionId, state: 'DELETING' } }),
    );
  }

  async listCollectionIds(scope: TenantScope): Promise<string[]> {
    const rows = await this.database.read(scope, (tx) => tx.collection.findMany({ select: { id: true } }));
    return rows.map((row) => row.id);
  }

  /** Ends the job and tells whoever heard of its beginning; nothing when it has ended. */
  async complete(scope: TenantScope, jobId: string): Promise<void> {
    await this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const [job] = await tx.$queryRaw<(JobRow & { parameters: unknown })[]>`
        SELECT ${JOB_COLUMNS}, j.parameters FROM jobs j
         WHERE j.id = ${jobId}::uuid AND j.state = 'IN_PROGRESS' FOR UPDATE`;
      if (!job) return;
      await tx.job.update({ where: { id: jobId }, data: { state: 'SUCCEEDED', done: 1, finishedAt: new Date() } });
      const collectionId = collectionOf(deletionTarget.parse(job.parameters));
      change.event(jobEvent('JOB_SUCCEEDED', { ...job, collection_id: collectionId ?? null, done: 1 }));
    });
  }
}

async function lockImages(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.$executeRaw`SELECT 1 FROM images WHERE id = ANY(${[...ids]}::uuid[]) ORDER BY id FOR UPDATE`;
}

async function findDoomedImages(tx: Tx, among: Prisma.Sql, limit: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ image_id: string }[]>`
    SELECT f.image_id FROM faces f
     WHERE ${among} AND f.state = 'DELETED'
       AND NOT EXISTS (SELECT 1 FROM faces live
                        WHERE live.image_id = f.image_id AND live.state IN ('DETECTED', 'INDEXED'))
     GROUP BY f.image_id LIMIT ${limit}`;
  return rows.map((row) => row.image_id);
}

function removeOfCollection(
  tx: Tx,
  table: (typeof COLLECTION_TABLES)[number],
  collectionId: string,
  limit: number,
): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM ${Prisma.raw(table)} WHERE ctid = ANY(ARRAY(
           SELECT ctid FROM ${Prisma.raw(table)} WHERE collection_id = ${collectionId}::uuid LIMIT ${limit}))`;
}

function removeItems(tx: Tx, collectionId: string, limit: number): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM job_items WHERE ctid = ANY(ARRAY(
           SELECT ctid FROM job_items
            WHERE job_id IN (SELECT id FROM jobs WHERE collection_id = ${collectionId}::uuid) LIMIT ${limit}))`;
}

function removeOfTenant(
  tx: Tx,
  table: (typeof TENANT_TABLES)[number],
  scope: TenantScope,
  limit: number,
): Promise<number> {
  return tx.$executeRaw`
    DELETE FROM ${Prisma.raw(table)} WHERE ctid = ANY(ARRAY(
           SELECT ctid FROM ${Prisma.raw(table)} WHERE tenant_id = ${scope.tenantId}::uuid LIMIT ${limit}))`;
}
