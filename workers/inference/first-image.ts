import type { ImageMime } from '../../src/records/image';
import type { FirstImage } from './decoding-attempt';
import { findJpegImage } from './jpeg-image';
import { findPngImage } from './png-image';
import { findWebpImage } from './webp-image';

const FINDERS: Readonly<Record<ImageMime, (file: Buffer) => FirstImage>> = {
  'image/jpeg': findJpegImage,
  'image/png': findPngImage,
  'image/webp': findWebpImage,
};

/** Finds the first image of a file by the file's structure, without decoding it. Takes time in proportion to its bytes. */
export function findFirstImage(bytes: Uint8Array, mime: ImageMime): FirstImage {
  return FINDERS[mime](Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
