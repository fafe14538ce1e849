import sharp from 'sharp';
import { DomainError } from '../../src/domain/errors';
import { assertSupportedImage } from '../../src/domain/image-format';
import type { ImageMime } from '../../src/ports/face-analyzer';
import type { RgbImage } from '../pipeline/image';
import { isBareJpeg } from './bare-jpeg';

/** A picture may have this many pixels, whatever its format. */
export const MAX_PIXELS = 64_000_000;

/** A longer side is reduced to this before the analysis: no face that matters gets lost, and a thread's memory stays bounded. */
const MAX_ANALYSED_SIDE = 4608;

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
  /** Whether every decoder will take the file for what it is: the decoding met nothing odd. */
  readonly flawless: boolean;
}

function unreadable(cause: unknown): DomainError {
  return new DomainError(
    'IMAGE_UNREADABLE',
    'The picture is damaged or cut off and cannot be decoded: open it in an editor, save it again and send the whole file.',
    { cause },
  );
}

/** @returns pixels after EXIF rotation, by the header alone. */
async function readSize(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  try {
    return (await sharp(bytes, { limitInputPixels: false }).metadata()).autoOrient;
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** Oriented, 8-bit sRGB, transparent parts on white. An animation gives its first frame. */
function open(bytes: Uint8Array, failOn: 'warning' | 'error' = 'error'): sharp.Sharp {
  return sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn, pages: 1, autoOrient: true })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb');
}

/** What a failed decoding means. The limit on pixels is checked on the header: a bomb fails before its pixels are touched. */
async function explain(bytes: Uint8Array, cause: unknown): Promise<DomainError> {
  const { width, height } = await readSize(bytes);
  if (width * height <= MAX_PIXELS) return unreadable(cause);
  return new DomainError(
    'IMAGE_TOO_LARGE',
    `The picture has ${width} x ${height} pixels; at most ${MAX_PIXELS / 1e6} megapixels are accepted. Send a smaller copy.`,
    { details: { width, height, maxPixels: MAX_PIXELS } },
  );
}

/** @throws DomainError as {@link FaceAnalyzer} says of pictures. */
export async function decodeImage(bytes: Uint8Array): Promise<DecodedImage> {
  const mime = assertSupportedImage(bytes);
  const read = (failOn: 'warning' | 'error') =>
    open(bytes, failOn)
      .resize(MAX_ANALYSED_SIDE, MAX_ANALYSED_SIDE, { fit: 'inside', withoutEnlargement: true })
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
  let flawless = true;
  const { data, info } = await read('warning').catch(async () => {
    flawless = false;
    return read('error').catch(async (cause: unknown) => {
      throw await explain(bytes, cause);
    });
  });
  const pixels = { data: toRgb(data, info.channels), width: info.width, height: info.height };
  const mayBeReduced = Math.max(info.width, info.height) >= MAX_ANALYSED_SIDE;
  return {
    mime,
    ...(mayBeReduced ? await readSize(bytes) : { width: info.width, height: info.height }),
    pixels,
    flawless,
  };
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

/**
 * The picture without whatever else the file carries (place, camera, thumbnails, comments): as it came when it carries
 * nothing else, otherwise made again from its pixels.
 */
export async function cleanImage(
  bytes: Uint8Array,
  decoded: DecodedImage,
): Promise<{ bytes: Uint8Array; mime: ImageMime }> {
  if (decoded.flawless && isBareJpeg(bytes)) return { bytes, mime: 'image/jpeg' };
  const { pixels, width } = decoded;
  const source =
    pixels.width === width
      ? sharp(pixels.data, { raw: { width: pixels.width, height: pixels.height, channels: 3 } })
      : open(bytes);
  return { bytes: await source.jpeg({ quality: JPEG_QUALITY }).toBuffer(), mime: 'image/jpeg' };
}
