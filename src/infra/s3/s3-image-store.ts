import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { partsOfImageKey, partsOfImagePrefix } from '../../domain/image-keys';
import { isId } from '../../domain/ids';
import type { ImageStore } from '../../ports/image-store';
import type { S3Bucket } from './s3-bucket';
import { digestOf, headOf } from './s3-digest';
import { isAbsent, s3Error } from './s3-errors';

/** Images as objects `<prefix>/<kind>/<tenantId>/<id>` of one bucket. The store itself writes whole or not at all. */
export class S3ImageStore implements ImageStore {
  constructor(private readonly bucket: S3Bucket) {}

  /** With its digest, which the store holds against what it received. */
  async put(key: string, bytes: Uint8Array, mime: string): Promise<void> {
    const command = new PutObjectCommand({
      ...this.objectOf(key),
      ...this.bucket.encryption,
      Body: bytes,
      ContentLength: bytes.length,
      ContentType: mime,
      ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
    });
    await this.asked(() => this.bucket.client.send(command, this.bucket.deadline()));
  }

  async copy(from: string, to: string, mime: string): Promise<void> {
    partsOfImageKey(from);
    const command = new CopyObjectCommand({
      ...this.objectOf(to),
      ...this.bucket.encryption,
      CopySource: this.bucket.sourceOf(from),
      MetadataDirective: 'REPLACE',
      ContentType: mime,
      ChecksumAlgorithm: 'SHA256',
    });
    await this.asked(() => this.bucket.client.send(command, this.bucket.deadline()));
  }

  async get(key: string): Promise<Uint8Array> {
    const command = new GetObjectCommand(this.objectOf(key));
    return this.asked(async () => {
      const { Body: body } = await this.bucket.client.send(command, this.bucket.deadline());
      if (!body) throw new Error('The image store answered without a body');
      return body.transformToByteArray();
    });
  }

  async digest(key: string): Promise<string | null> {
    const { bucket } = this;
    try {
      return await digestOf(bucket, bucket.object(key), await headOf(bucket, this.objectOf(key)));
    } catch (error) {
      if (isAbsent(error)) return null;
      throw s3Error(error);
    }
  }

  async delete(key: string): Promise<void> {
    const command = new DeleteObjectCommand(this.objectOf(key));
    await this.asked(() => this.bucket.client.send(command, this.bucket.deadline()));
  }

  async *list(prefix: string): AsyncIterable<string> {
    partsOfImagePrefix(prefix);
    const { Bucket, Key } = this.bucket.object(`${prefix}/`);
    for (let token: string | undefined; ;) {
      const command = new ListObjectsV2Command({ Bucket, Prefix: Key, ContinuationToken: token });
      const page: ListObjectsV2CommandOutput = await this.asked(() =>
        this.bucket.client.send(command, this.bucket.deadline()),
      );
      for (const { Key: name } of page.Contents ?? []) {
        const key = this.bucket.keyOf(name);
        if (key && isId(key.slice(prefix.length + 1))) yield key;
      }
      token = page.NextContinuationToken;
      if (!page.IsTruncated || token === undefined) return;
    }
  }

  async ping(): Promise<void> {
    const command = new HeadBucketCommand({ Bucket: this.bucket.name });
    await this.asked(() => this.bucket.client.send(command, this.bucket.deadline()));
  }

  private objectOf(key: string): { readonly Bucket: string; readonly Key: string } {
    partsOfImageKey(key);
    return this.bucket.object(key);
  }

  /** @throws DomainError, whatever the SDK throws. */
  private async asked<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw s3Error(error);
    }
  }
}
