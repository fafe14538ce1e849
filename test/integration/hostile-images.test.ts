import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import type { ThreadedFaceAnalyzer } from '../../workers/inference/threaded-face-analyzer';
import { everyFace, startAnalyzer } from '../fixtures/analyzer';
import { cutOut, findTestData, partyPhoto } from '../fixtures/photos';
import { testWhere } from '../fixtures/needs';

/** The woman at the left of the third photograph. */
const BOX = { left: 0.309, top: 0.247, width: 0.108, height: 0.155 };

describe('images that are no plain JPEG', () => {
  let analyzer: ThreadedFaceAnalyzer;
  let portrait: Buffer;

  beforeAll(async () => {
    portrait = await cutOut(partyPhoto(3), BOX);
    analyzer = await startAnalyzer(['bundled']);
  }, 120_000);

  afterAll(() => analyzer?.close());

  const faces = async (image: Uint8Array): Promise<number> =>
    (await analyzer.analyze(everyFace(analyzer, image))).faces.length;

  const good: readonly (readonly [string, (source: sharp.Sharp) => sharp.Sharp, string])[] = [
    ['PNG', (source) => source.png(), 'image/png'],
    ['WebP', (source) => source.webp({ quality: 90 }), 'image/webp'],
    ['CMYK JPEG', (source) => source.toColourspace('cmyk').jpeg({ quality: 95 }), 'image/jpeg'],
    ['16-bit PNG', (source) => source.toColourspace('rgb16').png(), 'image/png'],
    ['grey JPEG', (source) => source.greyscale().jpeg(), 'image/jpeg'],
    ['PNG with transparency', (source) => source.ensureAlpha(0.9).png(), 'image/png'],
    ['progressive JPEG', (source) => source.jpeg({ progressive: true }), 'image/jpeg'],
    ['palette PNG', (source) => source.png({ palette: true, colours: 128 }), 'image/png'],
  ];

  it.each(good)('reads a %s', async (_name, convert, mime) => {
    const answer = await analyzer.analyze(
      everyFace(analyzer, await convert(sharp(portrait)).toBuffer(), { clean: true }),
    );
    expect([answer.faces.length, answer.mime, answer.firstFrameOnly]).toEqual([1, mime, false]);
    const stored = await sharp(answer.cleaned!.bytes).metadata();
    expect([stored.format, stored.space, stored.depth]).toEqual(['jpeg', 'srgb', 'uchar']);
  });

  it('takes the first image of an animation', async () => {
    const { width, height } = await sharp(portrait).metadata();
    const grey = await sharp({ create: { width, height, channels: 3, background: '#888' } })
      .png()
      .toBuffer();
    const animation = await sharp([portrait, grey], { join: { animated: true } })
      .webp()
      .toBuffer();
    const answer = await analyzer.analyze(everyFace(analyzer, animation));
    expect([answer.width, answer.height, answer.faces.length]).toEqual([width, height, 1]);
    expect(answer.firstFrameOnly).toBe(true);
  });

  it.each([
    ['cut off', (image: Buffer) => image.subarray(0, image.length / 2)],
    ['noise behind a JPEG header', (image: Buffer) => Buffer.concat([image.subarray(0, 3), randomBytes(4000)])],
    ['empty', () => Buffer.alloc(0)],
  ])('calls an image unreadable that is %s', async (_name, damage) => {
    await expect(faces(damage(portrait))).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE', retryable: false });
  });

  it('calls a cut-off PNG unreadable', async () => {
    const png = await sharp(portrait).png().toBuffer();
    await expect(faces(png.subarray(0, png.length * 0.7))).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
  });

  it.each([
    ['HEIC', Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), Buffer.alloc(400)])],
    ['AVIF', Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypavif'), Buffer.alloc(400)])],
    ['PDF', Buffer.from('%PDF-1.7 not an image at all, whatever its name says')],
  ])('refuses %s with advice', async (_name, bytes) => {
    await expect(faces(bytes)).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: expect.stringMatching(/JPEG|PNG/),
    });
  });

  it('refuses a GIF and a TIFF in disguise', async () => {
    for (const image of [await sharp(portrait).gif().toBuffer(), await sharp(portrait).tiff().toBuffer()]) {
      await expect(faces(image)).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
    }
  });

  it('refuses 196 megapixels by the header, without the memory they would take', async () => {
    const side = 14_000;
    const bomb = await sharp({ create: { width: side, height: side, channels: 3, background: '#000' } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    const before = process.memoryUsage.rss();
    await expect(faces(bomb)).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      details: { width: side, height: side },
    });
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
  });

  it('keeps no damage: what is accepted without an end is stored with one', async () => {
    const whole = await sharp(portrait).jpeg().toBuffer();
    const { cleaned } = await analyzer.analyze(everyFace(analyzer, whole.subarray(0, -2), { clean: true }));
    expect(Buffer.from(cleaned!.bytes).equals(whole)).toBe(true);
  });

  it('refuses an image that lacks rows, though an end marker follows', async () => {
    const whole = await sharp(portrait).jpeg().toBuffer();
    const damaged = Buffer.concat([whole.subarray(0, whole.length * 0.95), Buffer.from([0xff, 0xd9])]);
    await expect(faces(damaged)).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
  });

  const data = findTestData('The test of photographs without an end');
  testWhere(data !== undefined)('finds the face of photographs whose end is missing', async () => {
    for (const name of ['jpeg-without-end-marker.jpg', 'jpeg-last-byte-missing.jpg']) {
      expect(await faces(data!.photo(`cases/${name}`))).toBe(1);
    }
  });

  it('answers a large image in its own pixels though a reduced copy is analysed', async () => {
    const large = await sharp(partyPhoto(3)).resize(6000).jpeg({ quality: 80 }).toBuffer();
    const answer = await analyzer.analyze(everyFace(analyzer, large, { clean: true }));
    expect([answer.width, answer.faces.length]).toEqual([6000, 3]);
    expect(answer.faces[0]!.sizePx).toBeGreaterThan(500);
    expect((await sharp(answer.cleaned!.bytes).metadata()).width).toBe(6000);
  });

  it('still serves after all that', async () => {
    expect(await faces(portrait)).toBe(1);
  });
});
