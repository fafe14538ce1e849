import type { Database } from '../../database';
import { between, directionOf, Prisma, type Tx, isUniqueViolation, txOf } from '../../database/sql';
import { DomainError, notFound } from '../../domain/errors';
import { newId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type {
  CollectionChanges,
  CollectionFilter,
  CollectionOrderField,
  CollectionRecord,
  NewCollection,
} from '../../records/collection';
import { COUNTING_TIMEOUT_MS, OLDEST_FIRST, type PageRequest, type Placed } from '../../records/page';
import { addDeletionJob } from '../deletion/deletion-job.store';
import { assertWithinQuota } from '../tenants/quota.store';
import { COLLECTION_COLUMNS, COLLECTION_JOINS, collectionRecordOf, type CollectionRow } from './collection-rows.store';

function nameTaken(error: unknown): never {
  if (isUniqueViolation(error)) {
    throw new DomainError('CONFLICT', 'There is a collection of that name already. Choose another name.');
  }
  throw error;
}

/** Names are letters, digits, "_", "." and "-": C compares them the same in every database. */
function keyOf(field: CollectionOrderField): Prisma.Sql {
  return field === 'NAME' ? Prisma.sql`lower(c.name) COLLATE "C"` : Prisma.sql`c.created_at`;
}

function keyTypeOf(field: CollectionOrderField): Prisma.Sql {
  return field === 'NAME' ? Prisma.sql`text` : Prisma.sql`timestamptz`;
}

function conditionOf({ text }: CollectionFilter): Prisma.Sql {
  const conditions = [Prisma.sql`c.state = 'ACTIVE'`];
  if (text) conditions.push(Prisma.sql`strpos(lower(c.name), lower(${text})) > 0`);
  return Prisma.join(conditions, ' AND ');
}

async function findById(tx: Tx, id: string): Promise<CollectionRecord | null> {
  const rows = await tx.$queryRaw<CollectionRow[]>`
    SELECT ${COLLECTION_COLUMNS} FROM ${COLLECTION_JOINS} WHERE c.id = ${id}::uuid AND c.state = 'ACTIVE'`;
  return rows[0] ? collectionRecordOf(rows[0]) : null;
}

async function getById(tx: Tx, id: string): Promise<CollectionRecord> {
  const found = await findById(tx, id);
  if (!found) throw notFound('collection');
  return found;
}

/** Collections that are not being deleted. */
export class CollectionStore {
  constructor(private readonly database: Database) {}

  /** @throws DomainError CONFLICT when the tenant has a collection of that name; QUOTA_EXCEEDED past its limit. */
  async create(scope: TenantScope, collection: NewCollection): Promise<CollectionRecord> {
    const id = newId();
    return this.database
      .change(scope, async (change) => {
        const tx = txOf(change);
        await assertWithinQuota(tx, scope, { collections: 1 });
        await tx.collection.create({ data: { id, tenantId: scope.tenantId, ...collection } });
        const created = await getById(tx, id);
        change.event({ type: 'COLLECTION_CREATED', collectionId: id, payload: {} });
        return created;
      })
      .catch(nameTaken);
  }

  /** @throws DomainError NOT_FOUND, CONFLICT. */
  async update(scope: TenantScope, id: string, changes: CollectionChanges): Promise<CollectionRecord> {
    return this.database
      .change(scope, async (change) => {
        const tx = txOf(change);
        const { count } = await tx.collection.updateMany({ where: { id, state: 'ACTIVE' }, data: changes });
        if (count === 0) throw notFound('collection');
        const updated = await getById(tx, id);
        const payload = { changed: Object.keys(changes) };
        change.event({ type: 'COLLECTION_UPDATED', collectionId: id, payload });
        return updated;
      })
      .catch(nameTaken);
  }

  async find(scope: TenantScope, by: { id: string } | { name: string }): Promise<CollectionRecord | null> {
    const where = 'id' in by ? Prisma.sql`c.id = ${by.id}::uuid` : Prisma.sql`c.name = ${by.name}`;
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<CollectionRow[]>`
        SELECT ${COLLECTION_COLUMNS} FROM ${COLLECTION_JOINS} WHERE ${where} AND c.state = 'ACTIVE'`,
    );
    return rows[0] ? collectionRecordOf(rows[0]) : null;
  }

  async findMany(scope: TenantScope, ids: readonly string[]): Promise<CollectionRecord[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<CollectionRow[]>`
        SELECT ${COLLECTION_COLUMNS} FROM ${COLLECTION_JOINS}
         WHERE c.id = ANY(${[...ids]}::uuid[]) AND c.state = 'ACTIVE'`,
    );
    return rows.map(collectionRecordOf);
  }

  /** The oldest first unless the page says otherwise. */
  async list(
    scope: TenantScope,
    filter: CollectionFilter,
    page: PageRequest<CollectionOrderField>,
  ): Promise<Placed<CollectionRecord>[]> {
    const order = page.order ?? OLDEST_FIRST;
    const key = keyOf(order.field);
    const places = between(key, keyTypeOf(order.field), Prisma.sql`c.id`, page, order);
    const direction = directionOf(page, order);
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<(CollectionRow & { sort_key: string })[]>`
        SELECT ${COLLECTION_COLUMNS}, (${key})::text AS sort_key FROM ${COLLECTION_JOINS}
         WHERE ${conditionOf(filter)} ${places}
         ORDER BY ${key} ${direction}, c.id ${direction} LIMIT ${page.first + 1}`,
    );
    return rows.map((row) => ({ ...collectionRecordOf(row), sortKey: row.sort_key }));
  }

  /** At most `atMost`. */
  async count(scope: TenantScope, filter: CollectionFilter, atMost: number): Promise<number> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count
          FROM (SELECT 1 FROM collections c WHERE ${conditionOf(filter)} LIMIT ${atMost}) AS listed`,
      { timeoutMs: COUNTING_TIMEOUT_MS },
    );
    return rows[0]?.count ?? 0;
  }

  /**
   * Hides the collection at once and frees its name; its job removes what it held.
   * @returns the job's id; null when there is no such collection.
   */
  async beginDeletion(scope: TenantScope, id: string, requestId: string): Promise<string | null> {
    return this.database.change(scope, async (change) => {
      const { count } = await txOf(change).collection.updateMany({
        where: { id, state: 'ACTIVE' },
        // The id as its name frees the name for a new collection at once.
        data: { state: 'DELETING', name: id },
      });
      if (count === 0) return null;
      change.event({ type: 'COLLECTION_DELETED', collectionId: id, payload: {} });
      return addDeletionJob(change, { kind: 'COLLECTION', collectionId: id }, requestId);
    });
  }
}
