import {
  CopyObjectCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { partsOfImageKey, quarantineKey } from '../../domain/image-keys';
import type { DirectAddress, DirectUpload, DirectUploads } from '../../ports/direct-uploads';
import type { S3Bucket } from './s3-bucket';
import { digestOf, headOf } from './s3-digest';
import { isAbsent, s3Error, s3Status } from './s3-errors';

const ADDRESS_SECONDS = 300;

/** Addresses of the bucket itself, signed for one PUT each, below `quarantine/`. */
export class S3DirectUploads implements DirectUploads {
  readonly origin: string;

  /**
   * @param bucket as this server reaches it.
   * @param outside the same bucket as clients reach it.
   */
  constructor(
    private readonly bucket: S3Bucket,
    private readonly outside: S3Bucket,
  ) {
    this.origin = outside.origin;
  }

  async address({ key, bytes, mime, sha256 }: DirectUpload): Promise<DirectAddress> {
    const command = new PutObjectCommand({
      ...this.outside.object(quarantined(key)),
      ...this.outside.encryption,
      ContentLength: bytes,
      ContentType: mime,
      ChecksumSHA256: base64Of(sha256),
      IfNoneMatch: '*',
    });
    const headers = {
      'content-type': mime,
      'if-none-match': '*',
      'x-amz-checksum-sha256': base64Of(sha256),
      ...this.outside.encryptionHeaders,
    };
    const expiresAt = new Date(Date.now() + ADDRESS_SECONDS * 1_000);
    const url = await getSignedUrl(this.outside.client, command, {
      expiresIn: ADDRESS_SECONDS,
      // Browsers send the length by themselves. As headers, not in the address, every store looks at all of them.
      signableHeaders: new Set(['content-length', ...Object.keys(headers)]),
      unhoistableHeaders: new Set(Object.keys(headers)),
    });
    return { url, headers, expiresAt };
  }

  async take(upload: DirectUpload): Promise<boolean> {
    const source = quarantined(upload.key);
    try {
      const head = await headOf(this.bucket, this.bucket.object(source));
      const isIt =
        head.ContentLength === upload.bytes &&
        (await digestOf(this.bucket, this.bucket.object(source), head)) === upload.sha256;
      if (!isIt) {
        await this.discard(upload.key);
        return false;
      }
      const copy = new CopyObjectCommand({
        ...this.bucket.object(upload.key),
        ...this.bucket.encryption,
        CopySource: this.bucket.sourceOf(source),
        CopySourceIfMatch: head.ETag,
        MetadataDirective: 'REPLACE',
        ContentType: upload.mime,
        ChecksumAlgorithm: 'SHA256',
      });
      await this.bucket.client.send(copy, this.bucket.deadline());
      return true;
    } catch (error) {
      // Nothing was sent, or another call took it over meanwhile.
      if (isAbsent(error) || s3Status(error) === 412) return false;
      throw s3Error(error);
    }
  }

  async discard(key: string): Promise<void> {
    await this.remove(quarantined(key));
  }

  async discardBefore(time: Date): Promise<number> {
    const { Bucket, Key: Prefix } = this.bucket.object('quarantine/');
    let removed = 0;
    for (let token: string | undefined; ;) {
      const command = new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken: token });
      const page: ListObjectsV2CommandOutput = await this.bucket.client.send(command, this.bucket.deadline());
      for (const { Key: name, LastModified: sentAt } of page.Contents ?? []) {
        const key = this.bucket.keyOf(name);
        if (!key || !sentAt || sentAt >= time) continue;
        await this.remove(key);
        removed += 1;
      }
      token = page.NextContinuationToken;
      if (!page.IsTruncated || token === undefined) return removed;
    }
  }

  private async remove(key: string): Promise<void> {
    try {
      await this.bucket.client.send(new DeleteObjectCommand(this.bucket.object(key)), this.bucket.deadline());
    } catch (error) {
      throw s3Error(error);
    }
  }
}

const base64Of = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

function quarantined(key: string): string {
  const { tenantId, id } = partsOfImageKey(key);
  return quarantineKey({ tenantId }, id);
}
