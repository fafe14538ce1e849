import type { Database } from '../../database';
import type { Pager } from '../../graphql/pager';
import { CollectionFacesResolver } from './face-counts.resolver';
import { FaceResolver, ImageResolver, PersonFacesResolver, type ImageAddresses } from './face.resolver';
import { FaceService, type FaceServiceDependencies } from './face.service';
import { FaceStore } from './face.store';

export interface FaceParts extends Omit<FaceServiceDependencies, 'faces'> {
  readonly database: Database;
  readonly pager: Pager;
  readonly addresses: ImageAddresses;
}

export function createFaces({ database, pager, addresses, ...parts }: FaceParts) {
  const store = new FaceStore(database);
  const service = new FaceService({ ...parts, faces: store });
  const resolvers = [
    new FaceResolver(service, pager, addresses),
    new ImageResolver(addresses),
    new PersonFacesResolver(service, pager),
    new CollectionFacesResolver(service),
  ];
  return { store, service, resolvers };
}
