import sharp from 'sharp';
import { announcedPixels, MAX_PIXELS } from '../../workers/inference/image-size';

describe('announcedPixels', () => {
  const plain = sharp({ create: { width: 300, height: 170, channels: 3, background: '#336699' } });
  const kinds: readonly (readonly [string, (source: sharp.Sharp) => sharp.Sharp])[] = [
    ['a JPEG', (source) => source.jpeg()],
    ['a progressive JPEG with a profile and metadata', (source) => source.withMetadata().jpeg({ progressive: true })],
    ['a PNG', (source) => source.png()],
    ['an interlaced PNG', (source) => source.png({ progressive: true })],
    ['a lossy WebP', (source) => source.webp()],
    ['a lossless WebP', (source) => source.webp({ lossless: true })],
    ['a WebP with transparency and metadata', (source) => source.ensureAlpha(0.5).withMetadata().webp()],
  ];

  it.each(kinds)('reads it from the header of %s', async (_name, convert) => {
    const image = await convert(plain.clone()).toBuffer();
    expect(announcedPixels(image)).toBe(300 * 170);
    expect(announcedPixels(image.subarray(0, image.length - 20))).toBe(300 * 170);
  });

  it('takes what cannot be read for the largest', async () => {
    const jpeg = await plain.clone().jpeg().toBuffer();
    for (const broken of [Buffer.alloc(0), Buffer.from('no image'), jpeg.subarray(0, 10), Buffer.alloc(500, 0xff)]) {
      expect(announcedPixels(broken)).toBe(MAX_PIXELS);
    }
  });
});
