const MARKER = { sof0: 0xc0, sof1: 0xc1, dht: 0xc4, soi: 0xd8, eoi: 0xd9, sos: 0xda, dqt: 0xdb, dri: 0xdd, app0: 0xe0 };
/** A larger one is rare, and looking through it would keep a thread busy. */
const MAX_BYTES = 4 * 1024 * 1024;
/** A JFIF header that holds no thumbnail (ITU-T T.871). */
const JFIF_BYTES = 14;
const JFIF_NAME = Buffer.from('JFIF\0', 'latin1');
/** Three components, all coefficients in one scan. */
const SCAN_BYTES = 10;

/**
 * Whether a JPEG holds the pixels of one image and nothing else, in the plainest form there is: at most a JFIF header, whole
 * tables, each once, one sequential frame of 8-bit YCbCr, one scan, and not a byte after its end. Segments are those of ITU-T
 * T.81, annex B; anything else (EXIF, colour profiles, comments, further scans) makes the answer no, known or not.
 */
export function isBareJpeg(bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length > MAX_BYTES || file.length < 4 || file.readUInt16BE(0) !== 0xff00 + MARKER.soi) return false;
  /** Tables and the frame, as `marker/id`. */
  const seen = new Set<string>();
  for (let at = 2; at + 4 <= file.length;) {
    const marker = file[at + 1]!;
    const end = at + 2 + file.readUInt16BE(at + 2);
    if (file[at] !== 0xff || end > file.length) return false;
    const body = file.subarray(at + 4, end);
    if (marker === MARKER.sos)
      return isOnlyScan(body) && seen.has('frame') && endsImage(file, end, seen.has('restart'));
    const parts = partsOf(marker, body, at === 2);
    if (parts === undefined || parts.some((part) => seen.has(part))) return false;
    for (const part of parts) seen.add(part);
    at = end;
  }
  return false;
}

/** What a segment before the scan defines; undefined when it is not what pixels need. */
function partsOf(marker: number, body: Buffer, first: boolean): string[] | undefined {
  switch (marker) {
    case MARKER.app0:
      return first && body.length === JFIF_BYTES && body.subarray(0, 5).equals(JFIF_NAME) ? [] : undefined;
    case MARKER.dqt:
      return quantizationTables(body);
    case MARKER.dht:
      return huffmanTables(body);
    case MARKER.dri:
      return body.length === 2 ? ['restart'] : undefined;
    case MARKER.sof0:
    case MARKER.sof1:
      return isYcbcr(body) ? ['frame'] : undefined;
    default:
      return undefined;
  }
}

/** 8-bit tables: an id and 64 steps each. */
function quantizationTables(body: Buffer): string[] | undefined {
  const ids: string[] = [];
  for (let at = 0; at < body.length; at += 65) {
    if (body[at]! > 3 || at + 65 > body.length) return undefined;
    ids.push(`quantization/${body[at]}`);
  }
  return ids;
}

/** A class and an id, how many codes there are of each length from 1 to 16, and a symbol for each code. */
function huffmanTables(body: Buffer): string[] | undefined {
  const ids: string[] = [];
  for (let at = 0; at < body.length;) {
    if ((body[at]! & 0xec) !== 0 || at + 17 > body.length) return undefined;
    const codes = body.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0);
    ids.push(`huffman/${body[at]}`);
    at += 17 + codes;
    if (codes > 256 || at > body.length) return undefined;
  }
  return ids;
}

/** Three components of 8 bits with the numbers that JFIF gives them, which decoders take for YCbCr without a header, too. */
function isYcbcr(frame: Buffer): boolean {
  return frame.length === 15 && frame[0] === 8 && frame[5] === 3 && [6, 9, 12].every((at, i) => frame[at] === i + 1);
}

/** All three components of the frame, every coefficient at full precision. */
function isOnlyScan(scan: Buffer): boolean {
  const components = [1, 3, 5].every((at, i) => scan[at] === i + 1);
  return scan.length === SCAN_BYTES && scan[0] === 3 && components && scan[7] === 0 && scan[8] === 63 && scan[9] === 0;
}

/** Whether the end of the image and of the file comes after coded data, in which FF is followed by 00 or the next restart. */
function endsImage(file: Buffer, from: number, restarts: boolean): boolean {
  let restart = 0;
  for (let at = file.indexOf(0xff, from); at >= 0; at = file.indexOf(0xff, at + 2)) {
    const next = file[at + 1];
    if (next === 0) continue;
    if (!restarts || next !== 0xd0 + restart) return next === MARKER.eoi && at + 2 === file.length;
    restart = (restart + 1) % 8;
  }
  return false;
}
