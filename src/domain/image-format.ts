import { DomainError } from './errors';

/** What may be sent in, by the names that HTTP uses. */
export const SUPPORTED_IMAGE_MIMES = ['image/jpeg', 'image/png', 'image/webp'] as const;
export type SupportedImageMime = (typeof SUPPORTED_IMAGE_MIMES)[number];

const OTHER_NAMES: Readonly<Record<string, SupportedImageMime>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
};

/**
 * What a declared type means: in any case, with or without parameters, and by the names that older programs give to JPEG.
 *
 * @returns null when it is no type that is accepted.
 */
export function canonicalMime(declared: string): SupportedImageMime | null {
  const name = declared.split(';', 1)[0]!.trim().toLowerCase();
  return SUPPORTED_IMAGE_MIMES.find((mime) => mime === (OTHER_NAMES[name] ?? name)) ?? null;
}

/** Formats that are recognised in order to be refused with advice. UNKNOWN is everything else, text and noise included. */
export type UnsupportedFormat =
  | 'HEIC'
  | 'AVIF'
  | 'GIF'
  | 'TIFF'
  | 'BMP'
  | 'ICO'
  | 'JPEG XL'
  | 'JPEG 2000'
  | 'PSD'
  | 'PDF'
  | 'SVG'
  | 'HTML'
  | 'VIDEO'
  | 'EMPTY'
  | 'UNKNOWN';

export type SniffedImageFormat = { readonly mime: SupportedImageMime } | { readonly unsupported: UnsupportedFormat };

/** As many leading bytes as `sniffImageFormat` looks at; a shorter prefix may be taken for UNKNOWN. */
export const SNIFF_BYTES = 512;

const latin1 = (text: string): readonly number[] => [...text].map((char) => char.charCodeAt(0));

const SIGNATURES: readonly { readonly magic: readonly number[]; readonly format: SniffedImageFormat }[] = [
  { magic: [0xff, 0xd8, 0xff], format: { mime: 'image/jpeg' } },
  { magic: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], format: { mime: 'image/png' } },
  { magic: latin1('GIF8'), format: { unsupported: 'GIF' } },
  { magic: [0x49, 0x49, 0x2a, 0x00], format: { unsupported: 'TIFF' } },
  { magic: [0x4d, 0x4d, 0x00, 0x2a], format: { unsupported: 'TIFF' } },
  { magic: [0x49, 0x49, 0x2b, 0x00], format: { unsupported: 'TIFF' } },
  { magic: [0x4d, 0x4d, 0x00, 0x2b], format: { unsupported: 'TIFF' } },
  { magic: latin1('BM'), format: { unsupported: 'BMP' } },
  { magic: [0x00, 0x00, 0x01, 0x00], format: { unsupported: 'ICO' } },
  { magic: [0xff, 0x0a], format: { unsupported: 'JPEG XL' } },
  { magic: [0x00, 0x00, 0x00, 0x0c, ...latin1('JXL ')], format: { unsupported: 'JPEG XL' } },
  { magic: [0x00, 0x00, 0x00, 0x0c, ...latin1('jP  ')], format: { unsupported: 'JPEG 2000' } },
  { magic: [0xff, 0x4f, 0xff, 0x51], format: { unsupported: 'JPEG 2000' } },
  { magic: latin1('8BPS'), format: { unsupported: 'PSD' } },
  { magic: latin1('%PDF-'), format: { unsupported: 'PDF' } },
  { magic: [0x1a, 0x45, 0xdf, 0xa3], format: { unsupported: 'VIDEO' } },
];

/** Brands of ISO 14496-12 files that hold still images; any other `ftyp` file is taken for a video. */
const HEIF_BRANDS: ReadonlySet<string> = new Set([
  'heic',
  'heix',
  'heim',
  'heis',
  'hevc',
  'hevx',
  'hevm',
  'hevs',
  'mif1',
  'msf1',
]);
const AVIF_BRANDS: ReadonlySet<string> = new Set(['avif', 'avis']);

/**
 * Names an image's format by its first bytes; the declared type and the file's name count for nothing.
 *
 * @param bytes the file or its first `SNIFF_BYTES` bytes.
 */
export function sniffImageFormat(bytes: Uint8Array): SniffedImageFormat {
  if (bytes.length === 0) return { unsupported: 'EMPTY' };
  const found = SIGNATURES.find(({ magic }) => startsWith(bytes, magic));
  if (found) return found.format;
  if (textAt(bytes, 0, 4) === 'RIFF') {
    return textAt(bytes, 8, 4) === 'WEBP' ? { mime: 'image/webp' } : { unsupported: riffFormat(bytes) };
  }
  if (textAt(bytes, 4, 4) === 'ftyp') return { unsupported: ftypFormat(bytes) };
  return { unsupported: markupFormat(bytes) };
}

/**
 * @returns the format of an image that is accepted.
 * @throws DomainError IMAGE_UNSUPPORTED naming the format and how to convert it; IMAGE_UNREADABLE when there are no bytes.
 */
export function assertSupportedImage(bytes: Uint8Array): SupportedImageMime {
  const format = sniffImageFormat(bytes);
  if ('mime' in format) return format.mime;
  const code = format.unsupported === 'EMPTY' ? 'IMAGE_UNREADABLE' : 'IMAGE_UNSUPPORTED';
  throw new DomainError(code, unsupportedSentence(format.unsupported), { details: { format: format.unsupported } });
}

/** A sentence for the person whose image was refused: what it is and how to turn it into one that works. */
export function unsupportedSentence(format: UnsupportedFormat): string {
  return `${WHAT[format]} ${ADVICE[format] ?? 'Export it as JPEG, PNG or WebP and send that.'}`;
}

const WHAT: Readonly<Record<UnsupportedFormat, string>> = {
  HEIC: 'This is a HEIC image, which is not supported.',
  AVIF: 'This is an AVIF image, which is not supported.',
  GIF: 'This is a GIF, which is not supported.',
  TIFF: 'This is a TIFF image (or a camera’s raw file), which is not supported.',
  BMP: 'This is a BMP image, which is not supported.',
  ICO: 'This is an icon file, which is not supported.',
  'JPEG XL': 'This is a JPEG XL image, which is not supported.',
  'JPEG 2000': 'This is a JPEG 2000 image, which is not supported.',
  PSD: 'This is a Photoshop document, which is not supported.',
  PDF: 'This is a PDF document, not an image.',
  SVG: 'This is an SVG drawing, which is not supported.',
  HTML: 'This is a web page, not an image.',
  VIDEO: 'This is a video, not an image.',
  EMPTY: 'The image is empty: it has no bytes.',
  UNKNOWN: 'The bytes are not an image in JPEG, PNG or WebP format.',
};

const ADVICE: Readonly<Partial<Record<UnsupportedFormat, string>>> = {
  HEIC:
    'Convert it to JPEG first: on an iPhone choose Settings > Camera > Formats > Most Compatible, on a Mac export it ' +
    'from Preview, elsewhere run: magick photo.heic photo.jpg',
  AVIF: 'Convert it to JPEG, PNG or WebP first, for example: magick photo.avif photo.jpg',
  GIF: 'Save one of its frames as PNG or JPEG, for example: magick "photo.gif[0]" photo.png',
  TIFF: 'Convert it to JPEG or PNG first, for example: magick "photo.tif[0]" photo.jpg',
  PDF: 'Export the page that shows the image as JPEG or PNG and send that.',
  HTML: 'Send the image itself; where an address is given it must be that of the file, not of the page around it.',
  VIDEO: 'Take a still of it and send that as JPEG or PNG, for example: ffmpeg -ss 5 -i clip.mp4 -frames:v 1 still.png',
  EMPTY: 'Check that the file was read before it was sent.',
};

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

function textAt(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}

function riffFormat(bytes: Uint8Array): UnsupportedFormat {
  return textAt(bytes, 8, 4) === 'AVI ' ? 'VIDEO' : 'UNKNOWN';
}

/** The major brand may be the generic one, so the compatible brands decide between AVIF and HEIC. */
function ftypFormat(bytes: Uint8Array): UnsupportedFormat {
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  const end = Math.min(bytes.length, size, SNIFF_BYTES);
  const brands = [textAt(bytes, 8, 4)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(textAt(bytes, at, 4));
  if (brands.some((brand) => AVIF_BRANDS.has(brand))) return 'AVIF';
  if (brands.some((brand) => HEIF_BRANDS.has(brand))) return 'HEIC';
  return 'VIDEO';
}

function markupFormat(bytes: Uint8Array): UnsupportedFormat {
  const head = textAt(bytes, 0, SNIFF_BYTES)
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
    .toLowerCase();
  if (!head.startsWith('<')) return 'UNKNOWN';
  if (head.includes('<svg')) return 'SVG';
  return head.includes('<html') || head.startsWith('<!doctype html') ? 'HTML' : 'UNKNOWN';
}
