import type { Database } from '../../database';
import { Prisma } from '../../database/sql';
import type { TenantScope } from '../../domain/tenant-scope';
import { vectorOfBytes } from '../../domain/vector-bytes';
import { RETAINED_FACE } from '../collections/retained.store';

export interface FaceToGroup {
  readonly id: string;
  readonly vectorKey: bigint;
  readonly imageId: string;
  readonly personId: string | null;
  /** When its photograph was taken, if that is known. */
  readonly takenAt: Date | null;
  readonly vector: Float32Array;
}

export interface FacesWanted {
  readonly collectionId: string;
  readonly embeddingDigest: string;
  readonly unassignedOnly: boolean;
  /** Only faces that came before this one; null: the newest of all. */
  readonly olderThan: string | null;
  readonly limit: number;
}

/** Searchable faces with their vectors, for grouping and suggestions. */
export class GroupingStore {
  constructor(private readonly database: Database) {}

  /** INDEXED faces that nobody has hidden, the newest first. */
  async listNewest(
    scope: TenantScope,
    { collectionId, embeddingDigest, unassignedOnly, olderThan, limit }: FacesWanted,
  ): Promise<FaceToGroup[]> {
    const whose = unassignedOnly ? Prisma.sql`AND f.person_id IS NULL` : Prisma.empty;
    const older = olderThan === null ? Prisma.empty : Prisma.sql`AND f.id < ${olderThan}::uuid`;
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<
        {
          id: string;
          vector_key: bigint;
          image_id: string;
          person_id: string | null;
          taken_at: Date | null;
          vector: Uint8Array;
        }[]
      >`
        SELECT f.id, f.vector_key, f.image_id, f.person_id, i.taken_at, e.vector
          FROM faces f JOIN collections c ON c.id = f.collection_id AND c.state = 'ACTIVE'
          JOIN face_embeddings e ON e.face_id = f.id AND e.embedding_digest = ${embeddingDigest}
          JOIN images i ON i.id = f.image_id
         WHERE f.collection_id = ${collectionId}::uuid AND f.state = 'INDEXED' AND f.hidden_as IS NULL ${whose} ${older}
           AND ${RETAINED_FACE}
         ORDER BY f.id DESC LIMIT ${limit}`,
    );
    return rows.map((row) => ({
      id: row.id,
      vectorKey: row.vector_key,
      imageId: row.image_id,
      personId: row.person_id,
      takenAt: row.taken_at,
      vector: vectorOfBytes(row.vector),
    }));
  }

  /** Whose the faces with these keys are; faces of nobody are left out. */
  async findPersons(
    scope: TenantScope,
    collectionId: string,
    vectorKeys: readonly bigint[],
  ): Promise<ReadonlyMap<bigint, string>> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ vector_key: bigint; owner_id: string }[]>`
        SELECT f.vector_key, p.id AS owner_id FROM faces f JOIN persons p ON p.id = f.person_id
          JOIN collections c ON c.id = f.collection_id AND c.state = 'ACTIVE'
         WHERE f.vector_key = ANY(${[...vectorKeys]}::bigint[]) AND f.collection_id = ${collectionId}::uuid
           AND f.state = 'INDEXED' AND ${RETAINED_FACE}`,
    );
    return new Map(rows.map((row) => [row.vector_key, row.owner_id]));
  }

  /** When persons were born, as far as that is known. */
  async listBirths(scope: TenantScope, personIds: readonly string[]): Promise<ReadonlyMap<string, Date>> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ id: string; born_on: Date | null }[]>`
        SELECT id, born_on FROM persons WHERE id = ANY(${[...personIds]}::uuid[]) AND born_on IS NOT NULL`,
    );
    return new Map(rows.flatMap((row) => (row.born_on === null ? [] : [[row.id, row.born_on]])));
  }

  /** "Not this person", as `faceId/personId`; what was said of a merged person holds for who stays. */
  async listRejections(scope: TenantScope, faceIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ face_id: string; rejected_id: string | null }[]>`
        SELECT r.face_id, COALESCE(p.merged_into_id, p.id) AS rejected_id
          FROM face_rejections r JOIN persons p ON p.id = r.person_id WHERE r.face_id = ANY(${[...faceIds]}::uuid[])`,
    );
    return new Set(rows.map((row) => `${row.face_id}/${row.rejected_id}`));
  }
}
