import { badInput, DomainError, notFound } from '../domain/errors';
import { isId } from '../domain/ids';
import { makeTenantScope } from '../domain/tenant-scope-factory';
import type { TenantScope } from '../domain/tenant-scope';
import type { Principal } from './principal';

/**
 * The tenant whose keys a caller manages: its own, or for the operator the one that it names.
 * @throws DomainError BAD_USER_INPUT when the operator names none; NOT_FOUND when a tenant names another.
 */
export function managedTenant(principal: Principal, tenantId: string | null | undefined): TenantScope {
  if (principal.kind === 'tenant') {
    if (tenantId && tenantId !== principal.scope.tenantId) {
      throw new DomainError('NOT_FOUND', 'No such tenant. Leave tenantId out: a key manages its own tenant.');
    }
    return principal.scope;
  }
  if (!tenantId) {
    throw badInput({ path: 'tenantId', rule: 'must name the tenant when the operator key is used' });
  }
  if (!isId(tenantId)) throw notFound('tenant');
  return makeTenantScope(tenantId);
}
