import { GetBucketVersioningCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DomainError } from '../../domain/errors';
import type { S3Bucket } from './s3-bucket';
import { isAbsent, s3Code, s3Status } from './s3-errors';

/** The object that says whose images these are. */
const MARK = 'likeness.json';

const REFUSED: ReadonlySet<string> = new Set([
  'AccessDenied',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'XAdminUserNotFound',
]);
const ELSEWHERE: ReadonlySet<string> = new Set(['AuthorizationHeaderMalformed', 'PermanentRedirect']);

/**
 * Sees that the bucket is there and may be read and written, and that it is this deployment's: a mark is left where none is.
 *
 * @returns whether the store keeps old versions of what is deleted, as far as it tells.
 * @throws DomainError CONFLICT when it is another deployment's, DEPENDENCY_UNAVAILABLE for all else that keeps it from serving.
 */
export async function claimBucket(
  bucket: S3Bucket,
  deploymentId: string,
): Promise<{ readonly keepsVersions: boolean }> {
  try {
    const owner = (await readMark(bucket)) ?? (await writeMark(bucket, deploymentId));
    if (owner !== deploymentId) throw anothers(bucket, owner, deploymentId);
    return { keepsVersions: await keepsVersions(bucket) };
  } catch (error) {
    throw error instanceof DomainError ? error : refusalOf(error, bucket);
  }
}

/** @returns null where none is. */
async function readMark(bucket: S3Bucket): Promise<string | null> {
  try {
    const { Body: body } = await bucket.client.send(new GetObjectCommand(bucket.object(MARK)), bucket.deadline());
    return ownerIn((await body?.transformToString()) ?? '', bucket);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** @returns whose it is now: of two that start at once, the first one's. */
async function writeMark(bucket: S3Bucket, deploymentId: string): Promise<string> {
  const command = new PutObjectCommand({
    ...bucket.object(MARK),
    ...bucket.encryption,
    Body: JSON.stringify({ deployment: deploymentId }),
    ContentType: 'application/json',
    IfNoneMatch: '*',
  });
  try {
    await bucket.client.send(command, bucket.deadline());
  } catch (error) {
    if (s3Status(error) !== 409 && s3Status(error) !== 412) throw error;
  }
  const owner = await readMark(bucket);
  if (owner === null) throw notS3(bucket, 'what is put there is not there');
  return owner;
}

function ownerIn(text: string, bucket: S3Bucket): string {
  const found = /^\{"deployment":"([0-9a-f-]{36})"\}$/.exec(text.trim())?.[1];
  if (found === undefined) throw notS3(bucket, `its object ${MARK} is none of ours`);
  return found;
}

/** Something answers, and it is no such store. */
function notS3(bucket: S3Bucket, why: string, cause?: unknown): DomainError {
  const sentence = `The ${bucket.place} does not answer as S3 does (${why}). Correct LIKENESS_S3_ENDPOINT.`;
  return new DomainError('DEPENDENCY_UNAVAILABLE', sentence, { cause });
}

/** Many a store does not know the question, and a key may not be allowed to ask it. */
async function keepsVersions(bucket: S3Bucket): Promise<boolean> {
  try {
    const command = new GetBucketVersioningCommand({ Bucket: bucket.name });
    return (await bucket.client.send(command, bucket.deadline())).Status === 'Enabled';
  } catch {
    return false;
  }
}

function anothers(bucket: S3Bucket, owner: string, deploymentId: string): DomainError {
  return new DomainError(
    'CONFLICT',
    `The ${bucket.place} holds the images of another Likeness (deployment ${owner}; this database is of ${deploymentId}). Name another LIKENESS_S3_BUCKET or LIKENESS_S3_PREFIX, or correct DATABASE_URL. Only if these images are to be this one's, delete the object ${bucket.object(MARK).Key} there.`,
  );
}

function refusalOf(cause: unknown, bucket: S3Bucket): DomainError {
  const code = s3Code(cause);
  const say = (sentence: string): DomainError => new DomainError('DEPENDENCY_UNAVAILABLE', sentence, { cause });
  if (code === 'NoSuchBucket') return say(`There is no ${bucket.place}. Make it, or correct LIKENESS_S3_BUCKET.`);
  if (code === 'CredentialsProviderError') {
    return say(
      `No credentials were found for the ${bucket.place}. Set LIKENESS_S3_ACCESS_KEY_ID and LIKENESS_S3_SECRET_ACCESS_KEY, or give the AWS SDK what it looks for.`,
    );
  }
  if (REFUSED.has(code) || s3Status(cause) === 401 || s3Status(cause) === 403) {
    return say(
      `The ${bucket.place} refuses the credentials (${code}). Correct LIKENESS_S3_ACCESS_KEY_ID and LIKENESS_S3_SECRET_ACCESS_KEY, or let them read, write, list and delete there.`,
    );
  }
  if (ELSEWHERE.has(code) || s3Status(cause) === 301) {
    return say(`The ${bucket.place} is in another region (${code}). Correct LIKENESS_S3_REGION.`);
  }
  if (s3Status(cause) === undefined && !/^HPE_/.test(code)) {
    return say(
      `The ${bucket.place} cannot be reached (${code}). Start the store, or correct LIKENESS_S3_ENDPOINT${bucket.isRegional ? ' or LIKENESS_S3_REGION' : ''}.`,
    );
  }
  return notS3(bucket, code, cause);
}
