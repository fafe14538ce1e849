import { isId } from './ids';
import type { TenantScope } from './tenant-scope';

/**
 * @param tenantId from a verified API key row or a Job row, never from a client or a payload.
 * @throws Error when it is no UUID: there is no default tenant.
 */
export function makeTenantScope(tenantId: string): TenantScope {
  if (!isId(tenantId)) throw new Error('A tenant scope needs a tenant id');
  return Object.freeze({ tenantId }) as TenantScope;
}
