import { newId } from '../../domain/ids';
import { DEFAULT_LIMITS, type TenantLimits } from '../../domain/tenant';
import type { AuditFact } from '../../domain/audit';
import type { TenantScope } from '../../domain/tenant-scope';
import { makeTenantScope } from '../../domain/tenant-scope-factory';
import type { ApiKeyRecord, NewApiKey } from '../../records/api-key';
import type { PageRequest } from '../../records/page';
import type { TenantRecord } from '../../records/tenant';
import { apiKeyDataOf, apiKeyRecordOf } from '../api-key-rows';
import { currentTrail, writeAuditRows } from '../audit-trail';
import type { Tx } from '../tx';
import type { Database } from '../database';
import type { Prisma, Tenant } from '../generated/client';
import { idsBetween } from '../keyset';

/** Rows of an audit that are removed by one statement. */
const AUDIT_BATCH = 10_000;

/** Stored limits, where an absent one is the default. */
export function limitsOf(stored: Prisma.JsonValue, defaults: TenantLimits): TenantLimits {
  return { ...defaults, ...(stored as Partial<TenantLimits>) };
}

function tenantRecordOf(row: Tenant, defaults: TenantLimits): TenantRecord {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    limits: limitsOf(row.limits, defaults),
    weight: row.weight,
    secondKeyConfirms: row.secondKeyConfirms,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** Only what differs is stored: a limit that is added later, and a default that changes, hold for everyone else. */
function storedLimitsOf(limits: Partial<TenantLimits>, defaults: TenantLimits): Prisma.InputJsonObject {
  return Object.fromEntries(
    Object.entries(limits).filter(([name, most]) => most !== defaults[name as keyof TenantLimits]),
  );
}

/** Tenants as the operator sees them: it reaches past every tenant's wall, to none of their data. */
export class Tenants {
  /** @param defaults what of a tenant's limits is not stored. */
  constructor(
    private readonly database: Database,
    private readonly defaults: TenantLimits = DEFAULT_LIMITS,
  ) {}

  /** Writes the tenant, its counter and its first key in one transaction. */
  async create(
    tenant: { readonly name: string; readonly limits: Partial<TenantLimits> },
    firstKey: NewApiKey,
  ): Promise<{ tenant: TenantRecord; apiKey: ApiKeyRecord }> {
    const id = newId();
    return this.act(async (tx, tell) => {
      const row = await tx.tenant.create({
        data: { id, name: tenant.name, limits: storedLimitsOf(tenant.limits, this.defaults) },
      });
      await tx.tenantCounter.create({ data: { tenantId: id } });
      const key = await tx.apiKey.create({ data: apiKeyDataOf(id, firstKey) });
      await tell(id, { subjectIds: [key.id] });
      return { tenant: tenantRecordOf(row, this.defaults), apiKey: apiKeyRecordOf(key) };
    });
  }

  async find(id: string): Promise<TenantRecord | null> {
    const row = await this.database.system.$transaction((tx) => tx.tenant.findUnique({ where: { id } }));
    return row && tenantRecordOf(row, this.defaults);
  }

  /** The limits of a tenant; null when there is none. */
  async limitsOf(id: string): Promise<TenantLimits | null> {
    const row = await this.database.system.tenant.findUnique({ where: { id }, select: { limits: true } });
    return row && limitsOf(row.limits, this.defaults);
  }

  /** The number of each tenant's newest event; tenants that are gone are left out. */
  async newestEvents(tenantIds: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
    // One value, however many there are: Prisma's `in` would make a parameter of each.
    const rows = await this.database.system.$queryRaw<{ tenant_id: string; event_seq: bigint }[]>`
      SELECT tenant_id, event_seq FROM tenant_counters WHERE tenant_id = ANY(${[...tenantIds]}::uuid[])`;
    return new Map(rows.map((row) => [row.tenant_id, row.event_seq]));
  }

  /** Every tenant that is not yet purged, in id order; one row more than `first` when there is more. */
  /** Of every tenant, whatever its status: for what is done with all that is stored. */
  async listScopes(): Promise<readonly TenantScope[]> {
    const rows = await this.database.system.tenant.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
    return rows.map(({ id }) => makeTenantScope(id));
  }

  async list(page: PageRequest): Promise<TenantRecord[]> {
    const rows = await this.database.system.$transaction((tx) =>
      tx.tenant.findMany({ ...idsBetween(page), take: page.first + 1 }),
    );
    return rows.map((row) => tenantRecordOf(row, this.defaults));
  }

  count(atMost: number): Promise<number> {
    return this.database.system.tenant.count({ take: atMost });
  }

  /** @returns null when there is no such tenant, `DELETING` when it can no longer be changed. */
  async update(
    id: string,
    changes: {
      readonly name?: string;
      readonly limits?: TenantLimits;
      readonly weight?: number;
      readonly secondKeyConfirms?: boolean;
      readonly status?: 'ACTIVE' | 'SUSPENDED';
    },
  ): Promise<TenantRecord | 'DELETING' | null> {
    return this.act(async (tx, tell) => {
      const { limits, ...plain } = changes;
      const { count } = await tx.tenant.updateMany({
        where: { id, status: { not: 'DELETING' } },
        data: { ...plain, ...(limits ? { limits: storedLimitsOf(limits, this.defaults) } : {}) },
      });
      const row = await tx.tenant.findUnique({ where: { id } });
      if (!row) return null;
      if (count > 0 && changes.status === 'SUSPENDED') await endGrants(tx, id);
      if (count > 0) await tell(id, { details: { changed: Object.keys(changes), status: row.status } });
      return count === 0 ? 'DELETING' : tenantRecordOf(row, this.defaults);
    });
  }

  /**
   * Marks the tenant DELETING and revokes all of its keys, in one transaction. Again on the same tenant: no change.
   * @returns the tenant, and the scope in which its removal is asked for; null when there is none.
   */
  async beginDeletion(id: string, at: Date): Promise<{ tenant: TenantRecord; scope: TenantScope } | null> {
    return this.act(async (tx, tell) => {
      await tx.tenant.updateMany({ where: { id, status: { not: 'DELETING' } }, data: { status: 'DELETING' } });
      await tx.apiKey.updateMany({ where: { tenantId: id, revokedAt: null }, data: { revokedAt: at } });
      await endGrants(tx, id);
      const row = await tx.tenant.findUnique({ where: { id } });
      if (row) await tell(id, { details: { status: row.status } });
      return row && { tenant: tenantRecordOf(row, this.defaults), scope: makeTenantScope(id) };
    });
  }

  /** Removes a tenant in deletion and, by the foreign keys, every row of it: the job that asked for it with them. */
  async remove(scope: TenantScope): Promise<void> {
    const { tenantId } = scope;
    // Its audit may be long: in parts, so that no statement takes too long.
    for (let removed = AUDIT_BATCH; removed === AUDIT_BATCH;) {
      removed = await this.database.system.$executeRaw`
        DELETE FROM audit_entries WHERE ctid = ANY(ARRAY(
               SELECT e.ctid FROM audit_entries e JOIN tenants t ON t.id = e.tenant_id
                WHERE e.tenant_id = ${tenantId}::uuid AND t.status = 'DELETING' LIMIT ${AUDIT_BATCH}))`;
    }
    await this.database.system.tenant.deleteMany({ where: { id: tenantId, status: 'DELETING' } });
  }

  /** A transaction of the operator's. What it does to a tenant stands in the tenant's audit, where somebody's operation is under way. */
  private async act<T>(work: (tx: Tx, tell: Tell) => Promise<T>): Promise<T> {
    const trail = currentTrail();
    let told = 0;
    const result = await this.database.system.$transaction(async (tx) => {
      told = 0;
      return work(tx, async (tenantId, fact) => {
        if (!trail) return;
        await writeAuditRows(tx, tenantId, [{ caller: trail.caller, fact }]);
        told += 1;
      });
    });
    if (trail) trail.rows += told;
    return result;
  }
}

/** Writes a row into the audit of a tenant. */
type Tell = (tenantId: string, fact: AuditFact) => Promise<void>;

/** Ends which galleries the tenant was granted, and what it grants of its own: resuming it brings none of it back. */
async function endGrants(tx: Tx, id: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE gallery_grants SET ended_at = now(), ended_by = 'SUSPENSION'
     WHERE ended_at IS NULL AND (tenant_id = ${id}::uuid OR grantee_tenant_id = ${id}::uuid)`;
}
