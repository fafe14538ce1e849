import type { SupportedImageMime } from '../domain/image-format';

export interface UrlFetchOptions {
  /** Longest body that is read. */
  readonly maxBytes: number;
  /** For whom; parties that wait take turns. */
  readonly party: string;
  /** Aborting rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Gets images from addresses that strangers choose, so it goes to public hosts only. */
export interface UrlFetcher {
  /**
   * @returns the whole body and its format by its first bytes.
   * @throws DomainError URL_REFUSED when the address may not be asked (nothing has been sent to it then), or does not answer
   * with an image in time; retryable when asking later may help. RATE_LIMITED when too many wait for this host, or of this party. IMAGE_TOO_LARGE, IMAGE_UNSUPPORTED, IMAGE_UNREADABLE.
   */
  fetch(url: string, options: UrlFetchOptions): Promise<{ bytes: Uint8Array; mime: SupportedImageMime }>;
}
