import { S3ServiceException } from '@aws-sdk/client-s3';
import { DomainError, notFound } from '../../domain/errors';

const NO_ROOM: ReadonlySet<string> = new Set([
  'QuotaExceeded',
  'XMinioStorageFull',
  'XMinioAdminBucketQuotaExceeded',
  'InsufficientCapacity',
  'EntityTooLarge',
]);

/** What the store calls its refusal, or the network its fault: `NoSuchBucket`, `ECONNREFUSED`, `TimeoutError`. */
export function s3Code(error: unknown): string {
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  const said = error instanceof S3ServiceException ? name : (code ?? name);
  return typeof said === 'string' ? said : 'UNKNOWN';
}

/** Of the store's answer; undefined: it gave none. */
export function s3Status(error: unknown): number | undefined {
  const { $metadata: metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return metadata?.httpStatusCode;
}

/** Whether there is nothing under the key; of a missing bucket this is not said. */
export function isAbsent(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound'].includes(s3Code(error));
}

/** What a caller of the API is told. Which bucket it was, and where, is in the log by the cause. */
export function s3Error(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (isAbsent(error)) return notFound('image');
  const code = s3Code(error);
  if (NO_ROOM.has(code) || s3Status(error) === 507) {
    return new DomainError(
      'STORAGE_FULL',
      'There is no room left to store the image. Free space in the bucket or its quota, then try again.',
      { cause: error },
    );
  }
  return new DomainError(
    'DEPENDENCY_UNAVAILABLE',
    `The image store cannot answer (${code}). Try again later; its bucket, or the way to it, has to be looked at.`,
    { cause: error },
  );
}
