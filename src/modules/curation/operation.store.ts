import type { Database } from '../../database';
import { betweenIds, directionOf, Prisma } from '../../database/sql';
import type { TenantScope } from '../../domain/tenant-scope';
import type {
  ChangedEntity,
  IdentityChange,
  Json,
  OperationFilter,
  OperationKind,
  OperationOrderField,
  OperationRecord,
} from '../../records/operation';
import { COUNTING_TIMEOUT_MS, type Order, type PageRequest } from '../../records/page';
import { RETAINED_OPERATION } from '../collections/retained.store';

export const NEWEST_FIRST: Order<OperationOrderField> = { field: 'CREATED_AT', direction: 'DESC' };

interface OperationRow {
  id: string;
  collection_id: string;
  kind: OperationKind;
  reverts_id: string | null;
  reverted_by_id: string | null;
  person_ids: string[];
  face_count: number;
  created_at: Date;
}

const COLUMNS = Prisma.sql`
  o.id, o.collection_id, o.kind, o.reverts_id, o.reverted_by_id, o.person_ids::text[] AS person_ids, o.face_count, o.created_at`;
const VISIBLE = Prisma.sql`
  EXISTS (SELECT 1 FROM collections c WHERE c.id = o.collection_id AND c.state = 'ACTIVE' AND ${RETAINED_OPERATION})`;

function recordOf(row: OperationRow): OperationRecord {
  return {
    id: row.id,
    collectionId: row.collection_id,
    kind: row.kind,
    revertsId: row.reverts_id,
    revertedById: row.reverted_by_id,
    personIds: row.person_ids,
    faceCount: row.face_count,
    createdAt: row.created_at,
  };
}

function conditionOf(collectionId: string, { personId }: OperationFilter): Prisma.Sql {
  const ofPerson =
    personId === undefined
      ? Prisma.empty
      : Prisma.sql`AND o.person_ids && ARRAY(
          SELECT p.id FROM persons p
           WHERE p.id = ${personId}::uuid OR p.merged_into_id = ${personId}::uuid
              OR p.id = (SELECT m.merged_into_id FROM persons m WHERE m.id = ${personId}::uuid))`;
  return Prisma.sql`o.collection_id = ${collectionId}::uuid AND ${VISIBLE} ${ofPerson}`;
}

/** What was done to who is who. */
export class OperationStore {
  constructor(private readonly database: Database) {}

  async find(scope: TenantScope, id: string): Promise<OperationRecord | null> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<OperationRow[]>`
        SELECT ${COLUMNS} FROM operations o WHERE o.id = ${id}::uuid AND ${VISIBLE}`,
    );
    return rows[0] ? recordOf(rows[0]) : null;
  }

  /** The newest first unless the page says otherwise. */
  async list(
    scope: TenantScope,
    collectionId: string,
    filter: OperationFilter,
    page: PageRequest<OperationOrderField>,
  ): Promise<OperationRecord[]> {
    const order = page.order ?? NEWEST_FIRST;
    const places = betweenIds(Prisma.sql`o.id`, Prisma.sql`uuid`, page, order);
    const direction = directionOf(page, order);
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<OperationRow[]>`
        SELECT ${COLUMNS} FROM operations o WHERE ${conditionOf(collectionId, filter)} ${places}
         ORDER BY o.id ${direction} LIMIT ${page.first + 1}`,
    );
    return rows.map(recordOf);
  }

  /** At most `atMost`. */
  async count(scope: TenantScope, collectionId: string, filter: OperationFilter, atMost: number): Promise<number> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count
          FROM (SELECT 1 FROM operations o WHERE ${conditionOf(collectionId, filter)} LIMIT ${atMost}) AS listed`,
      { timeoutMs: COUNTING_TIMEOUT_MS },
    );
    return rows[0]?.count ?? 0;
  }

  /** The first changes of an operation, at most `limit`; what was forgotten is left out. */
  async listChanges(scope: TenantScope, operationId: string, limit: number): Promise<IdentityChange[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<
        {
          entity: ChangedEntity;
          entity_id: string;
          other_id: string | null;
          field: string;
          before: Json;
          after: Json;
        }[]
      >`
        SELECT entity, entity_id, other_id, field, before, after FROM operation_changes
         WHERE operation_id = ${operationId}::uuid AND NOT is_forgotten ORDER BY ordinal LIMIT ${limit}`,
    );
    return rows.map(({ entity_id: id, other_id: otherId, ...row }) => ({ ...row, id, otherId }));
  }
}
