import type { Database } from '../../database';
import { ReembeddingResolver } from './reembedding.resolver';
import { ReembeddingService, type ReembeddingServiceDependencies } from './reembedding.service';
import { ReembeddingStore } from './reembedding.store';

export interface ReembeddingParts extends Omit<ReembeddingServiceDependencies, 'reembeddings'> {
  readonly database: Database;
}

/** Its acceptance; the work is made by `createReembeddingHandler`. */
export function createReembedding({ database, ...parts }: ReembeddingParts) {
  const service = new ReembeddingService({ ...parts, reembeddings: new ReembeddingStore(database) });
  return { service, resolvers: [new ReembeddingResolver(service)] };
}
