import sharp from 'sharp';
import {
  assertSupportedImage,
  SNIFF_BYTES,
  sniffImageFormat,
  unsupportedSentence,
  type UnsupportedFormat,
  canonicalMime,
} from '../../src/domain/image-format';

const bytesOf = (text: string) => Buffer.from(text, 'latin1');
const ftyp = (major: string, ...compatible: string[]) => {
  const body = bytesOf(`ftyp${major}\0\0\0\0${compatible.join('')}`);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length + 4);
  return Buffer.concat([size, body, Buffer.alloc(64)]);
};
const image = () => sharp({ create: { width: 8, height: 8, channels: 3, background: '#123456' } });

describe('sniffImageFormat', () => {
  it('knows what is accepted, from real encoders', async () => {
    expect(sniffImageFormat(await image().jpeg().toBuffer())).toEqual({ mime: 'image/jpeg' });
    expect(sniffImageFormat(await image().png().toBuffer())).toEqual({ mime: 'image/png' });
    expect(sniffImageFormat(await image().webp().toBuffer())).toEqual({ mime: 'image/webp' });
    expect(sniffImageFormat(await image().webp({ lossless: true }).toBuffer())).toEqual({ mime: 'image/webp' });
  });

  it('knows what is refused, from real encoders', async () => {
    expect(sniffImageFormat(await image().gif().toBuffer())).toEqual({ unsupported: 'GIF' });
    expect(sniffImageFormat(await image().tiff().toBuffer())).toEqual({ unsupported: 'TIFF' });
    expect(sniffImageFormat(await image().avif().toBuffer())).toEqual({ unsupported: 'AVIF' });
  });

  it.each<[string, Buffer, UnsupportedFormat]>([
    ['an iPhone’s image', ftyp('heic', 'mif1', 'MiHB', 'heic'), 'HEIC'],
    ['a HEIC under the general brand', ftyp('mif1', 'heic'), 'HEIC'],
    ['an AVIF under the general brand', ftyp('mif1', 'avif', 'miaf'), 'AVIF'],
    ['a sequence of HEIC images', ftyp('msf1', 'hevc'), 'HEIC'],
    ['an MP4', ftyp('isom', 'iso2', 'mp41'), 'VIDEO'],
    ['a QuickTime film', ftyp('qt  '), 'VIDEO'],
    ['a box whose size is a lie', Buffer.concat([bytesOf('\0\0\0\0ftypheic'), Buffer.alloc(20)]), 'HEIC'],
    ['a cut-off ftyp box', bytesOf('\0\0\0\x18ftyp'), 'VIDEO'],
    ['a Matroska film', bytesOf('\x1a\x45\xdf\xa3...'), 'VIDEO'],
    ['an AVI film', bytesOf('RIFF....AVI '), 'VIDEO'],
    ['a sound', bytesOf('RIFF....WAVE'), 'UNKNOWN'],
    ['a BMP', bytesOf('BM......'), 'BMP'],
    ['an icon', bytesOf('\0\0\x01\0\x01\0'), 'ICO'],
    ['a bare JPEG XL', bytesOf('\xff\x0a..'), 'JPEG XL'],
    ['a JPEG XL in its container', bytesOf('\0\0\0\x0cJXL \r\n\x87\n'), 'JPEG XL'],
    ['a JPEG 2000', bytesOf('\0\0\0\x0cjP  \r\n\x87\n'), 'JPEG 2000'],
    ['a big-endian TIFF', bytesOf('MM\0*....'), 'TIFF'],
    ['a Photoshop document', bytesOf('8BPS\0\x01'), 'PSD'],
    ['a PDF', bytesOf('%PDF-1.7'), 'PDF'],
    ['an SVG', bytesOf('<?xml version="1.0"?>\n<svg xmlns="...">'), 'SVG'],
    ['an SVG with a byte order mark', bytesOf('\xef\xbb\xbf  <svg>'), 'SVG'],
    ['a web page', bytesOf('\n<!DOCTYPE html><title>'), 'HTML'],
    ['other markup', bytesOf('<?xml version="1.0"?><Error>'), 'UNKNOWN'],
    ['text', bytesOf('hello'), 'UNKNOWN'],
    ['a cut-off PNG', bytesOf('\x89PNG'), 'UNKNOWN'],
    ['a disguised JPEG', bytesOf('\xff\xd8'), 'UNKNOWN'],
    ['one byte', bytesOf('\xff'), 'UNKNOWN'],
    ['nothing', Buffer.alloc(0), 'EMPTY'],
    ['noise', Buffer.alloc(SNIFF_BYTES * 2, 0xaa), 'UNKNOWN'],
  ])('names %s', (_what, bytes, unsupported) => {
    expect(sniffImageFormat(bytes)).toEqual({ unsupported });
  });

  it('reads a view at its own offset', () => {
    const whole = Buffer.concat([Buffer.alloc(3), ftyp('mif1', 'avif')]);
    expect(sniffImageFormat(whole.subarray(3))).toEqual({ unsupported: 'AVIF' });
  });
});

describe('assertSupportedImage', () => {
  it('refuses with what it is and how to convert it', () => {
    expect(() => assertSupportedImage(ftyp('heic'))).toThrow(
      expect.objectContaining({
        code: 'IMAGE_UNSUPPORTED',
        message: expect.stringMatching(/HEIC.*Most Compatible/),
        details: { format: 'HEIC' },
      }),
    );
    expect(() => assertSupportedImage(Buffer.alloc(0))).toThrow(expect.objectContaining({ code: 'IMAGE_UNREADABLE' }));
    expect(unsupportedSentence('BMP')).toBe(
      'This is a BMP image, which is not supported. Export it as JPEG, PNG or WebP and send that.',
    );
  });
});

it.each([
  ['image/jpeg', 'image/jpeg'],
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  [' Image/JPG ; charset=utf-8; q=1', 'image/jpeg'],
  ['image/png;', 'image/png'],
  ['image/webp', 'image/webp'],
  ['image/heic', null],
  ['image/jpeg, image/png', null],
  ['jpeg', null],
  ['', null],
])('canonicalMime understands %s as %s', (declared, mime) => {
  expect(canonicalMime(declared)).toBe(mime);
});
