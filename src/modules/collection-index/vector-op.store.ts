import type { Database } from '../../database';
import type { Metric } from '../../domain/calibration';
import type { TenantScope } from '../../domain/tenant-scope';
import { vectorOfBytes } from '../../domain/vector-bytes';
import type { IndexedVector, VectorIndexOp } from '../../ports/vector-index';
import type { VectorSpace, VectorSpaceState } from '../../records/vector-space';

/** What the indexes still have to do, and the vectors they do it with. */
export class VectorOpStore {
  constructor(private readonly database: Database) {}

  /** The space that searches use. Null when the collection is gone or being deleted. */
  async findSpace(scope: TenantScope, collectionId: string): Promise<VectorSpaceState | null> {
    return (await this.listSpaces(scope, collectionId))[0] ?? null;
  }

  /**
   * The space that searches use, then those that are kept beside it for searches that began before a move to another pack. One that
   * is being built is none of them. None when the collection is gone or being deleted.
   */
  async listSpaces(scope: TenantScope, collectionId: string): Promise<VectorSpaceState[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<
        {
          embedding_digest: string;
          dimension: number;
          metric: Metric;
          vector_seq: bigint;
          pruned_vector_seq: bigint;
        }[]
      >`
        SELECT m.embedding_digest, m.dimension, m.metric, c.vector_seq, c.pruned_vector_seq
          FROM collections c
          JOIN model_packs m ON m.id = c.model_pack_id OR m.id IN (
               SELECT r.index_pack_id FROM reembeddings r WHERE r.collection_id = c.id AND NOT EXISTS (
                      SELECT 1 FROM reembeddings o WHERE o.collection_id = c.id AND o.state = 'RUNNING'
                         AND o.target_pack_id = r.index_pack_id))
         WHERE c.id = ${collectionId}::uuid AND c.state = 'ACTIVE'
         ORDER BY m.id = c.model_pack_id DESC, m.id`,
    );
    return rows.map((row) => ({
      space: {
        tenantId: scope.tenantId,
        collectionId,
        embeddingDigest: row.embedding_digest,
        dimension: row.dimension,
        metric: row.metric,
      },
      lastSeq: row.vector_seq,
      prunedSeq: row.pruned_vector_seq,
    }));
  }

  /**
   * At most `limit` ops after `afterSeq`, ascending. An UPSERT whose face has been deleted since is left out (its DELETE
   * follows); `throughSeq` counts it all the same.
   */
  async listOps(scope: TenantScope, space: VectorSpace, afterSeq: bigint, limit: number) {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ seq: bigint; kind: 'UPSERT' | 'DELETE'; vector_key: bigint; vector: Uint8Array | null }[]>`
        SELECT o.seq, o.kind::text AS kind, o.vector_key, e.vector
          FROM vector_ops o
          LEFT JOIN face_embeddings e ON o.kind = 'UPSERT' AND e.vector_key = o.vector_key
                                     AND e.embedding_digest = ${space.embeddingDigest}
         WHERE o.collection_id = ${space.collectionId}::uuid AND o.seq > ${afterSeq}
         ORDER BY o.seq LIMIT ${limit}`,
    );
    const ops: VectorIndexOp[] = [];
    for (const row of rows) {
      if (row.kind === 'DELETE') ops.push({ kind: 'DELETE', seq: row.seq, vectorKey: row.vector_key });
      else if (row.vector) {
        ops.push({ kind: 'UPSERT', seq: row.seq, vectorKey: row.vector_key, vector: vectorOfBytes(row.vector) });
      }
    }
    return { ops, throughSeq: rows.at(-1)?.seq ?? afterSeq };
  }

  /** At most `limit` vectors of the space with keys above `afterKey`, ascending. */
  async listVectors(scope: TenantScope, space: VectorSpace, afterKey: bigint, limit: number): Promise<IndexedVector[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ vector_key: bigint; vector: Uint8Array }[]>`
        SELECT vector_key, vector FROM face_embeddings
         WHERE collection_id = ${space.collectionId}::uuid AND embedding_digest = ${space.embeddingDigest}
           AND vector_key > ${afterKey}
           AND vector_key <> ALL(ARRAY(SELECT f.vector_key FROM faces f
                                        WHERE f.collection_id = ${space.collectionId}::uuid AND f.state = 'TRASHED'))
         ORDER BY vector_key LIMIT ${limit}`,
    );
    return rows.map((row) => ({ vectorKey: row.vector_key, vector: vectorOfBytes(row.vector) }));
  }

  /**
   * Removes ops that were written before `before` and that no index needs: at most `limit`, up to `durableSeq`.
   * @param durableSeq what an index begins with if it is opened after a crash now.
   * @returns how many.
   */
  async prune(
    scope: TenantScope,
    collectionId: string,
    durableSeq: bigint,
    before: Date,
    limit: number,
  ): Promise<number> {
    return this.database.maintain(scope, async (tx) => {
      const collection = await tx.collection.findUnique({ where: { id: collectionId } });
      if (!collection) return 0;
      // Numbers have no gaps, so a range of them is the batch, whatever the planner knows of the table.
      const { prunedVectorSeq } = collection;
      const last = prunedVectorSeq + BigInt(limit);
      const [edge] = await tx.$queryRaw<{ through: bigint | null }[]>`
        WITH oldest AS (
          SELECT seq, created_at FROM vector_ops
           WHERE collection_id = ${collectionId}::uuid AND seq > ${prunedVectorSeq}
             AND seq <= ${durableSeq < last ? durableSeq : last})
        SELECT COALESCE((SELECT min(seq) - 1 FROM oldest WHERE created_at >= ${before}),
                        (SELECT max(seq) FROM oldest)) AS through`;
      const through = edge?.through ?? null;
      if (through === null) return 0;
      const removed = await tx.$executeRaw`
        DELETE FROM vector_ops
         WHERE collection_id = ${collectionId}::uuid AND seq > ${prunedVectorSeq} AND seq <= ${through}`;
      if (removed === 0) return 0;
      // Last, since its row gives out the numbers: whoever commits ops waits for it.
      await tx.$executeRaw`
        UPDATE collections SET pruned_vector_seq = GREATEST(pruned_vector_seq, ${through})
         WHERE id = ${collectionId}::uuid`;
      return removed;
    });
  }

  /**
   * Takes the right to apply ops of one space for `ttlMs`, across processes.
   * @returns false while another owner holds it.
   */
  async acquireLease(scope: TenantScope, space: VectorSpace, owner: string, ttlMs: number): Promise<boolean> {
    const rows = await this.database.maintain(
      scope,
      (tx) => tx.$queryRaw<{ lease_owner: string }[]>`
        INSERT INTO vector_index_states (collection_id, embedding_digest, tenant_id, watermark, lease_owner, lease_until)
        VALUES (${space.collectionId}::uuid, ${space.embeddingDigest}, ${scope.tenantId}::uuid, 0, ${owner},
                now() + make_interval(secs => ${ttlMs / 1000}))
        ON CONFLICT (collection_id, embedding_digest) DO UPDATE
          SET lease_owner = EXCLUDED.lease_owner, lease_until = EXCLUDED.lease_until
        WHERE vector_index_states.lease_owner IS NULL OR vector_index_states.lease_owner = EXCLUDED.lease_owner
           OR vector_index_states.lease_until < now()
        RETURNING lease_owner`,
    );
    return rows.length === 1;
  }

  /**
   * Keeps that right for `ttlMs` from now.
   * @returns false when another owner has taken it since, even one who has given it back.
   */
  async renewLease(scope: TenantScope, space: VectorSpace, owner: string, ttlMs: number): Promise<boolean> {
    const renewed = await this.database.maintain(
      scope,
      (tx) => tx.$executeRaw`
        UPDATE vector_index_states SET lease_until = now() + make_interval(secs => ${ttlMs / 1000})
         WHERE collection_id = ${space.collectionId}::uuid AND embedding_digest = ${space.embeddingDigest}
           AND lease_owner = ${owner}`,
    );
    return renewed === 1;
  }

  async releaseLease(scope: TenantScope, space: VectorSpace, owner: string): Promise<void> {
    await this.database.maintain(
      scope,
      (tx) => tx.$executeRaw`
        UPDATE vector_index_states SET lease_owner = NULL, lease_until = NULL
         WHERE collection_id = ${space.collectionId}::uuid AND embedding_digest = ${space.embeddingDigest}
           AND lease_owner = ${owner}`,
    );
  }
}
