/** Room for addresses with a signature in their query, which some stores make very long. */
export const MAX_URL_LENGTH = 16_384;

/**
 * Reads the address of an image: blanks around it and the dot at the end of a full host name mean nothing, and are left out.
 *
 * @param base what a redirect's address is relative to.
 * @returns null when it is no address, or too long for one.
 */
export function parseImageUrl(text: string, base?: URL): URL | null {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text, base?.href)) return null;
  const url = new URL(text, base);
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.slice(0, -1);
  return url;
}

/** Whether it is an address at all; whether it may be fetched is seen when it is. */
export function isWebAddress(text: string): boolean {
  return /^https?:$/.test(parseImageUrl(text)?.protocol ?? '');
}
