import { assertSupportedImage } from '../../src/domain/image-format';
import type { ImageMime } from '../../src/records/image';
import { jpegPixels } from './jpeg-image';

/** An image may have this many pixels, whatever its format. */
export const MAX_PIXELS = 64_000_000;

const READERS: Readonly<Record<ImageMime, (file: Buffer) => number | undefined>> = {
  'image/jpeg': jpegPixels,
  'image/png': pngPixels,
  'image/webp': webpPixels,
};

/**
 * Pixels that an image's header announces: what its decoder will make room for. Reads no more than the header. Where there
 * is none that can be read, it is the most that an image may have; whoever decodes it says what is wrong with it.
 */
export function announcedPixels(bytes: Uint8Array): number {
  try {
    const read = READERS[assertSupportedImage(bytes)];
    return read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) ?? MAX_PIXELS;
  } catch {
    return MAX_PIXELS;
  }
}

/** IHDR must come first. */
function pngPixels(file: Buffer): number {
  return file.readUInt32BE(16) * file.readUInt32BE(20);
}

/** Of the canvas, or of the one image. The first chunk's data begins at byte 20. */
function webpPixels(file: Buffer): number | undefined {
  switch (file.toString('latin1', 12, 16)) {
    case 'VP8X':
      return (file.readUIntLE(24, 3) + 1) * (file.readUIntLE(27, 3) + 1);
    case 'VP8 ':
      return (file.readUInt16LE(26) & 0x3fff) * (file.readUInt16LE(28) & 0x3fff);
    case 'VP8L': {
      const bits = file.readUInt32LE(21);
      return ((bits & 0x3fff) + 1) * (((bits >>> 14) & 0x3fff) + 1);
    }
    default:
      return undefined;
  }
}
