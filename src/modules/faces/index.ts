import type { Database } from '../../database';
import type { Pager } from '../../graphql/pager';
import { NamingStore } from '../curation/naming.store';
import { CollectionFacesResolver } from './face-counts.resolver';
import { FaceResolver, PersonFacesResolver, type ImageAddresses } from './face.resolver';
import { FaceService, type FaceServiceDependencies } from './face.service';
import { FaceStore } from './face.store';
import { ImageResolver } from './image.resolver';
import { ImageService } from './image.service';
import { EnrolledImageStore } from './image.store';

export interface FaceParts extends Omit<FaceServiceDependencies, 'faces' | 'namings'> {
  readonly database: Database;
  readonly pager: Pager;
  readonly addresses: ImageAddresses;
}

export function createFaces({ database, pager, addresses, ...parts }: FaceParts) {
  const store = new FaceStore(database);
  const service = new FaceService({ ...parts, faces: store, namings: new NamingStore(database) });
  const images = new ImageService(new EnrolledImageStore(database));
  const resolvers = [
    new FaceResolver(service, pager, addresses),
    new ImageResolver(images, service, pager, addresses),
    new PersonFacesResolver(service, pager),
    new CollectionFacesResolver(service),
  ];
  return { store, service, images, resolvers };
}
