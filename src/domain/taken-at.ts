/** Tags of EXIF (CIPA DC-008): where its own directory is, when the shutter went, and by which time zone. */
const EXIF_DIRECTORY = 0x8769;
const DATE_TIME_ORIGINAL = 0x9003;
const OFFSET_TIME_ORIGINAL = 0x9011;
/** Entries of a directory that are looked at: a real one has some dozens. */
const MOST_ENTRIES = 512;
/** Segments or chunks of an image that are looked at: a large PNG has thousands, and what is made to hold us up millions. */
const MOST_PARTS = 5_000;
const ASCII = 2;

/**
 * When a photograph was taken, by its EXIF. A time without a zone, as most cameras write it, counts as UTC.
 * @param image as it was received: JPEG, PNG or WebP.
 * @returns null when it does not say, or says what no clock does. Never throws.
 */
export function takenAtOf(image: Uint8Array): Date | null {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  try {
    const tiff = findTiff(view);
    return tiff && readTime(tiff);
  } catch (error) {
    // A pointer that leads out of the image.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Where the EXIF of an image lies, if it has one. */
function findTiff(view: DataView): DataView | null {
  if (view.byteLength < 12) return null;
  if (view.getUint16(0) === 0xffd8) return inJpeg(view);
  if (textAt(view, 1, 3) === 'PNG') return inChunks(view, { at: 8, name: 'eXIf', isLittle: false });
  if (textAt(view, 8, 4) === 'WEBP') return inChunks(view, { at: 12, name: 'EXIF', isLittle: true });
  return null;
}

/** The segment APP1 among those before the picture. */
function inJpeg(view: DataView): DataView | null {
  let at = 2;
  for (let seen = 0; seen < MOST_PARTS && at + 4 <= view.byteLength && view.getUint8(at) === 0xff; seen += 1) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xda || marker === 0xd9) return null;
    const length = view.getUint16(at + 2);
    if (length < 2) return null;
    if (marker === 0xe1 && textAt(view, at + 4, 4) === 'Exif') return part(view, at + 10, length - 8);
    at += 2 + length;
  }
  return null;
}

/** PNG has length, name, data and a checksum; RIFF name, length and data of an even length. */
function inChunks(
  view: DataView,
  { at: first, name, isLittle }: { readonly at: number; readonly name: string; readonly isLittle: boolean },
): DataView | null {
  let at = first;
  for (let seen = 0; seen < MOST_PARTS && at + 8 <= view.byteLength; seen += 1) {
    const length = view.getUint32(isLittle ? at + 4 : at, isLittle);
    if (textAt(view, isLittle ? at : at + 4, 4) === name) {
      const data = part(view, at + 8, length);
      // Some write the header of a JPEG's segment here, too.
      return textAt(data, 0, 4) === 'Exif' ? part(data, 6, data.byteLength - 6) : data;
    }
    at += isLittle ? 8 + length + (length % 2) : 12 + length;
  }
  return null;
}

function readTime(tiff: DataView): Date | null {
  const order = textAt(tiff, 0, 2);
  if (order !== 'II' && order !== 'MM') return null;
  const isLittle = order === 'II';
  const entriesOf = (at: number): ReadonlyMap<number, number> => {
    const count = Math.min(tiff.getUint16(at, isLittle), MOST_ENTRIES);
    const entries = Array.from({ length: count }, (_, i) => at + 2 + 12 * i);
    return new Map(entries.map((entry) => [tiff.getUint16(entry, isLittle), entry]));
  };
  const pointer = entriesOf(tiff.getUint32(4, isLittle)).get(EXIF_DIRECTORY);
  if (pointer === undefined) return null;
  const entries = entriesOf(tiff.getUint32(pointer + 8, isLittle));
  const textOf = (tag: number): string => {
    const entry = entries.get(tag);
    if (entry === undefined || tiff.getUint16(entry + 2, isLittle) !== ASCII) return '';
    const length = tiff.getUint32(entry + 4, isLittle);
    return textAt(tiff, length > 4 ? tiff.getUint32(entry + 8, isLittle) : entry + 8, Math.min(length, 32));
  };
  return timeOf(textOf(DATE_TIME_ORIGINAL), textOf(OFFSET_TIME_ORIGINAL));
}

/** @param text `YYYY:MM:DD HH:MM:SS`. @param offset `+HH:MM`, or nothing. */
function timeOf(text: string, offset: string): Date | null {
  const [, year, month, day, time] = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)/.exec(text) ?? [];
  if (!year || year === '0000') return null;
  const zone = /^[+-]\d\d:\d\d/.exec(offset)?.[0] ?? 'Z';
  const taken = new Date(`${year}-${month}-${day}T${time}${zone}`);
  return Number.isNaN(taken.getTime()) ? null : taken;
}

/** @throws RangeError when it is not all there. */
function part(view: DataView, at: number, length: number): DataView {
  return new DataView(view.buffer, view.byteOffset + at, Math.min(length, view.byteLength - at));
}

/** Up to the first zero. @throws RangeError when it is not all there. */
function textAt(view: DataView, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i += 1) {
    const code = view.getUint8(at + i);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}
