import type { Database } from '../../database';
import type { Pager } from '../../graphql/pager';
import { DeletionStore } from '../deletion/deletion.store';
import { TenantResolver } from './tenant.resolver';
import { TenantService, type TenantServiceDependencies } from './tenant.service';

export interface TenantParts extends Omit<TenantServiceDependencies, 'onTenantDeleted'> {
  readonly database: Database;
  readonly pager: Pager;
}

export function createTenants({ database, pager, ...parts }: TenantParts) {
  const deletions = new DeletionStore(database);
  const service = new TenantService({
    ...parts,
    onTenantDeleted: (scope) => deletions.requestTenantDeletion(scope),
  });
  return { service, resolvers: [new TenantResolver(service, pager)] };
}
