import type { Database } from '../../database';
import { Prisma } from '../../database/sql';
import type { TenantScope } from '../../domain/tenant-scope';
import { vectorOfBytes } from '../../domain/vector-bytes';
import { RETAINED_FACE } from '../collections/retained.store';

/** A searchable face of somebody, with its vector. */
export interface ReferenceFace {
  readonly id: string;
  readonly vectorKey: bigint;
  readonly personId: string;
  readonly vector: Float32Array;
}

export interface ReferencesWanted {
  readonly collectionId: string;
  readonly embeddingDigest: string;
  /** Of each person, the oldest. */
  readonly facesEach: number;
  readonly limit: number;
  /** These persons only, or all that come after one. */
  readonly of: { readonly personIds: readonly string[] } | { readonly after: string | null };
}

/** Two persons, the smaller id first. */
export interface PersonPair {
  readonly personId: string;
  readonly otherId: string;
}

const FIRST = '00000000-0000-0000-0000-000000000000';

/** The faces that persons are recognised by. */
export class GalleryStore {
  constructor(private readonly database: Database) {}

  /** INDEXED faces of persons that nobody has hidden, person by person, each in order of ids. */
  async listReferences(scope: TenantScope, wanted: ReferencesWanted): Promise<ReferenceFace[]> {
    const { collectionId, embeddingDigest, facesEach, limit, of } = wanted;
    const whose =
      'personIds' in of
        ? Prisma.sql`p.id = ANY(${[...of.personIds]}::uuid[])`
        : Prisma.sql`p.id > ${of.after ?? FIRST}::uuid`;
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ id: string; vector_key: bigint; owner_id: string; vector: Uint8Array }[]>`
        SELECT r.id, r.vector_key, p.id AS owner_id, r.vector
          FROM persons p JOIN collections c ON c.id = p.collection_id AND c.state = 'ACTIVE'
         CROSS JOIN LATERAL (
               SELECT f.id, f.vector_key, e.vector
                 FROM faces f JOIN face_embeddings e ON e.face_id = f.id AND e.embedding_digest = ${embeddingDigest}
                WHERE f.person_id = p.id AND f.state = 'INDEXED' AND f.hidden_as IS NULL AND ${RETAINED_FACE}
                ORDER BY f.id LIMIT ${facesEach}) r
         WHERE p.collection_id = ${collectionId}::uuid AND ${whose}
         ORDER BY p.id, r.id LIMIT ${limit}`,
    );
    return rows.map((row) => ({
      id: row.id,
      vectorKey: row.vector_key,
      personId: row.owner_id,
      vector: vectorOfBytes(row.vector),
    }));
  }

  /** Of these pairs, those of which somebody said that they are different people. */
  async findRejected(scope: TenantScope, pairs: readonly PersonPair[]): Promise<ReadonlySet<string>> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ person_id: string; other_id: string }[]>`
        SELECT DISTINCT LEAST(a.leads_to, b.leads_to) AS person_id, GREATEST(a.leads_to, b.leads_to) AS other_id
          FROM person_rejections r
          JOIN LATERAL (SELECT COALESCE(p.merged_into_id, p.id) AS leads_to FROM persons p WHERE p.id = r.person_id) a ON true
          JOIN LATERAL (SELECT COALESCE(p.merged_into_id, p.id) AS leads_to FROM persons p WHERE p.id = r.other_id) b ON true
          JOIN json_to_recordset(${JSON.stringify(pairs)}::json) AS w("personId" uuid, "otherId" uuid)
            ON w."personId" = LEAST(a.leads_to, b.leads_to) AND w."otherId" = GREATEST(a.leads_to, b.leads_to)`,
    );
    return new Set(rows.map((row) => `${row.person_id}/${row.other_id}`));
  }

  /** Of these pairs, those who stand in one photograph, with its images. The same face that was sent twice is one face. */
  async findSamePhotographs(
    scope: TenantScope,
    pairs: readonly PersonPair[],
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ person_id: string; other_id: string; image_ids: string[] }[]>`
        WITH w AS (SELECT * FROM json_to_recordset(${JSON.stringify(pairs)}::json) AS w("personId" uuid, "otherId" uuid)),
             held AS (SELECT f.person_id, f.bounding_box, i.id, i.received_sha256
                        FROM faces f JOIN images i ON i.id = f.image_id
                       WHERE f.state NOT IN ('DELETED', 'TRASHED')
                         AND f.person_id IN (SELECT "personId" FROM w UNION SELECT "otherId" FROM w))
        SELECT w."personId" AS person_id, w."otherId" AS other_id, array_agg(DISTINCT a.id::text) AS image_ids
          FROM w JOIN held a ON a.person_id = w."personId"
          JOIN held b ON b.person_id = w."otherId" AND b.received_sha256 = a.received_sha256
                     AND b.bounding_box <> a.bounding_box
         GROUP BY 1, 2`,
    );
    return new Map(rows.map((row) => [`${row.person_id}/${row.other_id}`, row.image_ids]));
  }
}
