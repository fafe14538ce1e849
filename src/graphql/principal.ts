import type { ApiKeyScope } from '../domain/scopes';
import type { TenantScope } from '../domain/tenant-scope';
import type { TenantLimits } from '../domain/tenant';

/** Runs the platform: manages tenants, sees none of their data. */
export interface OperatorPrincipal {
  readonly kind: 'operator';
}

/** A tenant's API key. */
export interface TenantPrincipal {
  readonly kind: 'tenant';
  readonly scope: TenantScope;
  readonly apiKeyId: string;
  readonly keyName: string;
  /** When the key stops working; null: never. */
  readonly keyExpiresAt: Date | null;
  readonly scopes: ReadonlySet<ApiKeyScope>;
  /** CIDRs that the key works from; null: from everywhere. */
  readonly allowedNetworks: readonly string[] | null;
  readonly tenantName: string;
  readonly limits: TenantLimits;
}

/** Who is calling. */
export type Principal = OperatorPrincipal | TenantPrincipal;
