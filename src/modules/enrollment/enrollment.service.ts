import { DomainError, notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import { uploadKey } from '../../domain/image-keys';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { ImageStore } from '../../ports/image-store';
import type { JobRecord } from '../../records/job';
import type { DirectUploadService } from '../images/direct-upload.service';
import { checkRequest, type EnrollFacesCommand, type InlineImage } from './enrollment-request';
import type { EnrollmentStore } from './enrollment.store';

export interface EnrollmentServiceDependencies {
  readonly enrollments: EnrollmentStore;
  readonly images: Pick<ImageStore, 'put' | 'delete'>;
  readonly direct: Pick<DirectUploadService, 'receive'>;
  readonly clock: Clock;
}

/** Bytes that came with a request wait at most this long for their job; a sweep removes them then. */
const INLINE_TTL_MS = 24 * 3_600_000;

/** Accepts enrolments; the work itself is the job of `enrollment.kind`. */
export class EnrollmentService {
  constructor(private readonly deps: EnrollmentServiceDependencies) {}

  /**
   * Writes the job and answers at once. An item whose upload cannot be used is FAILED in the job; everything else that
   * is wrong with the request refuses the whole of it.
   *
   * @param apiKeyId of the key that its use is counted to; null: the tenant alone.
   * @returns the job; the earlier one when this token came with the same input before.
   * @throws DomainError BAD_USER_INPUT, IMAGE_TOO_LARGE, NOT_FOUND (collection), IDEMPOTENT_PARAMETER_MISMATCH (the token
   * came with other input), STORAGE_FULL, DEPENDENCY_UNAVAILABLE.
   */
  async enroll(
    scope: TenantScope,
    command: EnrollFacesCommand,
    requestId: string,
    apiKeyId: string | null = null,
  ): Promise<JobRecord> {
    if (!isId(command.collectionId)) throw notFound('collection');
    const request = await checkRequest(command);
    const token = command.clientRequestToken ?? null;
    const earlier = token === null ? null : await this.findEarlier(scope, token, request.digest);
    if (earlier) return earlier;
    const inline = new Set(request.inline.map((image) => image.uploadId));
    const uploadIds = request.items.flatMap(({ source }) => (source.kind === 'UPLOAD' ? [source.uploadId] : []));
    const { refused: refusedUploads } = await this.deps.direct.receive(
      scope,
      uploadIds.filter((id) => !inline.has(id)),
    );
    await this.storeInline(scope, request.inline);
    const created = await this.deps.enrollments
      .create(scope, {
        collectionId: command.collectionId,
        items: request.items,
        maxFaces: command.maxFaces ?? 100,
        qualityFilter: command.qualityFilter ?? null,
        onKnownElsewhere: command.onKnownElsewhere ?? 'ALLOW',
        clientRequestToken: token,
        requestDigest: request.digest,
        requestId,
        apiKeyId,
        reservedUploadIds: request.inline.map((image) => image.uploadId),
        refusedUploads,
        now: this.deps.clock.now(),
      })
      .catch((error: unknown) => this.dropRefused(scope, request.inline, error));
    if (created) return created;
    // Another request with this token came between; the images stored for this one expire.
    const winner = token === null ? null : await this.findEarlier(scope, token, request.digest);
    if (winner) return winner;
    // The token is of a collection that a bound key does not see.
    if (scope.collectionIds) throw otherInput();
    throw new DomainError('CONFLICT', 'The job of this token was deleted just now. Repeat the request.');
  }

  private async findEarlier(scope: TenantScope, token: string, digest: Uint8Array): Promise<JobRecord | null> {
    const earlier = await this.deps.enrollments.findByToken(scope, token);
    if (!earlier) return null;
    if (Buffer.compare(earlier.requestDigest, digest) === 0) return earlier.job;
    throw otherInput();
  }

  /** Rows first: an object whose request died is found by its row and swept. */
  private async storeInline(scope: TenantScope, inline: readonly InlineImage[]): Promise<void> {
    if (inline.length === 0) return;
    const expiresAt = new Date(this.deps.clock.now().getTime() + INLINE_TTL_MS);
    await this.deps.enrollments.reserveUploads(
      scope,
      inline.map(({ uploadId, bytes, mime, sha256 }) => ({
        id: uploadId,
        bytes: bytes.length,
        mime,
        sha256,
        expiresAt,
      })),
    );
    for (const { uploadId, bytes, mime } of inline) {
      await this.deps.images.put(uploadKey(scope, uploadId), bytes, mime);
    }
  }

  /** What was refused for certain leaves no bytes behind; after any other fault the job may have been written. */
  private async dropRefused(scope: TenantScope, inline: readonly InlineImage[], error: unknown): Promise<never> {
    if (error instanceof DomainError && (error.code === 'NOT_FOUND' || error.code === 'QUOTA_EXCEEDED')) {
      for (const { uploadId } of inline) await this.deps.images.delete(uploadKey(scope, uploadId));
    }
    throw error;
  }
}

function otherInput(): DomainError {
  return new DomainError(
    'IDEMPOTENT_PARAMETER_MISMATCH',
    'This clientRequestToken was used with other input. Use a new token for a new request.',
  );
}
