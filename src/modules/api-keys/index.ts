import type { Database } from '../../database';
import type { Pager } from '../../graphql/pager';
import { ApiKeyResolver } from './api-key.resolver';
import { ApiKeyService, type ApiKeyServiceDependencies } from './api-key.service';
import { ApiKeyStore } from './api-key.store';

export interface ApiKeyParts extends Omit<ApiKeyServiceDependencies, 'apiKeys'> {
  readonly database: Database;
  readonly pager: Pager;
}

export function createApiKeys({ database, pager, ...parts }: ApiKeyParts) {
  const service = new ApiKeyService({ ...parts, apiKeys: new ApiKeyStore(database) });
  return { service, resolvers: [new ApiKeyResolver(service, pager)] };
}
