import type { AuditCaller } from '../../domain/audit';
import { chainEntries, EXPIRY, type AuditHead } from '../../domain/audit-chain';
import { firstIdOf, isId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import { makeTenantScope } from '../../domain/tenant-scope-factory';
import { writeAuditRows } from '../audit-trail';
import type { Database } from '../database';

/** Spells LKAU: the lock of who numbers rows. */
const LOCK = 0x4c4b4155;
/** Erasing is asked for on the server's own command line. */
const ERASER: AuditCaller = {
  by: 'OPERATOR',
  apiKeyId: null,
  actor: null,
  address: null,
  requestId: null,
  operation: 'eraseAudit',
};
/** Rows go because the operator has set a time for them. */
const EXPIRER: AuditCaller = { ...ERASER, operation: EXPIRY };
/** Rows of one transaction. */
const BATCH = 1_000;

/** Numbers and chains the rows of every tenant's audit, erases what rows say, and removes those whose time is over. */
export class AuditSequence {
  constructor(private readonly database: Database) {}

  /** For the audit command, whose user names a tenant. */
  async findTenant(tenantId: string): Promise<TenantScope | null> {
    const found = isId(tenantId) && (await this.database.system.tenant.count({ where: { id: tenantId } })) > 0;
    return found ? makeTenantScope(tenantId) : null;
  }

  /**
   * Erases what rows of these numbers say, and writes a row that names them. Rows that tell of an erasure or an expiry stay:
   * without them others would have gone by nobody's hand.
   * @returns the numbers that were erased now.
   */
  async erase({ tenantId }: TenantScope, seqs: readonly bigint[]): Promise<bigint[]> {
    return this.database.system.$transaction(async (tx) => {
      const rows = await tx.$queryRaw<{ seq: bigint | null }[]>`
        UPDATE audit_entries SET salt = NULL, content = NULL
         WHERE tenant_id = ${tenantId}::uuid AND seq = ANY(${[...seqs]}::bigint[]) AND content IS NOT NULL
           AND content::jsonb->>'operation' NOT IN ('eraseAudit', ${EXPIRY})
        RETURNING seq`;
      const erased = rows.flatMap(({ seq }) => (seq === null ? [] : [seq])).sort((a, b) => (a < b ? -1 : 1));
      if (erased.length > 0) {
        const details = { seqs: erased.map(String) };
        await writeAuditRows(tx, tenantId, [{ caller: ERASER, fact: { details } }]);
      }
      return erased;
    });
  }

  /**
   * Writes a row that says up to which number rows from before `before` go, with the chain that the first of the rest follows: at most
   * the first `limit` rows. A row goes when those before it do: one that a slow clock has dated back takes no younger ones along.
   * @param before not after the database's own time less `keptMs`: a process whose clock is ahead removes nothing too soon.
   * @returns that number; null: the first row is younger, or there is none.
   */
  async beginExpiry({ tenantId }: TenantScope, before: Date, keptMs: number, limit: number): Promise<bigint | null> {
    return this.database.system.$transaction(async (tx) => {
      const [clock] = await tx.$queryRaw<{ latest: Date | null; first_id: string | null }[]>`
        SELECT now() - make_interval(secs => ${keptMs / 1000}) AS latest,
               (SELECT id FROM audit_entries WHERE tenant_id = ${tenantId}::uuid AND seq IS NOT NULL ORDER BY seq LIMIT 1) AS first_id`;
      const border = new Date(Math.min(before.getTime(), clock!.latest!.getTime()));
      const young = firstIdOf(border);
      if (clock!.first_id === null || clock!.first_id >= young) return null;
      const [last] = await tx.$queryRaw<{ seq: bigint | null; chain: Uint8Array | null }[]>`
        WITH firsts AS MATERIALIZED (
          SELECT seq, id, chain FROM audit_entries WHERE tenant_id = ${tenantId}::uuid AND seq IS NOT NULL
           ORDER BY seq LIMIT ${limit})
        SELECT seq, chain FROM firsts
         WHERE seq < COALESCE((SELECT min(seq) FROM firsts WHERE id >= ${young}::uuid), 9223372036854775807)
         ORDER BY seq DESC LIMIT 1`;
      const details = { through: String(last!.seq), chain: hexOf(last!.chain!), before: border.toISOString() };
      await writeAuditRows(tx, tenantId, [{ caller: EXPIRER, fact: { details } }]);
      return last!.seq;
    });
  }

  /** Removes the first rows, at most `limit`, of those up to the number that `beginExpiry` has said. @returns how many. */
  async expire({ tenantId }: TenantScope, through: bigint, limit: number): Promise<number> {
    return this.database.system.$executeRaw`
      DELETE FROM audit_entries
       WHERE tenant_id = ${tenantId}::uuid AND seq = ANY(ARRAY(
             SELECT seq FROM audit_entries WHERE tenant_id = ${tenantId}::uuid AND seq <= ${through}
              ORDER BY seq LIMIT ${limit}))`;
  }

  /** How far the audits of tenants have come, after `afterTenant` in the order of their ids. */
  async listHeads(afterTenant: string | null, limit: number): Promise<({ readonly tenantId: string } & AuditHead)[]> {
    return this.database.system.auditHead.findMany({
      where: afterTenant === null ? {} : { tenantId: { gt: afterTenant } },
      orderBy: { tenantId: 'asc' },
      take: limit,
    });
  }

  /** Whether rows wait for their number. */
  async isBehind(): Promise<boolean> {
    const rows = await this.database.system.$queryRaw<{ behind: boolean }[]>`
      SELECT EXISTS (SELECT 1 FROM audit_entries WHERE seq IS NULL) AS behind`;
    return rows[0]?.behind ?? false;
  }

  /**
   * Numbers the oldest rows without a number, at most a thousand, of all tenants. One process does it at a time; its lock ends with
   * the transaction, or with the process.
   * @returns how many; 0 also where another process is at it.
   */
  async advance(): Promise<number> {
    return this.database.system.$transaction(async (tx) => {
      const locks = await tx.$queryRaw<{ held: boolean }[]>`SELECT pg_try_advisory_xact_lock(${LOCK}::int, 0) AS held`;
      if (!locks[0]?.held) return 0;
      const waiting = await tx.$queryRaw<{ tenant_id: string; id: string; commitment: Uint8Array }[]>`
        SELECT tenant_id, id, commitment FROM audit_entries WHERE seq IS NULL ORDER BY id LIMIT ${BATCH}`;
      if (waiting.length === 0) return 0;
      const tenantIds = [...new Set(waiting.map((row) => row.tenant_id))];
      const known = await tx.auditHead.findMany({ where: { tenantId: { in: tenantIds } } });
      const heads = new Map<string, AuditHead>(known.map((head) => [head.tenantId, head]));
      const numbered = tenantIds.flatMap((tenantId) => {
        const own = waiting.filter((row) => row.tenant_id === tenantId);
        const chained = chainEntries(heads.get(tenantId) ?? null, own);
        heads.set(tenantId, chained.at(-1)!);
        return chained;
      });
      await tx.$executeRaw`
        UPDATE audit_entries e SET seq = n.seq, chain = decode(n.chain, 'hex')
          FROM unnest(${numbered.map((row) => row.tenant_id)}::uuid[], ${numbered.map((row) => row.id)}::uuid[],
                      ${numbered.map((row) => row.seq)}::bigint[], ${numbered.map((row) => hexOf(row.chain))}::text[])
               AS n(tenant_id, id, seq, chain)
         WHERE e.tenant_id = n.tenant_id AND e.id = n.id`;
      const last = tenantIds.map((tenantId) => heads.get(tenantId)!);
      await tx.$executeRaw`
        INSERT INTO audit_heads (tenant_id, seq, chain)
        SELECT h.tenant_id, h.seq, decode(h.chain, 'hex')
          FROM unnest(${tenantIds}::uuid[], ${last.map((head) => head.seq)}::bigint[],
                      ${last.map((head) => hexOf(head.chain))}::text[]) AS h(tenant_id, seq, chain)
        ON CONFLICT (tenant_id) DO UPDATE SET seq = EXCLUDED.seq, chain = EXCLUDED.chain`;
      return waiting.length;
    });
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
