import { currentTrail, type Database } from '../../database';
import { auditInsert, betweenIds, directionOf, Prisma } from '../../database/sql';
import { sealEntry, type AuditCaller, type AuditFact } from '../../domain/audit';
import type { AuditHead } from '../../domain/audit-chain';
import { firstIdOf } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { AuditFilter, AuditRecord } from '../../records/audit';
import { COUNTING_TIMEOUT_MS, OLDEST_FIRST, type PageRequest } from '../../records/page';

const COLUMNS = Prisma.sql`e.id, e.seq, e.commitment, e.chain, e.salt, e.content`;

/** A row as it lies there; those that are read have their numbers. */
interface AuditRow {
  id: string;
  seq: bigint | null;
  commitment: Uint8Array;
  chain: Uint8Array | null;
  salt: Uint8Array | null;
  content: string | null;
}

/** Ids hold the time, so that erased rows are found by it, too. */
function conditionOf(filter: AuditFilter): Prisma.Sql {
  const { operations, by, apiKeyId, actor, collectionId, subjectId, from, to } = filter;
  const conditions = [Prisma.sql`e.seq IS NOT NULL`];
  if (from) conditions.push(Prisma.sql`e.id >= ${firstIdOf(from)}::uuid`);
  if (to) conditions.push(Prisma.sql`e.id < ${firstIdOf(to)}::uuid`);
  if (operations) conditions.push(Prisma.sql`e.content::jsonb->>'operation' = ANY(${[...operations]}::text[])`);
  if (by) conditions.push(Prisma.sql`e.content::jsonb->>'by' = ${by}`);
  if (apiKeyId) conditions.push(Prisma.sql`e.content::jsonb->>'apiKeyId' = ${apiKeyId}`);
  if (actor) conditions.push(Prisma.sql`e.content::jsonb->>'actor' = ${actor}`);
  if (collectionId) conditions.push(Prisma.sql`jsonb_exists(e.content::jsonb->'collectionIds', ${collectionId})`);
  if (subjectId) conditions.push(Prisma.sql`jsonb_exists(e.content::jsonb->'subjectIds', ${subjectId})`);
  return Prisma.join(conditions, ' AND ');
}

function recordOf({ seq, chain, ...row }: AuditRow): AuditRecord {
  if (seq === null || chain === null) throw new Error('A row of the audit was read that has no number');
  return { ...row, seq, chain };
}

/** A tenant's audit, which is only added to. */
export class AuditStore {
  constructor(private readonly database: Database) {}

  /**
   * Writes rows of what changes nothing, in a transaction of their own. They are on the disk when this returns.
   * @returns their ids.
   */
  async add(
    scope: TenantScope,
    rows: readonly { readonly caller: AuditCaller; readonly fact: AuditFact }[],
  ): Promise<string[]> {
    const sealed = rows.map(({ caller, fact }) => sealEntry(scope.tenantId, caller, fact));
    await this.database.execute(scope, auditInsert(scope.tenantId, sealed));
    const trail = currentTrail();
    if (trail) trail.rows += rows.length;
    return sealed.map(({ id }) => id);
  }

  /** Rows that have their number, by it; one more than `first` when there is one. The place of a row is its number. */
  async list(scope: TenantScope, filter: AuditFilter, page: PageRequest): Promise<AuditRecord[]> {
    const order = page.order ?? OLDEST_FIRST;
    const places = betweenIds(Prisma.sql`e.seq`, Prisma.sql`bigint`, page, order);
    const direction = directionOf(page, order);
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<AuditRow[]>`
        SELECT ${COLUMNS} FROM audit_entries e
         WHERE e.tenant_id = ${scope.tenantId}::uuid AND ${conditionOf(filter)} ${places}
         ORDER BY e.seq ${direction} LIMIT ${page.first + 1}`,
    );
    return rows.map(recordOf);
  }

  /** At most `atMost`. */
  async count(scope: TenantScope, filter: AuditFilter, atMost: number): Promise<number> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count
          FROM (SELECT 1 FROM audit_entries e
                 WHERE e.tenant_id = ${scope.tenantId}::uuid AND ${conditionOf(filter)} LIMIT ${atMost}) AS listed`,
      { timeoutMs: COUNTING_TIMEOUT_MS },
    );
    return rows[0]?.count ?? 0;
  }

  /** The newest number and its chain; null: no row has a number yet. */
  async head(scope: TenantScope): Promise<AuditHead | null> {
    return this.database.read(scope, (tx) => tx.auditHead.findUnique({ where: { tenantId: scope.tenantId } }));
  }
}
