import type { NonEmptyArray } from 'type-graphql';
import { ApiKeyResolver } from '../modules/api-keys/api-key.resolver';
import { TenantResolver } from '../modules/tenants/tenant.resolver';
import { ViewerResolver } from '../modules/viewer/viewer.resolver';

/** Every resolver class of the schema; the container makes one instance of each. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- type-graphql's own signature
export const resolverClasses: NonEmptyArray<Function> = [TenantResolver, ApiKeyResolver, ViewerResolver];
