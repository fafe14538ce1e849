import { S3Client, type PutObjectCommandInput, type S3ClientConfig } from '@aws-sdk/client-s3';

export interface S3Options {
  readonly bucket: string;
  /** Of a store that is not Amazon's, as this server reaches it. @default Amazon's, by the region */
  readonly endpoint?: string | undefined;
  /** @default us-east-1 */
  readonly region?: string | undefined;
  /** `https://host/bucket/key` in place of `https://bucket.host/key`. @default true where an endpoint is given */
  readonly pathStyle?: boolean | undefined;
  /** What the names of our objects begin with: no slash at either end. @default '' */
  readonly prefix?: string | undefined;
  /** @default what the SDK finds: its own environment variables, its files, the machine's or the container's role */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** How the store encrypts what lies in it. @default as the bucket says */
  readonly encryption?: S3Encryption | undefined;
  /** How long one call may take, with all retries. @default 15000 */
  readonly deadlineMs?: number | undefined;
}

export interface S3Encryption {
  readonly algorithm: 'AES256' | 'aws:kms';
  /** Of `aws:kms`. @default the bucket's own */
  readonly kmsKeyId?: string | undefined;
}

const CONNECT_MS = 2_000;
const ATTEMPTS = 3;

/** One bucket, or the part of it below a prefix. */
export class S3Bucket {
  readonly client: S3Client;
  readonly name: string;
  private readonly root: string;

  constructor(private readonly options: S3Options) {
    this.client = clientOf(options);
    this.name = options.bucket;
    this.root = options.prefix ? `${options.prefix}/` : '';
  }

  /** For sentences. */
  get place(): string {
    const { endpoint, region, prefix } = this.options;
    const below = prefix ? ` below ${prefix}/` : '';
    return `bucket ${this.name}${below} at ${endpoint ?? `Amazon S3 in ${region ?? 'us-east-1'}`}`;
  }

  /** Whether the region alone says where it is. */
  get isRegional(): boolean {
    return this.options.endpoint === undefined;
  }

  /** Scheme, host and port of its addresses. */
  get origin(): string {
    const { endpoint, region, pathStyle } = this.options;
    const { protocol, host } = new URL(endpoint ?? `https://s3.${region ?? 'us-east-1'}.amazonaws.com`);
    const isPath = pathStyle ?? endpoint !== undefined;
    return `${protocol}//${isPath ? '' : `${this.name}.`}${host}`;
  }

  /** The encryption as whoever writes by an address has to ask for it. */
  get encryptionHeaders(): Readonly<Record<string, string>> {
    const { ServerSideEncryption: algorithm, SSEKMSKeyId: keyId } = this.encryption;
    return {
      ...(algorithm ? { 'x-amz-server-side-encryption': algorithm } : {}),
      ...(keyId ? { 'x-amz-server-side-encryption-aws-kms-key-id': keyId } : {}),
    };
  }

  /** What names an object in every call. */
  object(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.name, Key: this.root + key };
  }

  /** @returns null for what is not ours. */
  keyOf(name: string | undefined): string | null {
    return name?.startsWith(this.root) ? name.slice(this.root.length) : null;
  }

  /** As a copy names what it copies. */
  sourceOf(key: string): string {
    return `${this.name}/${encodeURIComponent(this.root + key)}`;
  }

  /** What every object that is written is written with. */
  get encryption(): Pick<PutObjectCommandInput, 'ServerSideEncryption' | 'SSEKMSKeyId'> {
    const { encryption } = this.options;
    if (!encryption) return {};
    return {
      ServerSideEncryption: encryption.algorithm,
      ...(encryption.kmsKeyId ? { SSEKMSKeyId: encryption.kmsKeyId } : {}),
    };
  }

  /** Ends a call that takes too long; a new one for each. */
  deadline(): { readonly abortSignal: AbortSignal } {
    return { abortSignal: AbortSignal.timeout(this.options.deadlineMs ?? 15_000) };
  }

  close(): void {
    this.client.destroy();
  }
}

function clientOf({ endpoint, region, pathStyle, credentials }: S3Options): S3Client {
  const config: S3ClientConfig = {
    region: region ?? 'us-east-1',
    forcePathStyle: pathStyle ?? endpoint !== undefined,
    maxAttempts: ATTEMPTS,
    // Stores that are not Amazon's may not know the newer checksums; ours is a SHA-256 that we send ourselves.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_MS },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials ? { credentials } : {}),
  };
  return new S3Client(config);
}
