const START_OF_IMAGE = 0xd8;
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;
/** Frame headers of Huffman-coded pictures: baseline, extended sequential, progressive. */
const FRAMES: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);
/** Tables without which the pixels cannot be had: Huffman codes, quantization, restart interval. */
const TABLES: ReadonlySet<number> = new Set([0xc4, 0xdb, 0xdd]);
const JFIF = 0xe0;
/** A JFIF header that holds no thumbnail (ITU-T T.871). */
const JFIF_LENGTH = 16;
const JFIF_NAME = Buffer.from('JFIF\0', 'latin1');

/**
 * Whether a JPEG holds its pixels and nothing else: at most a JFIF header, one frame of 8-bit YCbCr, tables, scans, and not a
 * byte after its end. Markers are those of ITU-T T.81, table B.1; any other one (EXIF, colour profiles, comments, Adobe's)
 * makes the answer no, known or not.
 */
export function isBareJpeg(bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 4 || file.readUInt16BE(0) !== 0xff00 + START_OF_IMAGE) return false;
  let frames = 0;
  for (let at = 2; at + 4 <= file.length;) {
    if (file[at] !== 0xff) return false;
    const marker = file[at + 1]!;
    const length = file.readUInt16BE(at + 2);
    const body = file.subarray(at + 4, at + 2 + length);
    if (marker === JFIF) {
      if (at !== 2 || length !== JFIF_LENGTH || !body.subarray(0, 5).equals(JFIF_NAME)) return false;
    } else if (FRAMES.has(marker)) {
      if (frames++ > 0 || !isYcbcr(body)) return false;
    } else if (marker !== START_OF_SCAN && !TABLES.has(marker)) return false;
    at += 2 + length;
    if (marker === START_OF_SCAN) {
      at = endOfScan(file, at);
      if (file[at + 1] === END_OF_IMAGE) return frames === 1 && at + 2 === file.length;
    }
  }
  return false;
}

/** Three components of 8 bits with the numbers that JFIF gives them, which decoders take for YCbCr without a header, too. */
function isYcbcr(frame: Buffer): boolean {
  return frame.length === 15 && frame[0] === 8 && frame[5] === 3 && [6, 9, 12].every((at, i) => frame[at] === i + 1);
}

/** Where the next marker is after coded data, in which FF is followed by 00 or by a restart marker. */
function endOfScan(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at >= 0; at = file.indexOf(0xff, at + 2)) {
    const next = file[at + 1] ?? 0;
    if (next !== 0 && (next < 0xd0 || next > 0xd7)) return at;
  }
  return file.length;
}
