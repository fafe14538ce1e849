import type { Database } from '../../database';
import type { Pager } from '../../graphql/pager';
import { CelebrityResolver, type CoverAddresses } from './celebrity.resolver';
import { CelebrityService, type CelebrityServiceDependencies } from './celebrity.service';
import { GrantedGalleryStore } from './granted-gallery.store';
import { SharedGalleryResolver } from './shared-gallery.resolver';
import { SharedGalleryService } from './shared-gallery.service';
import { SharedGalleryStore } from './shared-gallery.store';

export interface SharingParts extends Omit<CelebrityServiceDependencies, 'granted'> {
  readonly database: Database;
  readonly pager: Pager;
  readonly addresses: CoverAddresses;
}

export function createSharing({ database, pager, addresses, ...parts }: SharingParts) {
  const granted = new GrantedGalleryStore(database);
  const service = new SharedGalleryService(new SharedGalleryStore(database), granted);
  const celebrities = new CelebrityService({ ...parts, granted });
  return {
    granted,
    resolvers: [new SharedGalleryResolver(service, pager), new CelebrityResolver(celebrities, addresses)],
  };
}
