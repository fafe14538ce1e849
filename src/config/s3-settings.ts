import type { Environment } from './environment';
import type { Problem } from './settings-file';

/** The bucket that images lie in, and how it is reached. */
export interface S3Settings {
  readonly bucket: string;
  readonly endpoint: string | undefined;
  /** Whether clients send files to the bucket themselves. */
  readonly uploads: 'DIRECT' | 'PROXIED';
  /** Where clients reach the bucket; undefined: where this server does. */
  readonly uploadEndpoint: string | undefined;
  readonly region: string;
  readonly prefix: string | undefined;
  readonly pathStyle: boolean | undefined;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  readonly encryption: { readonly algorithm: 'AES256' | 'aws:kms'; readonly kmsKeyId?: string | undefined } | undefined;
}

/** @returns undefined where no bucket is named. */
export function s3Of(env: Environment): S3Settings | undefined {
  if (!env.LIKENESS_S3_BUCKET) return undefined;
  const { LIKENESS_S3_ACCESS_KEY_ID: accessKeyId, LIKENESS_S3_SECRET_ACCESS_KEY: secretAccessKey } = env;
  return {
    bucket: env.LIKENESS_S3_BUCKET,
    endpoint: env.LIKENESS_S3_ENDPOINT,
    uploads: env.LIKENESS_S3_UPLOADS === 'proxied' ? 'PROXIED' : 'DIRECT',
    uploadEndpoint: env.LIKENESS_S3_UPLOAD_ENDPOINT,
    region: env.LIKENESS_S3_REGION,
    prefix: env.LIKENESS_S3_PREFIX,
    pathStyle: env.LIKENESS_S3_PATH_STYLE === undefined ? undefined : env.LIKENESS_S3_PATH_STYLE === 'true',
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
    encryption: env.LIKENESS_S3_ENCRYPTION && {
      algorithm: env.LIKENESS_S3_ENCRYPTION,
      kmsKeyId: env.LIKENESS_S3_KMS_KEY_ID,
    },
  };
}

/** Settings of a bucket that is not named, and halves of pairs. */
export function s3Problems(env: Environment): Problem[] {
  const problems: Problem[] = [];
  const { LIKENESS_S3_ACCESS_KEY_ID: id, LIKENESS_S3_SECRET_ACCESS_KEY: secret } = env;
  if (!env.LIKENESS_S3_BUCKET && (env.LIKENESS_S3_ENDPOINT || env.LIKENESS_S3_PREFIX || id || secret)) {
    problems.push({ setting: 'LIKENESS_S3_BUCKET', rule: 'must be set where other settings of S3 are' });
  }
  if (Boolean(id) !== Boolean(secret)) {
    problems.push({
      setting: id ? 'LIKENESS_S3_SECRET_ACCESS_KEY' : 'LIKENESS_S3_ACCESS_KEY_ID',
      rule: 'must be set too: the two are given together or not at all',
    });
  }
  if (env.LIKENESS_S3_KMS_KEY_ID && env.LIKENESS_S3_ENCRYPTION !== 'aws:kms') {
    problems.push({ setting: 'LIKENESS_S3_ENCRYPTION', rule: 'must be aws:kms where LIKENESS_S3_KMS_KEY_ID is set' });
  }
  return problems;
}
