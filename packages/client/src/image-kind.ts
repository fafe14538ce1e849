/** Most bytes that the API takes of one image. */
export const MAX_IMAGE_BYTES = 15 * 1024 * 1024;

/**
 * The type to declare for an image, by its first bytes: names of files lie. What is none of the three kinds that are accepted
 * is declared as a JPEG, for the server to say what it is and how to convert it.
 */
export function mimeOf(bytes: Uint8Array): 'image/jpeg' | 'image/png' | 'image/webp' {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (text.startsWith('\x89PNG')) return 'image/png';
  return text.startsWith('RIFF') && text.slice(8) === 'WEBP' ? 'image/webp' : 'image/jpeg';
}

/** Hexadecimal; undefined in a page that came neither over https nor from this machine, where browsers have no digests. */
export async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  const { subtle } = crypto as Partial<typeof crypto>;
  if (!subtle) return undefined;
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
