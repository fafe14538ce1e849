import sharp from 'sharp';
import { isBareJpeg } from '../../workers/inference/bare-jpeg';

const image = () =>
  sharp({
    create: {
      width: 96,
      height: 64,
      channels: 3,
      background: '#8090a0',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });

/** Where each marker segment begins, the start of the image and the entropy-coded data left out. */
function segmentsOf(jpeg: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 2; at < jpeg.length - 1; at++) {
    const marker = jpeg[at + 1]!;
    if (jpeg[at] !== 0xff || marker === 0 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd7)) continue;
    starts.push(at);
    if (marker !== 0xd9) at += 1 + jpeg.readUInt16BE(at + 2);
  }
  return starts;
}

const JFIF = segment(0xe0, 'JFIF\0\u0001\u0002\0\0\u0001\0\u0001\0\0');

const insert = (jpeg: Buffer, at: number, bytes: Buffer): Buffer =>
  Buffer.concat([jpeg.subarray(0, at), bytes, jpeg.subarray(at)]);

function segment(marker: number, text: string): Buffer {
  const body = Buffer.from(text, 'latin1');
  return Buffer.concat([Buffer.from([0xff, marker, 0, body.length + 2]), body]);
}

describe('isBareJpeg', () => {
  it.each([
    ['baseline', { quality: 90 }],
    ['with its colours in full resolution', { chromaSubsampling: '4:4:4' }],
    ['with tables of its own', { optimiseCoding: true }],
  ])('says yes to a JPEG of pixels alone: %s', async (_name, options) => {
    expect(isBareJpeg(await image().jpeg(options).toBuffer())).toBe(true);
  });

  it('says yes to one with a JFIF header, where that belongs', async () => {
    const jpeg = await image().jpeg().toBuffer();
    const [first, ...others] = segmentsOf(jpeg);
    expect(isBareJpeg(insert(jpeg, first!, JFIF))).toBe(true);
    for (const at of others) expect(isBareJpeg(insert(jpeg, at, JFIF))).toBe(false);
  });

  it('says yes to a view of a larger buffer', async () => {
    const jpeg = await image().jpeg().toBuffer();
    const whole = Buffer.concat([Buffer.from('before'), jpeg, Buffer.from('after')]);
    expect(isBareJpeg(new Uint8Array(whole.buffer, whole.byteOffset + 6, jpeg.length))).toBe(true);
  });

  it.each([
    ['EXIF', (image: sharp.Sharp) => image.withExif({ IFD0: { Artist: 'Ada' } }).jpeg()],
    ['an orientation', (image: sharp.Sharp) => image.withMetadata({ orientation: 6 }).jpeg()],
    ['a colour profile', (image: sharp.Sharp) => image.withIccProfile('p3').jpeg()],
    ['XMP', (image: sharp.Sharp) => image.withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>').jpeg()],
    ['four inks', (image: sharp.Sharp) => image.toColourspace('cmyk').jpeg()],
    ['grey alone', (image: sharp.Sharp) => image.toColourspace('b-w').jpeg()],
    ['several scans', (image: sharp.Sharp) => image.jpeg({ progressive: true })],
    ['another format', (image: sharp.Sharp) => image.png()],
  ])('says no to %s', async (_name, convert) => {
    expect(isBareJpeg(await convert(image()).toBuffer())).toBe(false);
  });

  it.each([
    ['a comment', segment(0xfe, 'taken at home')],
    ['an unknown segment', segment(0xeb, 'whatever')],
    ['EXIF', segment(0xe1, 'Exif\0\0MM\0*\0\0\0\u0008\0\0')],
    ['a header of another kind', segment(0xe0, 'JFXX\0\u0010')],
    ['text for a quantization table', segment(0xdb, 'GPS 48.137, 11.575')],
    ['text for a Huffman table', segment(0xc4, 'GPS 48.137, 11.575')],
    ['text for a restart interval', segment(0xdd, 'GPS 48.137, 11.575')],
    ['a table a second time', segment(0xdb, '\0' + '\u0001'.repeat(64))],
    ['a scan of nothing', segment(0xda, 'GPS 48.137, 11.575')],
    ['a restart that was not announced', Buffer.from([0xff, 0xd0])],
  ])('says no to %s, wherever it stands', async (_name, hidden) => {
    const jpeg = await image().jpeg().toBuffer();
    const places = segmentsOf(jpeg);
    expect(places.length).toBeGreaterThan(6);
    for (const at of places) expect(isBareJpeg(insert(jpeg, at, hidden))).toBe(false);
  });

  it('says no to a thumbnail in the header', async () => {
    const header = segment(0xe0, 'JFIF\0\u0001\u0002\0\0\u0001\0\u0001\u0001\u0001abc');
    expect(isBareJpeg(insert(await image().jpeg().toBuffer(), 2, header))).toBe(false);
  });

  it('says no to components that are not YCbCr', async () => {
    const jpeg = await image().jpeg().toBuffer();
    const frame = segmentsOf(jpeg).find((at) => jpeg[at + 1] === 0xc0)!;
    for (const [at, value] of [
      [4, 12],
      [9, 4],
      [10, 0x52],
      [13, 0x47],
    ] as const) {
      const other = Buffer.from(jpeg);
      other[frame + at] = value;
      expect(isBareJpeg(other)).toBe(false);
    }
  });

  it('says no to anything behind the end, and to what has no end', async () => {
    const jpeg = await image().jpeg().toBuffer();
    for (const tail of [Buffer.from([0]), jpeg, Buffer.from('PK\u0003\u0004')]) {
      expect(isBareJpeg(Buffer.concat([jpeg, tail]))).toBe(false);
    }
    for (let length = 0; length < jpeg.length; length++) expect(isBareJpeg(jpeg.subarray(0, length))).toBe(false);
  });

  it('says no to a second image in a second scan', async () => {
    const [one, other] = [await image().jpeg().toBuffer(), await image().negate().jpeg().toBuffer()];
    const scanOf = (jpeg: Buffer) => segmentsOf(jpeg).find((at) => jpeg[at + 1] === 0xda)!;
    const both = Buffer.concat([one.subarray(0, -2), other.subarray(scanOf(other))]);
    expect(isBareJpeg(both)).toBe(false);
  });

  it('does not look through a very large one', () => {
    expect(isBareJpeg(Buffer.alloc(5 * 1024 * 1024, 0xff))).toBe(false);
  });
});
