import { DomainError } from '../../domain/errors';
import { makeTenantScope } from '../../domain/tenant-scope-factory';
import type { ApplyFence, VectorSpace } from '../../records/vector-space';
import type { Database } from '../database';

/** Watermarks of an engine that keeps its own data (Milvus), beside the lease of the same space: a WatermarkStore. */
export class Watermarks {
  constructor(private readonly database: Database) {}

  async get(space: VectorSpace): Promise<bigint> {
    const row = await this.database.read(makeTenantScope(space.tenantId), (tx) =>
      tx.vectorIndexState.findUnique({
        where: {
          collectionId_embeddingDigest: { collectionId: space.collectionId, embeddingDigest: space.embeddingDigest },
        },
        select: { watermark: true },
      }),
    );
    return row?.watermark ?? 0n;
  }

  async set(space: VectorSpace, watermark: bigint, fence?: ApplyFence): Promise<void> {
    const moved = await this.database.maintain(makeTenantScope(space.tenantId), async (tx) => {
      if (!fence) {
        return tx.$executeRaw`
          INSERT INTO vector_index_states (collection_id, embedding_digest, tenant_id, watermark)
          VALUES (${space.collectionId}::uuid, ${space.embeddingDigest}, ${space.tenantId}::uuid, ${watermark})
          ON CONFLICT (collection_id, embedding_digest) DO UPDATE SET watermark = EXCLUDED.watermark`;
      }
      const fenced = await tx.$executeRaw`
        UPDATE vector_index_states SET watermark = ${watermark}
         WHERE collection_id = ${space.collectionId}::uuid AND embedding_digest = ${space.embeddingDigest}
           AND lease_owner = ${fence.leaseOwner} AND watermark = ${fence.afterSeq}`;
      if (fenced === 0) {
        await tx.$executeRaw`
          UPDATE vector_index_states SET watermark = LEAST(watermark, ${fence.afterSeq})
           WHERE collection_id = ${space.collectionId}::uuid AND embedding_digest = ${space.embeddingDigest}`;
      }
      return fenced;
    });
    if (moved === 0) {
      throw new DomainError(
        'DEPENDENCY_UNAVAILABLE',
        'Another process has taken over this index meanwhile. Try again.',
      );
    }
  }

  /**
   * Ends the leases, too: who is just applying a first page would have it marked as applied to what is empty.
   * A tenant at a time: the system role may not write what is a tenant's.
   */
  async forget(embeddingDigest: string): Promise<void> {
    const tenants = await this.database.system.tenant.findMany({ select: { id: true } });
    for (const { id } of tenants) {
      await this.database.maintain(
        makeTenantScope(id),
        (tx) => tx.$executeRaw`
          UPDATE vector_index_states SET watermark = 0, lease_owner = NULL, lease_until = NULL
           WHERE embedding_digest = ${embeddingDigest} AND (watermark > 0 OR lease_owner IS NOT NULL)`,
      );
    }
  }
}
