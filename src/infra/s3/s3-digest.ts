import { GetObjectCommand, HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import type { S3Bucket } from './s3-bucket';

type S3Object = ReturnType<S3Bucket['object']>;

/** What the store says of an object, with its digest. @throws what the SDK throws. */
export function headOf(bucket: S3Bucket, object: S3Object): Promise<HeadObjectCommandOutput> {
  return bucket.client.send(new HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' }), bucket.deadline());
}

/**
 * SHA-256 in hex: as the store tells it, which held it against what came; read from the bytes where it tells none.
 * @throws what the SDK throws.
 */
export async function digestOf(bucket: S3Bucket, object: S3Object, head: HeadObjectCommandOutput): Promise<string> {
  if (head.ChecksumSHA256 && head.ChecksumType !== 'COMPOSITE') {
    return Buffer.from(head.ChecksumSHA256, 'base64').toString('hex');
  }
  const command = new GetObjectCommand({ ...object, IfMatch: head.ETag });
  const { Body: body } = await bucket.client.send(command, bucket.deadline());
  const bytes = (await body?.transformToByteArray()) ?? new Uint8Array();
  return createHash('sha256').update(bytes).digest('hex');
}
