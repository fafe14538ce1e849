import type { ImageMime } from '../../src/records/image';
import type { FirstPicture } from './decoding-attempt';
import { findJpegPicture } from './jpeg-picture';
import { findPngPicture } from './png-picture';
import { findWebpPicture } from './webp-picture';

const FINDERS: Readonly<Record<ImageMime, (file: Buffer) => FirstPicture>> = {
  'image/jpeg': findJpegPicture,
  'image/png': findPngPicture,
  'image/webp': findWebpPicture,
};

/** Finds the first picture of a file by the file's structure, without decoding it. Takes time in proportion to its bytes. */
export function findFirstPicture(bytes: Uint8Array, mime: ImageMime): FirstPicture {
  return FINDERS[mime](Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
