import type { Database } from '../../database';
import { Prisma } from '../../database/sql';
import type { Metric } from '../../domain/calibration';
import type { TenantScope } from '../../domain/tenant-scope';
import type { VectorSpace } from '../../records/vector-space';

interface SpaceRow {
  embedding_digest: string;
  dimension: number;
  metric: Metric;
}

/** Whether no search and no move of the collection `c` needs the pack `m`. */
const IS_UNUSED = Prisma.sql`
  m.id <> c.model_pack_id AND NOT EXISTS (
    SELECT 1 FROM reembeddings o WHERE o.collection_id = c.id AND o.state = 'RUNNING'
       AND m.id IN (o.source_pack_id, o.target_pack_id))`;

/** What is left of moves to other packs, once its time is over. */
export class KeptVectorsStore {
  constructor(private readonly database: Database) {}

  /**
   * Lets go of indexes that were kept for searches which began before a switch.
   * @param before such a switch was.
   * @returns those to be dropped.
   */
  async releaseIndexes(scope: TenantScope, collectionId: string, before: Date): Promise<VectorSpace[]> {
    const rows = await this.database.maintain(
      scope,
      (tx) => tx.$queryRaw<SpaceRow[]>`
        UPDATE reembeddings r SET index_pack_id = NULL FROM collections c, model_packs m
         WHERE r.collection_id = ${collectionId}::uuid AND c.id = r.collection_id AND m.id = r.index_pack_id
           AND r.ended_at < ${before} AND ${IS_UNUSED}
        RETURNING m.embedding_digest, m.dimension, m.metric`,
    );
    return rows.map((row) => spaceOf(scope, collectionId, row));
  }

  /** What nothing keeps any more at `now`, with vectors or an index perhaps. */
  async listOver(scope: TenantScope, collectionId: string, now: Date): Promise<VectorSpace[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<SpaceRow[]>`
        SELECT m.embedding_digest, m.dimension, m.metric FROM collections c, model_packs m
         WHERE c.id = ${collectionId}::uuid AND ${IS_UNUSED}
           AND EXISTS (SELECT 1 FROM reembeddings r WHERE r.collection_id = c.id AND r.kept_until <= ${now}
                          AND m.id IN (r.source_pack_id, r.target_pack_id))
           AND NOT EXISTS (SELECT 1 FROM reembeddings r WHERE r.collection_id = c.id AND r.kept_until > ${now}
                              AND m.id IN (r.source_pack_id, r.target_pack_id))`,
    );
    return rows.map((row) => spaceOf(scope, collectionId, row));
  }

  /** Removes vectors of it, at most `limit`; none when it is needed again. @returns how many. */
  async removeVectors(scope: TenantScope, space: VectorSpace, limit: number): Promise<number> {
    const { collectionId, embeddingDigest } = space;
    return this.database.maintain(scope, async (tx) => {
      // Locked, so that no move begins that would count on what goes here.
      const unused = await tx.$queryRaw<{ id: string }[]>`
        SELECT c.id FROM collections c, model_packs m
         WHERE c.id = ${collectionId}::uuid AND m.embedding_digest = ${embeddingDigest} AND ${IS_UNUSED} FOR UPDATE OF c`;
      if (unused.length === 0) return 0;
      return tx.$executeRaw`
        DELETE FROM face_embeddings WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM face_embeddings
                WHERE collection_id = ${collectionId}::uuid AND embedding_digest = ${embeddingDigest} LIMIT ${limit}))`;
    });
  }

  /** Removes what is on record of moves that are over at `now`. @returns how many. */
  async removeRows(scope: TenantScope, collectionId: string, now: Date): Promise<number> {
    return this.database.maintain(
      scope,
      (tx) => tx.$executeRaw`
        DELETE FROM reembeddings WHERE collection_id = ${collectionId}::uuid AND kept_until <= ${now}`,
    );
  }
}

function spaceOf({ tenantId }: TenantScope, collectionId: string, row: SpaceRow): VectorSpace {
  const { embedding_digest: embeddingDigest, dimension, metric } = row;
  return { tenantId, collectionId, embeddingDigest, dimension, metric };
}
