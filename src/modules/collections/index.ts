import type { Database } from '../../database';
import type { Pager } from '../../graphql/pager';
import { CollectionResolver } from './collection.resolver';
import { CollectionService, type CollectionServiceDependencies } from './collection.service';
import { CollectionStore } from './collection.store';

export interface CollectionParts extends Omit<CollectionServiceDependencies, 'collections'> {
  readonly database: Database;
  readonly pager: Pager;
}

export function createCollections({ database, pager, ...parts }: CollectionParts) {
  const service = new CollectionService({ ...parts, collections: new CollectionStore(database) });
  return { service, resolvers: [new CollectionResolver(service, pager)] };
}
