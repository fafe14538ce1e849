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

  /** These are in the ledger, which is so long now. */
  async written(ids: readonly bigint[], bytes: number): Promise<void> {
    await this.database.system.$transaction(async (tx) => {
      await tx.$executeRaw`DELETE FROM erasures WHERE id = ANY(${[...ids]}::bigint[])`;
      await tx.$executeRaw`UPDATE erasure_ledger SET bytes = ${bytes}`;
    });
  }

  /** How much of the ledger the database has seen. */
  async seenBytes(): Promise<number> {
    const rows = await this.database.system.$queryRaw<{ bytes: bigint }[]>`SELECT bytes FROM erasure_ledger`;
    return Number(rows[0]?.bytes ?? 0n);
  }

  async seen(bytes: number): Promise<void> {
    await this.database.system.$executeRaw`UPDATE erasure_ledger SET bytes = ${bytes}`;
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
