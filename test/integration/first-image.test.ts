import sharp from 'sharp';
import { findFirstImage } from '../../workers/inference/first-image';
import { decodeImage } from '../../workers/inference/image-decoder';
import { animatedWebp, pngChunk } from '../factories/images';
import { partyPhoto } from '../fixtures/photos';

const SIDE = 200;
const END = Buffer.from([0xff, 0xd9]);

const source = (): sharp.Sharp => sharp(partyPhoto(4)).resize(SIDE, SIDE);
/** Its last rows are of one colour: their code may be nothing but zeros. */
const letterboxed = (): sharp.Sharp => source().extend({ bottom: 80, background: '#000' });

const JPEGS: Readonly<Record<string, () => sharp.Sharp>> = {
  'a baseline JPEG': () => source().jpeg({ optimiseCoding: false }),
  'a JPEG with tables of its own': () => source().jpeg(),
  'a JPEG with its colours in full resolution': () => source().jpeg({ chromaSubsampling: '4:4:4' }),
  'a JPEG with a black border': () => letterboxed().jpeg(),
  'a grey JPEG': () => source().greyscale().jpeg(),
  'a CMYK JPEG': () => source().toColourspace('cmyk').jpeg(),
  'a JPEG with EXIF': () =>
    source()
      .withExif({ IFD0: { Artist: 'Ada' } })
      .jpeg(),
  'a progressive JPEG': () => source().jpeg({ progressive: true }),
  'a progressive JPEG with a black border': () => letterboxed().jpeg({ progressive: true }),
  'a JPEG of many scans': () => source().jpeg({ mozjpeg: true }),
};
const PNGS: Readonly<Record<string, () => sharp.Sharp>> = {
  'a PNG': () => source().png(),
  'an interlaced PNG': () => source().png({ progressive: true }),
  'a palette PNG': () => source().png({ palette: true }),
  'a PNG with transparency': () => source().ensureAlpha(0.5).png(),
  'a 16-bit PNG': () => source().toColourspace('rgb16').png(),
};
const WEBPS: Readonly<Record<string, () => sharp.Sharp>> = {
  'a lossy WebP': () => source().webp(),
  'a lossless WebP': () => source().webp({ lossless: true }),
  'a WebP with transparency': () => source().ensureAlpha(0.5).webp(),
  'a WebP with EXIF': () =>
    source()
      .withExif({ IFD0: { Artist: 'Ada' } })
      .webp(),
};

/** The rows as a decoder gives them that complains of nothing. */
const rows = (file: Buffer): Promise<Buffer> =>
  sharp(file, { failOn: 'none', pages: 1 })
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer();

/** Whether every row of `whole` is read from a file; false when it is refused. @throws when it is taken with other rows. */
async function reads(file: Buffer, whole: Buffer): Promise<boolean> {
  const decoded = await decodeImage(file).catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'IMAGE_UNREADABLE', retryable: false });
    return null;
  });
  if (decoded && Buffer.compare(decoded.pixels.data, await rows(whole)) !== 0) throw new Error('taken with other rows');
  return decoded !== null;
}

const cut = (file: Buffer, bytes: number): Buffer => file.subarray(0, file.length - bytes);
const followed = (file: Buffer, bytes: Buffer): Buffer => Buffer.concat([file, bytes]);
/** Lengths from a thirtieth of a file to nearly all of it. */
const lengths = (file: Buffer): number[] =>
  Array.from({ length: 29 }, (_, i) => Math.floor((file.length * (i + 1)) / 30));

describe.each(Object.entries({ ...JPEGS, ...PNGS, ...WEBPS }))('%s', (_name, make) => {
  let whole: Buffer;
  beforeAll(async () => {
    whole = await make().toBuffer();
  });

  it('is read as it is, and whatever follows it', async () => {
    expect((await decodeImage(whole)).bytes.length).toBe(whole.length);
    for (const more of [Buffer.from('more'), Buffer.alloc(3_000), whole, Buffer.from([0xff])]) {
      expect(await reads(followed(whole, more), whole)).toBe(true);
    }
  });

  it('is never read with other rows than it has, wherever it is cut', async () => {
    for (let bytes = 1; bytes <= 40; bytes++) await reads(cut(whole, bytes), whole);
    for (const length of lengths(whole)) expect(await reads(whole.subarray(0, length), whole)).toBe(false);
  });

  it('is refused where a broken transfer left zeros', async () => {
    for (const length of lengths(whole)) {
      const file = followed(whole.subarray(0, length), Buffer.alloc(whole.length - length));
      expect(await reads(file, whole)).toBe(false);
    }
  });
});

describe.each(Object.entries(JPEGS))('%s', (name, make) => {
  let whole: Buffer;
  beforeAll(async () => {
    whole = await make().toBuffer();
  });

  it.each([
    ['missing', (file: Buffer) => cut(file, 2)],
    ['half missing', (file: Buffer) => cut(file, 1)],
    ['another marker', (file: Buffer) => followed(cut(file, 1), Buffer.from([0xd8]))],
    ['a stuffed byte', (file: Buffer) => followed(cut(file, 1), Buffer.from([0]))],
    ['no marker', (file: Buffer) => followed(cut(file, 2), Buffer.from([0x12, 0xd9]))],
    ['zeros', (file: Buffer) => followed(cut(file, 2), Buffer.alloc(4_096))],
    ['half zeros', (file: Buffer) => followed(cut(file, 1), Buffer.alloc(4_096))],
  ])('is read where its end marker is %s', async (what, damage) => {
    // Where the image itself ends with zeros, nobody can say which are whose.
    const isClear = !(what === 'zeros' && name.includes('border'));
    expect(await reads(damage(whole), whole)).toBe(isClear);
  });

  it('is refused where an end marker follows too few rows', async () => {
    for (const length of lengths(whole).slice(0, -3)) {
      expect(await reads(followed(whole.subarray(0, length), END), whole)).toBe(false);
    }
  });
});

describe.each(Object.entries(PNGS))('%s', (_name, make) => {
  it('is read where what follows its pixels is missing or damaged', async () => {
    const whole = await make().toBuffer();
    for (let bytes = 1; bytes <= 16; bytes++) expect(await reads(cut(whole, bytes), whole)).toBe(true);
    expect(await reads(followed(cut(whole, 12), Buffer.from('\0\0\0\u0004tEXtrubbish', 'latin1')), whole)).toBe(true);
    expect(await reads(followed(cut(whole, 12), Buffer.alloc(12, 0xee)), whole)).toBe(true);
  });

  it('is refused where a checksum of its pixels is wrong', async () => {
    const whole = await make().toBuffer();
    whole[Math.floor(whole.length / 2)]! ^= 1;
    expect(await reads(whole, whole)).toBe(false);
  });
});

describe('a WebP', () => {
  it('is read where what follows its image is cut', async () => {
    const whole = await WEBPS['a WebP with EXIF']!().toBuffer();
    for (let bytes = 1; bytes <= 40; bytes++) expect(await reads(cut(whole, bytes), whole)).toBe(true);
  });
});

describe('a JPEG of which libjpeg warns without reason', () => {
  const scanAt = (jpeg: Buffer): number => jpeg.indexOf(Buffer.from([0xff, 0xda]));
  const patched = (jpeg: Buffer, at: number, value: number): Buffer => {
    const copy = Buffer.from(jpeg);
    copy[at] = value;
    return copy;
  };
  it.each([
    [
      'odd numbers of coefficients in its scan, as some phones write',
      (jpeg: Buffer) => patched(jpeg, scanAt(jpeg) + 12, 0),
    ],
    [
      'bytes between its segments',
      (jpeg: Buffer) =>
        Buffer.concat([jpeg.subarray(0, scanAt(jpeg)), Buffer.from('abc'), jpeg.subarray(scanAt(jpeg))]),
    ],
    [
      'a JFIF header of a later revision',
      (jpeg: Buffer) =>
        Buffer.concat([
          jpeg.subarray(0, 2),
          Buffer.from([0xff, 0xe0, 0, 16]),
          Buffer.from('JFIF\0\u0002\u0001\0\0\u0001\0\u0001\0\0', 'latin1'),
          jpeg.subarray(2),
        ]),
    ],
  ])('is read with %s', async (_what, change) => {
    const whole = await JPEGS['a baseline JPEG']!().toBuffer();
    const odd = change(whole);
    await expect(sharp(odd, { failOn: 'warning' }).raw().toBuffer()).rejects.toThrow();
    expect(await reads(odd, whole)).toBe(true);
    // It still lacks no row unnoticed.
    expect(await reads(followed(cut(odd, 2_000), END), whole)).toBe(false);
  });

  it('is refused where scans are missing', async () => {
    const whole = await JPEGS['a progressive JPEG']!().toBuffer();
    const scans: number[] = [];
    for (let at = whole.indexOf('\xff\xda', 0, 'latin1'); at >= 0; at = whole.indexOf('\xff\xda', at + 2, 'latin1'))
      scans.push(at);
    expect(scans.length).toBeGreaterThan(5);
    for (const at of scans) expect(await reads(followed(whole.subarray(0, at), END), whole)).toBe(false);
  });
});

describe('an animation', () => {
  it('is known by its further frames', async () => {
    const still = await source().webp().toBuffer();
    const animation = await animatedWebp(await source().png().toBuffer());
    expect((await decodeImage(still)).isAnimated).toBe(false);
    expect((await decodeImage(animation)).isAnimated).toBe(true);
  });

  it('is read where only later frames are cut', async () => {
    const animation = await animatedWebp(await source().png().toBuffer());
    const decoded = await decodeImage(cut(animation, 100));
    expect(decoded.isAnimated).toBe(true);
    expect(Buffer.compare(decoded.pixels.data, await rows(animation))).toBe(0);
    await expect(decodeImage(animation.subarray(0, animation.length / 3))).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
    });
  });

  it('may be a PNG', async () => {
    const png = await source().png().toBuffer();
    const animated = Buffer.concat([
      png.subarray(0, 33),
      pngChunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])),
      png.subarray(33),
    ]);
    expect((await decodeImage(png)).isAnimated).toBe(false);
    expect((await decodeImage(animated)).isAnimated).toBe(true);
  });
});

describe('a file that is made to cost time', () => {
  const repeated = (part: Buffer, bytes: number): Buffer => Buffer.alloc(bytes, part);
  const afterStart = (jpeg: Buffer, more: Buffer): Buffer =>
    Buffer.concat([jpeg.subarray(0, 2), more, jpeg.subarray(2)]);

  it.each([
    ['stray bytes at very many places', Buffer.from([0xff, 0xfe, 0, 2, 0])],
    ['very many empty segments', Buffer.from([0xff, 0xfe, 0, 2])],
  ])('is refused: a JPEG with %s', async (_what, part) => {
    const whole = await JPEGS['a baseline JPEG']!().toBuffer();
    expect(await reads(afterStart(whole, repeated(part, 20 * part.length)), whole)).toBe(true);
    expect(await reads(afterStart(whole, repeated(part, 20_000 * part.length)), whole)).toBe(false);
  });

  it.each([
    ['frames without end', Buffer.alloc(0), Buffer.from([0xff, 0xc0, 0, 8, 8, 0, 1, 0, 1, 255])],
    [
      'scans without end, of components without number',
      Buffer.concat([
        Buffer.from([0xff, 0xc0, 3, 5, 8, 0, 1, 0, 1, 255]),
        Buffer.from(Array.from({ length: 255 }, (_, i) => [i, 0x11, 0]).flat()),
        ...Array.from({ length: 254 }, (_, i) => Buffer.from([0xff, 0xda, 0, 8, 1, i, 0, 0, 63, 0])),
      ]),
      Buffer.from([0xff, 0xda, 0, 8, 1, 0, 0, 0, 63, 0]),
    ],
  ])('is refused at once: a JPEG with %s', (_what, head, part) => {
    const file = Buffer.concat([Buffer.from([0xff, 0xd8]), head, repeated(part, 15_000_000)]);
    const start = performance.now();
    expect(findFirstImage(file, 'image/jpeg').attempts).toEqual([]);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('is refused: a WebP of very many chunks', async () => {
    const whole = await WEBPS['a lossy WebP']!().toBuffer();
    const withChunks = (count: number): Buffer => {
      const file = followed(whole, repeated(Buffer.from('none\0\0\0\0', 'latin1'), 8 * count));
      file.writeUInt32LE(file.length - 8, 4);
      return file;
    };
    expect(await reads(withChunks(20), whole)).toBe(true);
    expect(await reads(withChunks(100_000), whole)).toBe(false);
  });
});
