import type { Database } from '../../database';
import { Prisma } from '../../database/sql';
import type { TenantScope } from '../../domain/tenant-scope';
import { vectorOfBytes } from '../../domain/vector-bytes';
import type { VectorSpace } from '../../records/vector-space';

/** What an index should hold under a key. */
export interface TrueVector {
  /** null: nothing. */
  readonly vector: Float32Array | null;
  /** An op of this key is not applied for certain: the index may hold what was before it. */
  readonly isPending: boolean;
}

/** What the vectors of an index are held against. */
export class IndexTruthStore {
  constructor(private readonly database: Database) {}

  /** Those of the keys that the space should hold. None when the collection or its tenant is being deleted. */
  async listPresent(scope: TenantScope, space: VectorSpace, vectorKeys: readonly bigint[]): Promise<Set<bigint>> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ vector_key: bigint }[]>`
        SELECT e.vector_key FROM face_embeddings e
         WHERE e.collection_id = ${space.collectionId}::uuid AND e.embedding_digest = ${space.embeddingDigest}
           AND e.vector_key = ANY(${vectorKeys}::bigint[]) AND ${IS_KEPT} AND ${isSearched(space)}`,
    );
    return new Set(rows.map((row) => row.vector_key));
  }

  /**
   * What there should be under each of the keys, and whether an op above `watermark` is about it: all as of one moment.
   * @returns null when the space is not searched any more.
   */
  async find(
    scope: TenantScope,
    space: VectorSpace,
    vectorKeys: readonly bigint[],
    watermark: bigint,
  ): Promise<ReadonlyMap<bigint, TrueVector> | null> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ vector_key: bigint; vector: Uint8Array | null; is_pending: boolean }[]>`
        WITH pending AS MATERIALIZED (
          SELECT vector_key FROM vector_ops WHERE collection_id = ${space.collectionId}::uuid AND seq > ${watermark})
        SELECT k.vector_key, e.vector, k.vector_key IN (SELECT vector_key FROM pending) AS is_pending
          FROM unnest(${vectorKeys}::bigint[]) AS k (vector_key)
          LEFT JOIN face_embeddings e ON e.vector_key = k.vector_key AND e.embedding_digest = ${space.embeddingDigest}
                                     AND e.collection_id = ${space.collectionId}::uuid AND ${IS_KEPT}
         WHERE ${isSearched(space)}`,
    );
    if (rows.length < vectorKeys.length) return null;
    return new Map(
      rows.map((row) => [
        row.vector_key,
        { vector: row.vector && vectorOfBytes(row.vector), isPending: row.is_pending },
      ]),
    );
  }
}

/** Vectors of faces whose addition was undone stay for the redo, and are in no index. */
const IS_KEPT = Prisma.sql`NOT EXISTS (SELECT 1 FROM faces f WHERE f.id = e.face_id AND f.state = 'TRASHED')`;

/** Whether searches use the space, or may still do: an index that is dropped must not be filled. */
function isSearched({ collectionId, embeddingDigest }: VectorSpace): Prisma.Sql {
  return Prisma.sql`EXISTS (
    SELECT 1 FROM collections c
      JOIN tenants t ON t.id = c.tenant_id AND t.status <> 'DELETING'
      JOIN model_packs m ON m.id = c.model_pack_id
                         OR m.id IN (SELECT r.index_pack_id FROM reembeddings r WHERE r.collection_id = c.id)
     WHERE c.id = ${collectionId}::uuid AND c.state = 'ACTIVE' AND m.embedding_digest = ${embeddingDigest})`;
}
