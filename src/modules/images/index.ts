import type { Database } from '../../database';
import type { Clock } from '../../ports/clock';
import type { ImageStore } from '../../ports/image-store';
import type { UrlFetcher } from '../../ports/url-fetcher';
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
}

/** How long a place for an upload holds. */
const UPLOAD_TTL_MS = 24 * 3_600_000;

export function createImages({ database, images, urls, clock, addresses }: ImageParts) {
  const uploads = new UploadStore(database);
  const service = new UploadService({ uploads, clock, ttlMs: UPLOAD_TTL_MS });
  return {
    uploads,
    access: new ImageAccessStore(database),
    loader: new ImageLoader({ uploads, images, urls, clock }),
    service,
    resolvers: [new UploadResolver(service, addresses)],
  };
}
