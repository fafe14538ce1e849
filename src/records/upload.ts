import type { SupportedImageMime } from '../domain/image-format';

export type UploadState = 'PENDING' | 'RECEIVED';

/** ENROLL: it may be searched with, too. SEARCH: it is never enrolled. */
export const UPLOAD_PURPOSES = ['ENROLL', 'SEARCH'] as const;
export type UploadPurpose = (typeof UPLOAD_PURPOSES)[number];

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
  /** The key that an address of the store itself was given to; null: its bytes come through the server. */
  readonly apiKeyId: string | null;
}

/** An upload with an address of the store itself. */
export type SentUpload = UploadRecord & { readonly apiKeyId: string };
