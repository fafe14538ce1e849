/**
 * What of a file makes its first image. One rule for every format: what comes after the image's last row (an end marker,
 * a checksum, further frames, bytes of something else) may be missing or damaged, and the image is whole; where anything of
 * the rows is missing, the image is not.
 */
export interface FirstImage {
  /** What to decode, in turn until one is taken. Empty when it is plain without decoding that something of the image is missing. */
  readonly attempts: readonly DecodingAttempt[];
  /** Whether the file has further frames. */
  readonly isAnimated: boolean;
}

/** Something that a decoder may take for the whole image, if it is told to be strict. */
export interface DecodingAttempt {
  /** The file as it came, or a copy with an end of its own. */
  readonly bytes: Uint8Array;
  /** The same, but with other bytes behind it: if they change the image, then it lacked something. */
  readonly continued?: Uint8Array;
  /** The same, but some bytes shorter: if it is still the same image, then those bytes do not belong to it. */
  readonly shorter?: Uint8Array;
}

/** Bytes to go on with where an image may end: nothing like what a decoder puts there by itself. */
export const CONTINUATION = Buffer.alloc(64, 0xb5);
/** So many zeros at the end may be what a broken transfer left, and a decoder takes them for an image, or they belong to it. */
export const PADDING_BYTES = 16;

/** Where the zeros begin that a part of a file ends with: its end unless they are PADDING_BYTES at least. */
export function startOfPadding(file: Buffer, end: number): number {
  let start = end;
  while (file[start - 1] === 0) start--;
  return end - start < PADDING_BYTES ? end : start;
}
