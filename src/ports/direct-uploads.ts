import type { SupportedImageMime } from '../domain/image-format';

/** What is sent: its address is good for these bytes alone. */
export interface DirectUpload {
  /** `uploads/<tenantId>/<id>`, where the bytes are once they were taken over. */
  readonly key: string;
  readonly bytes: number;
  readonly mime: SupportedImageMime;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
}

export interface DirectAddress {
  readonly url: string;
  /** To be sent along as they are; each is signed. */
  readonly headers: Readonly<Record<string, string>>;
  /** Until when a PUT may begin. */
  readonly expiresAt: Date;
}

/** An image store that clients may send bytes to themselves. They lie apart until they are taken over. */
export interface DirectUploads {
  /** Scheme, host and port that pages must be let to. */
  readonly origin: string;
  /** Signed for one PUT of these bytes, to where nothing is yet. */
  address(upload: DirectUpload): Promise<DirectAddress>;
  /**
   * Puts under its key what was sent, if it has the size and the digest that were declared; other bytes are removed, and may be sent again.
   * What was taken over is still there to be discarded. Idempotent.
   *
   * @returns whether it is under its key now.
   * @throws DomainError DEPENDENCY_UNAVAILABLE, STORAGE_FULL.
   */
  take(upload: DirectUpload): Promise<boolean>;
  /** Removes what was sent and not taken over. Idempotent. */
  discard(key: string): Promise<void>;
  /** Removes everything that was sent before, whoever sent it. @returns how many. */
  discardBefore(time: Date): Promise<number>;
}
