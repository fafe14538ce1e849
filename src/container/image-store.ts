import type { Logger } from 'pino';
import type { Config } from '../config';
import type { S3Settings } from '../config/s3-settings';
import type { System } from '../database/system';
import { S3Bucket } from '../infra/s3/s3-bucket';
import { claimBucket } from '../infra/s3/s3-claim';
import { S3DirectUploads } from '../infra/s3/s3-direct-uploads';
import { S3ImageStore } from '../infra/s3/s3-image-store';
import { FileImageStore } from '../infra/storage/file-image-store';
import type { DirectUploads } from '../ports/direct-uploads';
import type { ImageStore } from '../ports/image-store';
import type { Closers } from './closers';

export interface OpenedImages {
  readonly images: ImageStore;
  /** null: all bytes come through this server. */
  readonly directUploads: DirectUploads | null;
}

/**
 * The store of images that the settings choose.
 * @throws DomainError CONFLICT (the bucket is another platform's), DEPENDENCY_UNAVAILABLE (no such bucket, refused
 * credentials, a wrong address), each with what to do. Nothing in it was touched then.
 */
export async function openImageStore(
  config: Pick<Config, 'imagesDir' | 's3'>,
  system: Pick<System, 'deployment'>,
  logger: Logger,
  closers: Closers,
): Promise<OpenedImages> {
  if (!config.s3) return { images: new FileImageStore({ directory: config.imagesDir }), directUploads: null };
  const bucket = new S3Bucket(config.s3);
  closers.add('image store', () => bucket.close());
  const { keepsVersions } = await claimBucket(bucket, await system.deployment.id());
  if (keepsVersions) {
    logger.warn(
      { bucket: config.s3.bucket },
      'the bucket keeps versions: images that are deleted stay in it as old ones. Turn versioning off, or let a lifecycle rule end old versions after a day',
    );
  }
  return { images: new S3ImageStore(bucket), directUploads: directUploadsOf(config.s3, bucket, closers) };
}

function directUploadsOf(s3: S3Settings, bucket: S3Bucket, closers: Closers): DirectUploads | null {
  if (s3.uploads === 'PROXIED') return null;
  if (s3.uploadEndpoint === undefined) return new S3DirectUploads(bucket, bucket);
  const outside = new S3Bucket({ ...s3, endpoint: s3.uploadEndpoint });
  closers.add('addresses of the image store', () => outside.close());
  return new S3DirectUploads(bucket, outside);
}
