import type { Database } from '../../database';
import { between, betweenIds, directionOf, Prisma, type Tx } from '../../database/sql';
import type { TenantScope } from '../../domain/tenant-scope';
import { vectorOfBytes } from '../../domain/vector-bytes';
import type { PersonFilter } from '../../records/person';
import type { FaceFilter, FaceOrderField, FaceRecord, FaceWithVector } from '../../records/face';
import { COUNTING_TIMEOUT_MS, OLDEST_FIRST, type PageRequest, type Placed } from '../../records/page';
import { addDeletionJob } from '../deletion/deletion-job.store';
import { RETAINED_FACE, SHOWN_FACE } from '../collections/retained.store';
import { personCondition } from '../persons/person-filter.store';
import { leadsTo } from '../persons/person-rows.store';
import { deleteFaces } from './face-deletion.store';
import { FACE_COLUMNS, FACE_JOINS, faceRecordOf, type FaceRow } from './face-rows.store';

type VectorRow = FaceRow & { vector: Uint8Array };
const withVector = (row: VectorRow): FaceWithVector => ({ ...faceRecordOf(row), vector: vectorOfBytes(row.vector) });
/** A collection that is being deleted takes its faces out of sight with it, and its retention those that are too old. */
const IN_COLLECTION = Prisma.sql`EXISTS (
  SELECT 1 FROM collections c WHERE c.id = f.collection_id AND c.state = 'ACTIVE' AND ${RETAINED_FACE})`;
const VISIBLE = Prisma.sql`${SHOWN_FACE} AND ${IN_COLLECTION}`;
/** What a search finds and nobody has been named for: the condition of `faces_unassigned_idx`. A rejected face is none of them. */
const UNASSIGNED = Prisma.sql`f.person_id IS NULL AND f.state = 'INDEXED'`;
/** The condition of `faces_unindexed_idx`. */
const UNINDEXED = Prisma.sql`f.state = 'UNINDEXED'`;

/** What an order is by; ids alone order by time. */
function keyOf(field: FaceOrderField): Prisma.Sql {
  if (field === 'QUALITY') return Prisma.sql`f.quality`;
  return field === 'SIZE' ? Prisma.sql`f.size_px` : Prisma.sql`f.id`;
}

function keyTypeOf(field: FaceOrderField): Prisma.Sql {
  if (field === 'QUALITY') return Prisma.sql`double precision`;
  return field === 'SIZE' ? Prisma.sql`integer` : Prisma.sql`uuid`;
}

function conditionOf({ collectionId, personId, imageId, assigned, state }: FaceFilter): Prisma.Sql {
  const conditions = [Prisma.sql`true`];
  if (collectionId) conditions.push(Prisma.sql`f.collection_id = ${collectionId}::uuid`);
  if (personId) conditions.push(Prisma.sql`f.person_id = ${leadsTo(personId)}`);
  if (imageId) conditions.push(Prisma.sql`f.image_id = ${imageId}::uuid`);
  if (assigned !== undefined) conditions.push(assigned ? Prisma.sql`f.person_id IS NOT NULL` : UNASSIGNED);
  if (state) conditions.push(Prisma.sql`f.state = ${state}::"FaceState"`);
  return Prisma.join(conditions, ' AND ');
}

async function selectFaces(tx: Tx, where: Prisma.Sql, tail: Prisma.Sql = Prisma.empty): Promise<FaceRecord[]> {
  const rows = await tx.$queryRaw<FaceRow[]>`
    SELECT ${FACE_COLUMNS} FROM ${FACE_JOINS} WHERE ${VISIBLE} AND ${where} ${tail}`;
  return rows.map(faceRecordOf);
}

/** Faces that are to be seen. */
export class FaceStore {
  constructor(private readonly database: Database) {}

  async find(scope: TenantScope, id: string): Promise<FaceRecord | null> {
    const faces = await this.database.read(scope, (tx) => selectFaces(tx, Prisma.sql`f.id = ${id}::uuid`));
    return faces[0] ?? null;
  }

  /** Those that are there, by id. */
  async findMany(scope: TenantScope, ids: readonly string[]): Promise<FaceRecord[]> {
    const where = Prisma.sql`f.id = ANY(${[...ids]}::uuid[])`;
    return this.database.read(scope, (tx) => selectFaces(tx, where, Prisma.sql`ORDER BY f.id`));
  }

  /** The oldest first unless the page says otherwise. */
  async list(scope: TenantScope, filter: FaceFilter, page: PageRequest<FaceOrderField>): Promise<Placed<FaceRecord>[]> {
    const order = page.order ?? OLDEST_FIRST;
    const id = Prisma.sql`f.id`;
    const key = keyOf(order.field);
    const places =
      order.field === 'CREATED_AT'
        ? betweenIds(id, Prisma.sql`uuid`, page, order)
        : between(key, keyTypeOf(order.field), id, page, order);
    const direction = directionOf(page, order);
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<(FaceRow & { sort_key: string })[]>`
        SELECT ${FACE_COLUMNS}, (${key})::text AS sort_key FROM ${FACE_JOINS}
         WHERE ${VISIBLE} AND ${conditionOf(filter)} ${places}
         ORDER BY ${key} ${direction}, f.id ${direction} LIMIT ${page.first + 1}`,
    );
    return rows.map((row) => ({ ...faceRecordOf(row), sortKey: row.sort_key }));
  }

  /** The first (or last) faces of each image, or of each person, in the order of these, as `list` has those of one. */
  async listByOwners(
    scope: TenantScope,
    owner: 'image' | 'person',
    ids: readonly string[],
    page: Pick<PageRequest<FaceOrderField>, 'first' | 'backwards' | 'order'>,
  ): Promise<Placed<FaceRecord>[][]> {
    const order = page.order ?? OLDEST_FIRST;
    const direction = directionOf(page, order);
    const key = keyOf(order.field);
    const ownerId = owner === 'image' ? Prisma.sql`f.image_id` : Prisma.sql`f.person_id`;
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<(FaceRow & { owner_id: string; sort_key: string })[]>`
        SELECT ${FACE_COLUMNS}, wanted.id AS owner_id, chosen.sort_key::text AS sort_key
          FROM unnest(${[...ids]}::uuid[]) AS wanted(id)
         CROSS JOIN LATERAL (SELECT f.id, ${key} AS sort_key FROM faces f WHERE ${ownerId} = wanted.id AND ${VISIBLE}
                              ORDER BY ${key} ${direction}, f.id ${direction} LIMIT ${page.first + 1}) AS chosen
          JOIN (${FACE_JOINS}) ON f.id = chosen.id
         ORDER BY chosen.sort_key ${direction}, f.id ${direction}`,
    );
    const byOwner = new Map<string, Placed<FaceRecord>[]>(ids.map((id) => [id, []]));
    for (const row of rows) byOwner.get(row.owner_id)!.push({ ...faceRecordOf(row), sortKey: row.sort_key });
    return [...byOwner.values()];
  }

  /** At most `atMost`. */
  async count(scope: TenantScope, filter: FaceFilter, atMost: number): Promise<number> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count
          FROM (SELECT 1 FROM faces f WHERE ${VISIBLE} AND ${conditionOf(filter)} LIMIT ${atMost}) AS listed`,
      { timeoutMs: COUNTING_TIMEOUT_MS },
    );
    return rows[0]?.count ?? 0;
  }

  /**
   * The faces an index named, INDEXED and of the given collections only, with the vectors to score them by.
   * @param filter when it asks for anything, only those of persons who fit.
   */
  async findIndexedByVectorKeys(
    scope: TenantScope,
    collectionIds: readonly string[],
    vectorKeys: readonly bigint[],
    embeddingDigest: string,
    filter: PersonFilter = {},
  ): Promise<FaceWithVector[]> {
    if (vectorKeys.length === 0) return [];
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<VectorRow[]>`
        SELECT ${FACE_COLUMNS}, e.vector
          FROM ${FACE_JOINS} JOIN face_embeddings e ON e.face_id = f.id AND e.embedding_digest = ${embeddingDigest}
         WHERE f.vector_key = ANY(${[...vectorKeys]}::bigint[]) AND f.state = 'INDEXED'
           AND f.hidden_as IS DISTINCT FROM 'NOT_A_FACE'
           AND f.collection_id = ANY(${[...collectionIds]}::uuid[]) AND ${IN_COLLECTION}
           AND ${personCondition(collectionIds, filter)}`,
    );
    return rows.map(withVector);
  }

  /** One INDEXED face with its vector; null when it has none in that pack. */
  async findIndexed(scope: TenantScope, id: string, embeddingDigest: string): Promise<FaceWithVector | null> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<VectorRow[]>`
        SELECT ${FACE_COLUMNS}, e.vector
          FROM ${FACE_JOINS} JOIN face_embeddings e ON e.face_id = f.id AND e.embedding_digest = ${embeddingDigest}
         WHERE f.id = ${id}::uuid AND f.state = 'INDEXED' AND ${VISIBLE}`,
    );
    return rows[0] ? withVector(rows[0]) : null;
  }

  /** Whose a face was said not to be; what was said of a merged person holds for who stays. */
  async findRejectedPersons(scope: TenantScope, faceId: string): Promise<ReadonlySet<string>> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ rejected_id: string | null }[]>`
        SELECT COALESCE(p.merged_into_id, p.id) AS rejected_id
          FROM face_rejections r JOIN persons p ON p.id = r.person_id WHERE r.face_id = ${faceId}::uuid`,
    );
    return new Set(rows.flatMap((row) => row.rejected_id ?? []));
  }

  /** Indexed faces of one person with their vectors, newest first, at most `limit`. */
  async findIndexedByPerson(
    scope: TenantScope,
    personId: string,
    embeddingDigest: string,
    limit: number,
  ): Promise<FaceWithVector[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<VectorRow[]>`
        SELECT ${FACE_COLUMNS}, e.vector
          FROM ${FACE_JOINS} JOIN face_embeddings e ON e.face_id = f.id AND e.embedding_digest = ${embeddingDigest}
         WHERE f.person_id = ${leadsTo(personId)} AND f.state = 'INDEXED' AND ${IN_COLLECTION} ORDER BY f.id DESC LIMIT ${limit}`,
    );
    return rows.map(withVector);
  }

  /** How many INDEXED faces of the collections are nobody's, counted up to `atMost`. */
  async countUnassigned(scope: TenantScope, collectionIds: readonly string[], atMost: number): Promise<number> {
    const [row] = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count
          FROM (SELECT 1 FROM faces
                 WHERE collection_id = ANY(${[...collectionIds]}::uuid[]) AND person_id IS NULL AND state = 'INDEXED'
                 LIMIT ${atMost}) AS unassigned`,
    );
    return row?.count ?? 0;
  }

  /** Faces of each collection, in the order asked: those that nobody has been named for, or those that were rejected. */
  async countByCollection(
    scope: TenantScope,
    collectionIds: readonly string[],
    which: 'UNASSIGNED' | 'UNINDEXED',
  ): Promise<number[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ collection_id: string; count: number }[]>`
        SELECT f.collection_id, count(*)::int AS count FROM faces f
         WHERE f.collection_id = ANY(${[...collectionIds]}::uuid[])
           AND ${which === 'UNASSIGNED' ? UNASSIGNED : UNINDEXED}
         GROUP BY f.collection_id`,
      { timeoutMs: COUNTING_TIMEOUT_MS },
    );
    const counts = new Map(rows.map((row) => [row.collection_id, row.count]));
    return collectionIds.map((id) => counts.get(id) ?? 0);
  }

  /**
   * Deletes faces: their vectors go in the same transaction, images with no face left go with the job.
   * @returns the ids that were deleted, the collections that have new ops, and the clean-up job.
   */
  async delete(scope: TenantScope, faceIds: readonly string[], requestId: string) {
    return this.database.change(scope, async (change) => {
      const { faceIds: deletedIds, collectionIds } = await deleteFaces(change, faceIds);
      if (deletedIds.length === 0) return { deletedIds, collectionIds, jobId: null };
      const jobId = await addDeletionJob(change, { kind: 'FACES', collectionIds }, requestId);
      return { deletedIds, collectionIds, jobId };
    });
  }
}
