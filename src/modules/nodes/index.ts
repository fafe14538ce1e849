import type { Database } from '../../database';
import type { ApiKeyService } from '../api-keys/api-key.service';
import type { CollectionService } from '../collections/collection.service';
import type { FaceService } from '../faces/face.service';
import type { ImageService } from '../faces/image.service';
import { presentJob } from '../jobs/job.presenter';
import type { JobService } from '../jobs/job.service';
import type { PersonService } from '../persons/person.service';
import type { TenantService } from '../tenants/tenant.service';
import type { NodeReaders } from './node-types';
import { NodeResolver } from './node.resolver';
import { NodeService } from './node.service';
import { NodeStore } from './node.store';

export interface NodeParts {
  readonly database: Database;
  readonly collections: Pick<CollectionService, 'find'>;
  readonly persons: Pick<PersonService, 'find'>;
  readonly faces: Pick<FaceService, 'find'>;
  readonly images: Pick<ImageService, 'find'>;
  readonly jobs: Pick<JobService, 'find'>;
  readonly apiKeys: Pick<ApiKeyService, 'findMany'>;
  readonly tenants: Pick<TenantService, 'find'>;
}

export function createNodes(parts: NodeParts) {
  const { database, collections, persons, faces, images, jobs, apiKeys, tenants } = parts;
  const readers: NodeReaders = {
    Collection: { scope: 'READ', find: (scope, id) => collections.find(scope, { id }) },
    Person: { scope: 'READ', find: (scope, id) => persons.find(scope, id) },
    Face: { scope: 'READ', find: (scope, id) => faces.find(scope, id) },
    Image: { scope: 'READ', find: (scope, id) => images.find(scope, id) },
    Job: {
      scope: 'READ',
      find: async (scope, id) => {
        const job = await jobs.find(scope, id);
        return job && presentJob(job);
      },
    },
    ApiKey: { scope: 'ADMIN', find: async (scope, id) => (await apiKeys.findMany(scope, [id]))[0] ?? null },
  };
  const nodes = new NodeStore(database);
  const service = new NodeService({ nodes, readers, findTenant: (id) => tenants.find(id) });
  return { service, resolvers: [new NodeResolver(service)] };
}
