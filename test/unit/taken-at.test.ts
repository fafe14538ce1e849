import sharp from 'sharp';
import { takenAtOf } from '../../src/domain/taken-at';

const picture = () => sharp({ create: { width: 8, height: 8, channels: 3, background: '#506048' } });
const taken = (time: string, more: Record<string, string> = {}) =>
  picture().withExif({ IFD0: { Make: 'A camera' }, IFD2: { DateTimeOriginal: time, ...more } });

test.each(['jpeg', 'png', 'webp'] as const)(
  'reads when a %s was taken, as UTC where no zone is told',
  async (format) => {
    const image = await taken('2003:07:14 18:30:05').toFormat(format).toBuffer();
    expect(takenAtOf(image)).toEqual(new Date('2003-07-14T18:30:05Z'));
  },
);

test('reads the zone', async () => {
  const image = await taken('2003:07:14 18:30:05', { OffsetTimeOriginal: '-03:30' }).jpeg().toBuffer();
  expect(takenAtOf(image)).toEqual(new Date('2003-07-14T22:00:05Z'));
});

test('says nothing where nothing sensible is told', async () => {
  expect(takenAtOf(await picture().jpeg().toBuffer())).toBeNull();
  expect(takenAtOf(await taken('0000:00:00 00:00:00').jpeg().toBuffer())).toBeNull();
  expect(takenAtOf(await taken('2003:13:45 18:30:05').jpeg().toBuffer())).toBeNull();
  expect(takenAtOf(await taken('yesterday, about noon').jpeg().toBuffer())).toBeNull();
  expect(takenAtOf(new Uint8Array())).toBeNull();
});

test('does not look through more parts than a photograph has', async () => {
  const time = new Date('2003-07-14T18:30:05Z');
  const jpeg = await taken('2003:07:14 18:30:05').jpeg().toBuffer();
  const comments = (count: number) =>
    Buffer.concat(Array.from({ length: count }, () => Buffer.from('fffe0002', 'hex')));
  const jpegWith = (count: number) => Buffer.concat([jpeg.subarray(0, 2), comments(count), jpeg.subarray(2)]);
  expect(takenAtOf(jpegWith(100))).toEqual(time);
  expect(takenAtOf(jpegWith(10_000))).toBeNull();

  const webp = await taken('2003:07:14 18:30:05').webp().toBuffer();
  const empty = (count: number) => Buffer.alloc(8 * count, Buffer.from('JUNK\0\0\0\0'));
  const webpWith = (count: number) => Buffer.concat([webp.subarray(0, 12), empty(count), webp.subarray(12)]);
  expect(takenAtOf(webpWith(100))).toEqual(time);
  expect(takenAtOf(webpWith(10_000))).toBeNull();
});

test('is not led astray by damage: cut short anywhere, or with any byte changed', async () => {
  for (const format of ['jpeg', 'png', 'webp'] as const) {
    const image = await taken('2003:07:14 18:30:05').toFormat(format).toBuffer();
    for (let at = 0; at < Math.min(image.length, 400); at += 1) {
      takenAtOf(image.subarray(0, at));
      const damaged = Buffer.from(image);
      damaged[at]! ^= 0xff;
      takenAtOf(damaged);
    }
  }
});
