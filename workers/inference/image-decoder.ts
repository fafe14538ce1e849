import sharp from 'sharp';
import { DomainError } from '../../src/domain/errors';
import { assertSupportedImage } from '../../src/domain/image-format';
import type { ImageMime } from '../../src/ports/face-analyzer';
import type { RgbImage } from '../pipeline/image';

/** A picture may have this many pixels, whatever its format. */
export const MAX_PIXELS = 64_000_000;

/** More pixels than this are reduced before the analysis: no face that matters gets lost, and a thread's memory stays bounded. */
const MAX_ANALYSED_PIXELS = 16_000_000;

const JPEG_QUALITY = 92;

sharp.cache(false);
sharp.concurrency(1);

export interface DecodedImage {
  readonly mime: ImageMime;
  /** Pixels of the whole picture, after EXIF rotation. */
  readonly width: number;
  readonly height: number;
  /** The picture itself, or a reduced copy of a very large one. */
  readonly pixels: RgbImage;
}

function unreadable(cause: unknown): DomainError {
  return new DomainError(
    'IMAGE_UNREADABLE',
    'The picture is damaged or cut off and cannot be decoded: open it in an editor, save it again and send the whole file.',
    { cause },
  );
}

/** Only the header is read here: a bomb is refused before its pixels are touched. */
async function readSize(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  let metadata: sharp.Metadata;
  try {
    metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (cause) {
    throw unreadable(cause);
  }
  const { width, height } = metadata.autoOrient;
  if (width * height > MAX_PIXELS) {
    throw new DomainError(
      'IMAGE_TOO_LARGE',
      `The picture has ${width} x ${height} pixels; at most ${MAX_PIXELS / 1e6} megapixels are accepted. Send a smaller copy.`,
      { details: { width, height, maxPixels: MAX_PIXELS } },
    );
  }
  return { width, height };
}

/** Oriented, 8-bit sRGB, transparent parts on white. An animation gives its first frame. */
function open(bytes: Uint8Array): sharp.Sharp {
  return sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', pages: 1, autoOrient: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb');
}

/** @throws DomainError as {@link FaceAnalyzer} says of pictures. */
export async function decodeImage(bytes: Uint8Array): Promise<DecodedImage> {
  const mime = assertSupportedImage(bytes);
  const { width, height } = await readSize(bytes);
  let image = open(bytes);
  if (width * height > MAX_ANALYSED_PIXELS) {
    image = image.resize(Math.floor(width * Math.sqrt(MAX_ANALYSED_PIXELS / (width * height))));
  }
  try {
    const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return {
      mime,
      width,
      height,
      pixels: { data: toRgb(data, info.channels), width: info.width, height: info.height },
    };
  } catch (cause) {
    throw unreadable(cause);
  }
}

function toRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data;
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = data[i * channels + (channels >= 3 ? c : 0)]!;
  }
  return rgb;
}

/** The picture again, from its pixels: whatever else the file carried (place, camera, thumbnails, comments) stays behind. */
export async function reencodeImage(
  bytes: Uint8Array,
  decoded: DecodedImage,
): Promise<{ bytes: Uint8Array; mime: ImageMime }> {
  const { pixels, width } = decoded;
  const source =
    pixels.width === width
      ? sharp(pixels.data, { raw: { width: pixels.width, height: pixels.height, channels: 3 } })
      : open(bytes);
  return { bytes: await source.jpeg({ quality: JPEG_QUALITY }).toBuffer(), mime: 'image/jpeg' };
}
