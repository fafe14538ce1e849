import type { GraphQLResolveInfo } from 'graphql';
import { Authorized, createParameterDecorator, Extensions, type AuthChecker } from 'type-graphql';
import { DomainError } from '../domain/errors';
import type { ApiKeyScope } from '../domain/scopes';
import type { TenantScope } from '../domain/tenant-scope';
import type { ApiContext } from './context';
import type { Principal } from './principal';

/** ANY: every valid key, the operator's included. */
export type Access = ApiKeyScope | 'OPERATOR' | 'ANY';

/** Key of a root field's schema extensions under which its `Access[]` lies; `assertEveryRootFieldGuarded` wants it. */
export const ACCESS_EXTENSION = 'access';

function requireAccess(...access: Access[]): MethodDecorator {
  return (target, property, descriptor) => {
    Authorized<Access>(...access)(target, property, descriptor as TypedPropertyDescriptor<unknown>);
    Extensions({ [ACCESS_EXTENSION]: access })(target, property, descriptor as TypedPropertyDescriptor<unknown>);
  };
}

/** The field needs a tenant’s key with one of these scopes. */
export function RequireScope(...scopes: ApiKeyScope[]): MethodDecorator {
  return requireAccess(...scopes);
}

/** The field needs a tenant's key with one of these scopes, or the operator's key. */
export function RequireScopeOrOperator(...scopes: ApiKeyScope[]): MethodDecorator {
  return requireAccess(...scopes, 'OPERATOR');
}

/** The field needs the operator's key. */
export function RequireOperator(): MethodDecorator {
  return requireAccess('OPERATOR');
}

/** The field needs any valid key. */
export function RequireAnyKey(): MethodDecorator {
  return requireAccess('ANY');
}

/** Key of a root field's schema extensions that says it is about the whole tenant. */
const WHOLE_TENANT_EXTENSION = 'wholeTenant';

/** The field is about a tenant as a whole: a key that is bound to collections may not call it. */
export function OfWholeTenant(): MethodDecorator {
  return (target, property, descriptor) => {
    Extensions({ [WHOLE_TENANT_EXTENSION]: true })(target, property, descriptor as TypedPropertyDescriptor<unknown>);
  };
}

/** Injects the TenantScope of the calling key. @throws DomainError UNAUTHENTICATED, FORBIDDEN (operator). */
export function Scope(): ParameterDecorator {
  return createParameterDecorator<ApiContext>(({ context }) => tenantScopeOf(context)) as ParameterDecorator;
}

/** Injects the `Principal`. @throws DomainError UNAUTHENTICATED. */
export function Caller(): ParameterDecorator {
  return createParameterDecorator<ApiContext>(({ context }) => principalOf(context)) as ParameterDecorator;
}

/** @throws DomainError UNAUTHENTICATED. */
export function principalOf(context: ApiContext): Principal {
  if (context.principal) return context.principal;
  throw context.refusal ?? new DomainError('UNAUTHENTICATED', 'Send an API key: "Authorization: Bearer <key>".');
}

/** The id of the calling tenant's key; undefined: another caller. */
export function apiKeyIdOf({ principal }: ApiContext): string | undefined {
  return principal?.kind === 'tenant' ? principal.apiKeyId : undefined;
}

/** The scopes of the calling tenant's key; none: another caller. */
export function scopesOf({ principal }: ApiContext): ReadonlySet<ApiKeyScope> {
  return principal?.kind === 'tenant' ? principal.scopes : new Set();
}

/** For `subscribe` functions, which get no injected parameters. @throws DomainError UNAUTHENTICATED, FORBIDDEN. */
export function tenantScopeOf(context: ApiContext): TenantScope {
  const principal = principalOf(context);
  if (principal.kind === 'tenant') return principal.scope;
  throw new DomainError('FORBIDDEN', 'The operator key manages tenants only. Use a key of the tenant for its data.');
}

/** @throws DomainError FORBIDDEN with what is missing. */
export function assertAccess(principal: Principal, access: readonly Access[]): void {
  if (access.includes('ANY')) return;
  if (principal.kind === 'operator') {
    if (access.includes('OPERATOR')) return;
    throw new DomainError('FORBIDDEN', 'The operator key manages tenants only. Use a key of the tenant for its data.');
  }
  const scopes = access.filter((one): one is ApiKeyScope => one !== 'OPERATOR' && one !== 'ANY');
  if (scopes.some((scope) => principal.scopes.has(scope))) return;
  throw scopes.length === 0
    ? new DomainError('FORBIDDEN', 'Only the operator key may do this.')
    : new DomainError('FORBIDDEN', `This key lacks the scope ${scopes.join(' or ')}. Use a key that has it.`);
}

/** @throws DomainError FORBIDDEN. */
function assertWithinBounds(principal: Principal, { parentType, fieldName }: GraphQLResolveInfo): void {
  if (principal.kind !== 'tenant' || principal.scope.collectionIds === null) return;
  if (!parentType.getFields()[fieldName]?.extensions[WHOLE_TENANT_EXTENSION]) return;
  throw new DomainError(
    'FORBIDDEN',
    `This key is bound to collections, and ${fieldName} is about the whole tenant. Use a key that is not bound.`,
  );
}

/** type-graphql's authorisation hook, run for every guarded field, and for every event of a subscription. */
export const authChecker: AuthChecker<ApiContext, Access> = async ({ context, info }, access) => {
  const principal = principalOf(context);
  assertAccess(principal, access);
  assertWithinBounds(principal, info);
  await context.assertStillAllowed?.();
  // The variables have just been coerced, and are about to be made instances of their classes.
  const { slice } = context;
  context.slice = undefined;
  await slice?.pause();
  return true;
};
