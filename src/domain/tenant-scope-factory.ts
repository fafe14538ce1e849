import { isId } from './ids';
import type { TenantScope } from './tenant-scope';

/**
 * @param tenantId from a verified API key row or a Job row, never from a client or a payload.
 * @param collectionIds those that the key is bound to; null: the whole tenant.
 * @throws Error when it is no UUID: there is no default tenant; or when the bounds are none.
 */
export function makeTenantScope(tenantId: string, collectionIds: readonly string[] | null = null): TenantScope {
  if (!isId(tenantId)) throw new Error('A tenant scope needs a tenant id');
  if (collectionIds && !(collectionIds.length > 0 && collectionIds.every(isId))) {
    throw new Error('The bounds of a tenant scope are ids of collections, at least one');
  }
  return Object.freeze({ tenantId, collectionIds: collectionIds && [...collectionIds].sort() }) as TenantScope;
}
