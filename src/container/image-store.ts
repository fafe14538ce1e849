import type { Logger } from 'pino';
import type { Config } from '../config';
import type { System } from '../database/system';
import { S3Bucket } from '../infra/s3/s3-bucket';
import { claimBucket } from '../infra/s3/s3-claim';
import { S3ImageStore } from '../infra/s3/s3-image-store';
import { FileImageStore } from '../infra/storage/file-image-store';
import type { ImageStore } from '../ports/image-store';
import type { Closers } from './closers';

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
): Promise<ImageStore> {
  if (!config.s3) return new FileImageStore({ directory: config.imagesDir });
  const bucket = new S3Bucket(config.s3);
  closers.add('image store', () => bucket.close());
  const { keepsVersions } = await claimBucket(bucket, await system.deployment.id());
  if (keepsVersions) {
    logger.warn(
      { bucket: config.s3.bucket },
      'the bucket keeps versions: images that are deleted stay in it as old ones. Turn versioning off, or let a lifecycle rule end old versions after a day',
    );
  }
  return new S3ImageStore(bucket);
}
