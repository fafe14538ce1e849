import { makeTenantScope } from '../../domain/tenant-scope-factory';
import type { TenantScope } from '../../domain/tenant-scope';
import type { ErasureKind, ErasureRecord } from '../../records/erasure';
import type { Database } from '../database';

const BATCH = 1_000;

/** What the triggers `note_erasure` have noted, on its way into the ledger; and what a ledger says, carried out again. */
export class Erasures {
  constructor(private readonly database: Database) {}

  /** The oldest that are in no ledger yet, over all tenants. @returns them with their numbers; null: there is none. */
  async next(): Promise<{ records: ErasureRecord[]; ids: bigint[] } | null> {
    const rows = await this.database.system.$queryRaw<
      { id: bigint; tenant_id: string; kind: string; subject_id: string; ends_at: Date | null; at: Date }[]
    >`SELECT id, tenant_id, kind, subject_id, ends_at, at FROM erasures ORDER BY id LIMIT ${BATCH}`;
    if (rows.length === 0) return null;
    const records = rows.map((row) => ({
      tenantId: row.tenant_id,
      kind: row.kind as ErasureKind,
      id: row.subject_id,
      at: row.at,
      endsAt: row.ends_at,
    }));
    return { records, ids: rows.map(({ id }) => id) };
  }

  /** These are in the ledger, which is at least so long now: another process may have added to it meanwhile. */
  async written(ids: readonly bigint[], bytes: number): Promise<void> {
    await this.database.system.$transaction(async (tx) => {
      await tx.$executeRaw`DELETE FROM erasures WHERE id = ANY(${[...ids]}::bigint[])`;
      await tx.$executeRaw`UPDATE erasure_ledger SET bytes = GREATEST(bytes, ${bytes})`;
    });
  }

  /** How much of the ledger the database has seen. */
  async seenBytes(): Promise<number> {
    const rows = await this.database.system.$queryRaw<{ bytes: bigint }[]>`SELECT bytes FROM erasure_ledger`;
    return Number(rows[0]?.bytes ?? 0n);
  }

  /** The ledger was read to here. @param before what was seen when that began; nothing is noted when another process has gone on meanwhile. */
  async seen(bytes: number, before: number): Promise<void> {
    await this.database.system.$executeRaw`UPDATE erasure_ledger SET bytes = ${bytes} WHERE bytes = ${before}`;
  }

  /**
   * Whose of these erasures are none of this database's own. Its own are still noted here until they are in the ledger, which is the state
   * that a process leaves which died in between.
   * @param seen what was seen before these; when another process has gone on meanwhile, it has seen to them.
   * @returns ids of tenants.
   */
  async findForeign(records: readonly ErasureRecord[], seen: number): Promise<Set<string>> {
    const rows = await this.database.system.$queryRaw<{ tenant_id: string }[]>`
      SELECT DISTINCT r.tenant_id
        FROM unnest(${records.map(({ tenantId }) => tenantId)}::uuid[], ${records.map(({ kind }) => kind)}::text[],
                    ${records.map(({ id }) => id)}::uuid[]) AS r(tenant_id, kind, id)
       WHERE (SELECT bytes FROM erasure_ledger) = ${seen}
         AND NOT EXISTS (SELECT 1 FROM erasures e
                          WHERE e.tenant_id = r.tenant_id AND e.kind = r.kind AND e.subject_id = r.id)`;
    return new Set(rows.map((row) => row.tenant_id));
  }

  /** Ends keys at the times given, or earlier where they end earlier; of several times of one key the earliest counts. @returns how many would have worked for longer. */
  async endKeys(keys: readonly { readonly id: string; readonly endsAt: Date }[]): Promise<number> {
    return this.database.system.$executeRaw`
      UPDATE api_keys k SET expires_at = LEAST(k.expires_at, e.ends_at)
        FROM (SELECT given.id, min(given.ends_at) AS ends_at
                FROM unnest(${keys.map(({ id }) => id)}::uuid[], ${keys.map(({ endsAt }) => endsAt)}::timestamptz[]) AS given(id, ends_at)
               GROUP BY given.id) e
       WHERE k.id = e.id AND LEAST(k.revoked_at, k.expires_at, e.ends_at) IS DISTINCT FROM LEAST(k.revoked_at, k.expires_at)`;
  }

  /** Of tenants those that are there and not being deleted. */
  async findLiving(tenantIds: readonly string[]): Promise<TenantScope[]> {
    const rows = await this.database.system.tenant.findMany({
      where: { id: { in: [...tenantIds] }, status: { not: 'DELETING' } },
      select: { id: true },
    });
    return rows.map(({ id }) => makeTenantScope(id));
  }
}
