import { badInput, DomainError, notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import { uploadKey } from '../../domain/image-keys';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { ImageStore } from '../../ports/image-store';
import type { UrlFetcher } from '../../ports/url-fetcher';
import type { DirectUploadService } from './direct-upload.service';
import type { UploadStore } from './upload.store';

/** Where an image comes from: exactly one of the three. */
export interface ImageSource {
  readonly uploadId?: string | null;
  readonly url?: string | null;
  /** Standard base64 of the file's bytes, at most 4 MB of them. */
  readonly base64?: string | null;
}

/** Decoded size; a larger image goes through `createUploads`. */
const MAX_BASE64_BYTES = 4 * 1024 * 1024;
export const MAX_IMAGE_BYTES = 15 * 1024 * 1024;

export interface ImageLoaderDependencies {
  readonly uploads: UploadStore;
  readonly images: ImageStore;
  readonly urls: UrlFetcher;
  readonly direct: Pick<DirectUploadService, 'receive'>;
  readonly clock: Clock;
}

/** @throws DomainError BAD_USER_INPUT unless exactly one source is given. */
export function assertOneSource(source: ImageSource, path: string): void {
  const given = [source.uploadId, source.url, source.base64].filter((value) => value !== undefined && value !== null);
  if (given.length !== 1) throw badInput({ path, rule: 'must have exactly one of uploadId, url and base64' });
}

/** @throws DomainError BAD_USER_INPUT (not base64), IMAGE_TOO_LARGE (> 4 MB). */
export function decodeBase64(text: string, path: string): Buffer {
  if (text.length > Math.ceil(MAX_BASE64_BYTES / 3) * 4 + 4) {
    throw new DomainError(
      'IMAGE_TOO_LARGE',
      'A base64 image may hold at most 4 MB. Send larger ones through createUploads.',
    );
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || text.length % 4 !== 0) {
    throw badInput({ path, rule: 'must be standard base64 without line breaks or a data: prefix' });
  }
  return Buffer.from(text, 'base64');
}

/** For sentences about an image: of an animation only a part was looked at. */
export function whatWasSeen({ firstFrameOnly }: { readonly firstFrameOnly: boolean }, image: string): string {
  return firstFrameOnly ? `the first frame of ${image}, the only one that is looked at` : image;
}

/** Bytes of an image that a request names, for requests that do not keep it. */
export class ImageLoader {
  constructor(private readonly deps: ImageLoaderDependencies) {}

  /** @throws DomainError BAD_USER_INPUT, NOT_FOUND, UPLOAD_EXPIRED, URL_REFUSED, IMAGE_TOO_LARGE. */
  async load(scope: TenantScope, source: ImageSource, path: string, signal?: AbortSignal): Promise<Uint8Array> {
    assertOneSource(source, path);
    const { base64, url } = source;
    if (base64 !== null && base64 !== undefined) return decodeBase64(base64, `${path}.base64`);
    if (url !== null && url !== undefined) {
      return (
        await this.deps.urls.fetch(url, {
          maxBytes: MAX_IMAGE_BYTES,
          party: scope.tenantId,
          ...(signal ? { signal } : {}),
        })
      ).bytes;
    }
    return this.loadUpload(scope, source.uploadId ?? '');
  }

  private async loadUpload(scope: TenantScope, uploadId: string): Promise<Uint8Array> {
    const find = () => this.deps.uploads.find(scope, uploadId);
    let upload = isId(uploadId) ? await find() : null;
    if (upload?.state === 'PENDING' && upload.apiKeyId !== null) {
      const refused = (await this.deps.direct.receive(scope, [uploadId])).refused.get(uploadId);
      if (refused) throw refused;
      upload = await find();
    }
    if (!upload) throw notFound('upload');
    if (upload.expiresAt <= this.deps.clock.now()) {
      throw new DomainError('UPLOAD_EXPIRED', 'This upload has expired. Make a new one with createUploads.');
    }
    if (upload.state !== 'RECEIVED') {
      throw new DomainError('CONFLICT', 'No image has been sent to this upload yet. PUT its bytes to its url first.');
    }
    return this.deps.images.get(uploadKey(scope, uploadId));
  }
}
