import { DEFAULT_LIMITS, type TenantLimits } from '../../domain/tenant';
import type { AddressHolder, ApiKeyCredential, RenewedHash } from '../../records/api-key';
import { apiKeyRecordOf } from '../api-key-rows';
import type { Database } from '../database';
import { limitsOf } from './tenants';

/** Look-ups before there is a tenant. Used by authentication only. */
export class Credentials {
  /** @param defaults what of a tenant's limits is not stored. */
  constructor(
    private readonly database: Database,
    private readonly defaults: TenantLimits = DEFAULT_LIMITS,
  ) {}

  /** All that authentication has to know about a key, in one look-up; null when there is none. */
  async findCredential(keyId: string): Promise<ApiKeyCredential | null> {
    const key = await this.database.system.apiKey.findUnique({ where: { keyId } });
    const tenant = key && (await this.database.system.tenant.findUnique({ where: { id: key.tenantId } }));
    if (!tenant) return null;
    return {
      ...apiKeyRecordOf(key),
      secretHash: key.secretHash,
      tenantName: tenant.name,
      tenantStatus: tenant.status,
      tenantLimits: limitsOf(tenant.limits, this.defaults),
    };
  }

  /** Of keys those that are gone, revoked or expired, or whose tenant is not active. @param ids of `ApiKeyRecord`, not the public part. */
  async findLapsed(ids: readonly string[], now: Date): Promise<string[]> {
    const rows = await this.database.system.$queryRaw<{ id: string }[]>`
      SELECT asked.id
        FROM unnest(${[...ids]}::uuid[]) AS asked(id)
        LEFT JOIN api_keys k ON k.id = asked.id
        LEFT JOIN tenants t ON t.id = k.tenant_id
       WHERE t.status IS DISTINCT FROM 'ACTIVE' OR k.revoked_at IS NOT NULL OR k.expires_at <= ${now}`;
    return rows.map(({ id }) => id);
  }

  /** What an address that was given to a key has to know of it. @param id of `ApiKeyRecord`. */
  async findHolder(id: string, now: Date): Promise<AddressHolder> {
    const key = await this.database.system.apiKey.findFirst({
      where: {
        id,
        revokedAt: null,
        OR: [{ expiresAt: null }, { expiresAt: { gt: now } }],
        tenant: { status: 'ACTIVE' },
      },
      select: { allowedNetworks: true },
    });
    const networks = key?.allowedNetworks ?? [];
    return { holds: key !== null, allowedNetworks: networks.length > 0 ? networks : null };
  }

  /** Puts hashes by the newest pepper in place of those by older ones. */
  async renewHashes(renewed: readonly RenewedHash[]): Promise<void> {
    for (const { id, before, after } of renewed) {
      await this.database.system.apiKey.updateMany({
        where: { id, secretHash: new Uint8Array(before) },
        data: { secretHash: new Uint8Array(after) },
      });
    }
  }

  /** Moves `lastUsedAt` forward, never back. */
  async recordUse(uses: ReadonlyMap<string, Date>): Promise<void> {
    await this.database.system.$executeRaw`
      UPDATE api_keys k SET last_used_at = u.at
        FROM unnest(${[...uses.keys()]}::uuid[], ${[...uses.values()]}::timestamptz[]) AS u(id, at)
       WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)`;
  }
}
