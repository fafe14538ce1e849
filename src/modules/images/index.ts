import type { Database } from '../../database';
import type { Clock } from '../../ports/clock';
import type { ImageStore } from '../../ports/image-store';
import type { UrlFetcher } from '../../ports/url-fetcher';
import { DirectUploadService, type DirectUploadDependencies } from './direct-upload.service';
import { ImageAccessStore } from './image-access.store';
import { ImageLoader } from './image-loader.service';
import { UploadResolver, type UploadAddresses } from './upload.resolver';
import { UploadService } from './upload.service';
import { UploadStore } from './upload.store';

export interface ImageParts {
  readonly database: Database;
  readonly images: ImageStore;
  readonly urls: UrlFetcher;
  readonly clock: Clock;
  readonly addresses: UploadAddresses;
  readonly direct: DirectUploadService;
}

/** How long a place for an upload holds. */
const UPLOAD_TTL_MS = 24 * 3_600_000;

/** What gives out addresses of the store itself, and takes over what was sent there. */
export function createDirectUploads({
  database,
  ...parts
}: Omit<DirectUploadDependencies, 'uploads'> & { readonly database: Database }): DirectUploadService {
  return new DirectUploadService({ ...parts, uploads: new UploadStore(database) });
}

export function createImages({ database, images, urls, clock, addresses, direct }: ImageParts) {
  const uploads = new UploadStore(database);
  const service = new UploadService({ uploads, direct, clock, ttlMs: UPLOAD_TTL_MS });
  return {
    uploads,
    access: new ImageAccessStore(database),
    loader: new ImageLoader({ uploads, images, urls, direct, clock }),
    service,
    resolvers: [new UploadResolver(service, addresses, direct)],
  };
}
