import type { Database } from '../../database';
import type { TenantScope } from '../../domain/tenant-scope';
import { vectorOfBytes } from '../../domain/vector-bytes';
import type { PersonFilter } from '../../records/person';
import { RETAINED_FACE } from '../collections/retained.store';
import { personCondition } from '../persons/person-filter.store';

export interface FaceOfPerson {
  readonly vectorKey: bigint;
  /** The face itself where it is nobody's. */
  readonly personId: string;
}

export interface KeyedVector extends FaceOfPerson {
  readonly collectionId: string;
  readonly vector: Float32Array;
}

/** The faces of those persons whom a filter lets through. */
export class FilteredFaceStore {
  constructor(private readonly database: Database) {}

  /** Their faces that searches can find, at most `limit`: those of one person one after another, else in no order. */
  async listFaces(
    scope: TenantScope,
    collectionIds: readonly string[],
    filter: PersonFilter,
    limit: number,
  ): Promise<FaceOfPerson[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ vector_key: bigint; owner_id: string }[]>`
        SELECT found.vector_key, found.owner_id FROM (
          SELECT f.vector_key, p.id AS owner_id
            FROM persons p JOIN collections c ON c.id = p.collection_id AND c.state = 'ACTIVE'
            JOIN faces f ON f.person_id = p.id
           WHERE p.collection_id = ANY(${[...collectionIds]}::uuid[]) AND p.merged_into_id IS NULL AND NOT p.is_trashed
             AND f.state = 'INDEXED' AND f.hidden_as IS DISTINCT FROM 'NOT_A_FACE' AND ${RETAINED_FACE}
             AND ${personCondition(collectionIds, filter)}
           LIMIT ${limit}) AS found
         ORDER BY found.owner_id`,
    );
    return rows.map((row) => ({ vectorKey: row.vector_key, personId: row.owner_id }));
  }

  /** Faces of everybody else and of nobody that searches can find, at most `limit`, in the same order. */
  async listOthers(
    scope: TenantScope,
    collectionIds: readonly string[],
    excludedPersonIds: readonly string[],
    limit: number,
  ): Promise<FaceOfPerson[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ vector_key: bigint; owner_id: string }[]>`
        SELECT found.vector_key, found.owner_id FROM (
          SELECT f.vector_key, COALESCE(f.person_id, f.id) AS owner_id
            FROM faces f JOIN collections c ON c.id = f.collection_id AND c.state = 'ACTIVE'
           WHERE f.collection_id = ANY(${[...collectionIds]}::uuid[])
             AND f.state = 'INDEXED' AND f.hidden_as IS DISTINCT FROM 'NOT_A_FACE' AND ${RETAINED_FACE}
             AND (f.person_id IS NULL OR f.person_id <> ALL(${[...excludedPersonIds]}::uuid[]))
           LIMIT ${limit}) AS found
         ORDER BY found.owner_id`,
    );
    return rows.map((row) => ({ vectorKey: row.vector_key, personId: row.owner_id }));
  }

  /** Their vectors of one pack, in the order of `faces`; a face without one is left out. */
  async findVectors(
    scope: TenantScope,
    faces: readonly FaceOfPerson[],
    embeddingDigest: string,
  ): Promise<KeyedVector[]> {
    if (faces.length === 0) return [];
    const keys = faces.map(({ vectorKey }) => vectorKey);
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ vector_key: bigint; collection_id: string; vector: Uint8Array }[]>`
        SELECT e.vector_key, e.collection_id, e.vector FROM face_embeddings e
         WHERE e.vector_key = ANY(${keys}::bigint[]) AND e.embedding_digest = ${embeddingDigest}`,
    );
    const rowOf = new Map(rows.map((row) => [row.vector_key, row]));
    return faces.flatMap((face) => {
      const row = rowOf.get(face.vectorKey);
      return row ? [{ ...face, collectionId: row.collection_id, vector: vectorOfBytes(row.vector) }] : [];
    });
  }
}
