import sharp from 'sharp';
import { DomainError } from '../../src/domain/errors';
import { assertSupportedImage } from '../../src/domain/image-format';
import type { ImageMime } from '../../src/records/image';
import type { RgbImage } from '../pipeline/image';
import { isBareJpeg } from './bare-jpeg';
import type { DecodingAttempt } from './decoding-attempt';
import { findFirstImage } from './first-image';
import { MAX_PIXELS } from './image-size';

/** A longer side is reduced to this before the analysis: no face that matters gets lost, and a thread's memory stays bounded. */
const MAX_ANALYSED_SIDE = 4608;

const JPEG_QUALITY = 92;

sharp.cache(false);
sharp.concurrency(1);

export interface DecodedImage {
  readonly mime: ImageMime;
  /** What was decoded: the file, or a copy of its first image with an end of its own. */
  readonly bytes: Uint8Array;
  /** Pixels of the whole image, after EXIF rotation. */
  readonly width: number;
  readonly height: number;
  /** The image itself, or a reduced copy of a very large one. */
  readonly pixels: RgbImage;
  /** Whether the file has further frames, which nobody has looked at. */
  readonly isAnimated: boolean;
}

function unreadable(cause: unknown): DomainError {
  return new DomainError(
    'IMAGE_UNREADABLE',
    'The image is damaged or cut off and cannot be decoded: open it in an editor, save it again and send the whole file.',
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

type Strictness = NonNullable<sharp.SharpOptions['failOn']>;

/**
 * At this level a decoder gives an error for damage that it notices within the image: libjpeg calls that a warning, while what others
 * warn of (a colour profile, say) does pixels no harm.
 */
const STRICTNESS: Readonly<Record<ImageMime, Strictness>> = {
  'image/jpeg': 'warning',
  'image/png': 'error',
  'image/webp': 'error',
};

/** Oriented, 8-bit sRGB, transparent parts on white. An animation gives its first frame. */
function open(bytes: Uint8Array, failOn: Strictness): sharp.Sharp {
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
    `The image has ${width} x ${height} pixels; at most ${MAX_PIXELS / 1e6} megapixels are accepted. Send a smaller copy.`,
    { details: { width, height, maxPixels: MAX_PIXELS } },
  );
}

/** @throws DomainError as {@link FaceAnalyzer} says of images. */
export async function decodeImage(file: Uint8Array): Promise<DecodedImage> {
  const mime = assertSupportedImage(file);
  const { attempts, isAnimated } = findFirstImage(file, mime);
  let cause: unknown;
  for (const attempt of attempts) {
    try {
      const pixels = await decodePixels(attempt.bytes, STRICTNESS[mime]);
      if (!(await isAll(pixels, attempt))) continue;
      return { mime, bytes: attempt.bytes, ...(await fullSize(attempt.bytes, pixels)), pixels, isAnimated };
    } catch (error) {
      cause = error;
    }
  }
  throw await explain(file, cause);
}

async function decodePixels(bytes: Uint8Array, strictness: Strictness): Promise<RgbImage> {
  const { data, info } = await open(bytes, strictness)
    .resize(MAX_ANALYSED_SIDE, MAX_ANALYSED_SIDE, { fit: 'inside', withoutEnlargement: true })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Whether the pixels are those of a whole image, where the file leaves that open. */
async function isAll({ data }: RgbImage, { continued, shorter }: DecodingAttempt): Promise<boolean> {
  const isSame = async (bytes: Uint8Array): Promise<boolean> =>
    decodePixels(bytes, 'none').then(
      (other) => Buffer.compare(data, other.data) === 0,
      () => false,
    );
  if (continued !== undefined && !(await isSame(continued))) return false;
  return shorter === undefined || !(await isSame(shorter));
}

async function fullSize(bytes: Uint8Array, { width, height }: RgbImage): Promise<{ width: number; height: number }> {
  return Math.max(width, height) >= MAX_ANALYSED_SIDE ? readSize(bytes) : { width, height };
}

/**
 * The image without whatever else the file carries (place, camera, thumbnails, comments): as it came when it carries
 * nothing else, otherwise made again from its pixels.
 */
export async function cleanImage(decoded: DecodedImage): Promise<{ bytes: Uint8Array; mime: ImageMime }> {
  const { bytes, mime, pixels, width } = decoded;
  if (isBareJpeg(bytes)) return { bytes, mime };
  const source =
    pixels.width === width
      ? sharp(pixels.data, { raw: { width: pixels.width, height: pixels.height, channels: 3 } })
      : open(bytes, STRICTNESS[mime]);
  // Tables made for the image want all its coefficients at once, 3 bytes a pixel: a very large one is a little longer without.
  const options = { quality: JPEG_QUALITY, optimiseCoding: pixels.width === width };
  return { bytes: await source.jpeg(options).toBuffer(), mime: 'image/jpeg' };
}
