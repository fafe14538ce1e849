import type { Database } from '../../database';
import type { TenantScope } from '../../domain/tenant-scope';
import { vectorOfBytes } from '../../domain/vector-bytes';
import type { PersonFilter } from '../../records/person';
import { RETAINED_FACE } from '../collections/retained.store';
import { personCondition } from '../persons/person-filter.store';

export interface KeyedVector {
  readonly vectorKey: bigint;
  readonly collectionId: string;
  readonly vector: Float32Array;
}

/** The faces of those persons whom a filter lets through. */
export class FilteredFaceStore {
  constructor(private readonly database: Database) {}

  /** Keys of their faces that searches can find, in no order, at most `limit`. */
  async listKeys(
    scope: TenantScope,
    collectionIds: readonly string[],
    filter: PersonFilter,
    limit: number,
  ): Promise<bigint[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ vector_key: bigint }[]>`
        SELECT f.vector_key
          FROM persons p JOIN collections c ON c.id = p.collection_id AND c.state = 'ACTIVE'
          JOIN faces f ON f.person_id = p.id
         WHERE p.collection_id = ANY(${[...collectionIds]}::uuid[]) AND p.merged_into_id IS NULL AND NOT p.is_trashed
           AND f.state = 'INDEXED' AND f.hidden_as IS DISTINCT FROM 'NOT_A_FACE' AND ${RETAINED_FACE}
           AND ${personCondition(collectionIds, filter)}
         LIMIT ${limit}`,
    );
    return rows.map((row) => row.vector_key);
  }

  /** Their vectors of one pack, in no order. */
  async findVectors(
    scope: TenantScope,
    vectorKeys: readonly bigint[],
    embeddingDigest: string,
  ): Promise<KeyedVector[]> {
    if (vectorKeys.length === 0) return [];
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ vector_key: bigint; collection_id: string; vector: Uint8Array }[]>`
        SELECT e.vector_key, e.collection_id, e.vector FROM face_embeddings e
         WHERE e.vector_key = ANY(${[...vectorKeys]}::bigint[]) AND e.embedding_digest = ${embeddingDigest}`,
    );
    return rows.map((row) => ({
      vectorKey: row.vector_key,
      collectionId: row.collection_id,
      vector: vectorOfBytes(row.vector),
    }));
  }
}
