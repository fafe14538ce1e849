import type { SupportedImageMime } from '../domain/image-format';

export type UploadState = 'PENDING' | 'RECEIVED';

export interface NewUpload {
  /** Exact size of the file. */
  readonly bytes: number;
  readonly mime: SupportedImageMime;
  /** 64 lower-case hex digits; null when the client did not say. */
  readonly sha256: string | null;
}

/** An address given out for bytes. Its image is in the ImageStore under `uploads/<tenantId>/<id>` once RECEIVED. */
export interface UploadRecord extends NewUpload {
  readonly id: string;
  readonly state: UploadState;
  readonly expiresAt: Date;
}
