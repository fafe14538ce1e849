import { CONTINUATION, PADDING_BYTES, startOfPadding, type DecodingAttempt, type FirstImage } from './decoding-attempt';
import { ScanCoverage } from './jpeg-scans';

/** Markers of ITU-T T.81, table B.1, and what applications use. */
const MARKER = { tem: 0x01, dht: 0xc4, jpg: 0xc8, dac: 0xcc, rst0: 0xd0, rst7: 0xd7, eoi: 0xd9, sos: 0xda } as const;
const APP0 = 0xe0;
const APP14 = 0xee;
const SOF0 = 0xc0;
const SOF15 = 0xcf;
const END = Buffer.from([0xff, MARKER.eoi]);
/** What follows an FF of coded data. */
const STUFFING = Buffer.from([0]);
const NOTHING = Buffer.alloc(0);
/** A file made of more segments, or with stray bytes at more places, is made to cost time: encoders write some dozens. */
const MAX_SEGMENTS = 10_000;

/**
 * The image of a JPEG: up to the end of the scan after which no coefficient lacks a bit, with an end marker. libjpeg gives the same
 * warning for a missing end marker and for missing rows; with the marker in place its warnings are of the image itself.
 * Whether an arithmetic scan ended early shows in no warning, so there the file's own end marker is wanted.
 */
export function findJpegImage(file: Buffer): FirstImage {
  return { attempts: attemptsFor(file), isAnimated: false };
}

/** @returns width times height of the frame header; undefined when there is none. */
export function jpegPixels(file: Buffer): number | undefined {
  for (let at = 2, segments = 0; segments < MAX_SEGMENTS; segments++) {
    const marker = nextMarker(file, at);
    if (marker === undefined || marker + 9 > file.length) return undefined;
    const code = file[marker + 1]!;
    if (isFrame(code)) return file.readUInt16BE(marker + 5) * file.readUInt16BE(marker + 7);
    if (code === MARKER.sos || code === MARKER.eoi) return undefined;
    at = marker + 2 + (isBare(code) ? 0 : file.readUInt16BE(marker + 2));
  }
  return undefined;
}

function attemptsFor(file: Buffer): DecodingAttempt[] {
  const parts = new Parts(file);
  const coverage = new ScanCoverage();
  for (let at = 2, segments = 0; segments < MAX_SEGMENTS; segments++) {
    const marker = nextMarker(file, at);
    if (marker === undefined) return [];
    if (marker > at) parts.leaveOut(at, marker);
    const code = file[marker + 1]!;
    if (code === MARKER.eoi) return [];
    if (isBare(code)) {
      at = marker + 2;
      continue;
    }
    const end = marker + 4 <= file.length ? marker + 2 + file.readUInt16BE(marker + 2) : Infinity;
    if (end > file.length) return [];
    const body = file.subarray(marker + 4, end);
    at = end;
    if (isFrame(code)) {
      if (!coverage.begin(code, body)) return [];
    } else if (code === MARKER.sos) {
      const scanEnd = endOfScan(file, end);
      if (coverage.isSequential) parts.patch(end - 3, Buffer.from([0, 63, 0]));
      coverage.add(body);
      if (coverage.isComplete) return endings(file, parts, coverage, scanEnd);
      at = scanEnd;
    } else if (code === APP0 && body.toString('latin1', 0, 5) === 'JFIF\0') {
      parts.patch(marker + 9, Buffer.from([1]));
    } else if (code === APP14 && body.length >= 12 && body.toString('latin1', 0, 5) === 'Adobe' && body[11]! > 2) {
      parts.patch(marker + 15, Buffer.from([1]));
    }
  }
  return [];
}

/** The image with an end marker, where its last scan ends or the file does. */
function endings(file: Buffer, parts: Parts, coverage: ScanCoverage, scanEnd: number): DecodingAttempt[] {
  if (scanEnd + 2 === file.length && file[scanEnd + 1] === MARKER.eoi) return [{ bytes: parts.whole() }];
  if (file[scanEnd + 1] === MARKER.eoi) return [{ bytes: parts.endedAt(scanEnd) }];
  if (coverage.isArithmetic) return [];
  // An FF at the end is half of something: in coded data it is two bytes.
  const cutAt = (end: number): number => (file[end - 1] === 0xff ? end - 1 : end);
  const attempt = (end: number, more = NOTHING): DecodingAttempt => ({
    bytes: parts.endedAt(end, more),
    continued: parts.endedAt(end, Buffer.concat([more, CONTINUATION])),
  });
  if (scanEnd < file.length) return [attempt(scanEnd)];
  if (file.at(-1) === 0xff) return [attempt(scanEnd - 1), attempt(scanEnd, STUFFING)];
  const padding = startOfPadding(file, scanEnd);
  // The last two bytes may be what became of the end marker, or belong to the image.
  if (padding === scanEnd) return [attempt(scanEnd), attempt(cutAt(scanEnd - 2))];
  const shorter = parts.endedAt(scanEnd - PADDING_BYTES / 2);
  return [attempt(cutAt(padding)), { ...attempt(scanEnd), shorter }];
}

const isFrame = (code: number): boolean =>
  code >= SOF0 && code <= SOF15 && code !== MARKER.dht && code !== MARKER.jpg && code !== MARKER.dac;

/** A marker with nothing behind it. */
const isBare = (code: number): boolean => code === MARKER.tem || (code >= MARKER.rst0 && code <= MARKER.rst7);

/** Where the next FF is that is followed by neither another one nor by 00. */
function nextMarker(file: Buffer, from: number): number | undefined {
  for (let at = file.indexOf(0xff, from); at >= 0 && at + 1 < file.length; at = file.indexOf(0xff, at + 1)) {
    if (file[at + 1] !== 0xff && file[at + 1] !== 0) return at;
  }
  return undefined;
}

/** Where coded data ends: at the next marker that is no restart, or with the file. */
function endOfScan(file: Buffer, from: number): number {
  for (let at = nextMarker(file, from); at !== undefined; at = nextMarker(file, at + 2)) {
    const code = file[at + 1]!;
    if (code < MARKER.rst0 || code > MARKER.rst7) return at;
  }
  return file.length;
}

/** A file of which some bytes are left out and others replaced; a copy is made only if that changes anything. */
class Parts {
  readonly #file: Buffer;
  readonly #parts: Buffer[] = [];
  #from = 0;

  constructor(file: Buffer) {
    this.#file = file;
  }

  leaveOut(start: number, end: number): void {
    this.#parts.push(this.#file.subarray(this.#from, start));
    this.#from = end;
  }

  /** What is odd here is warned of by libjpeg and means nothing: some cameras write it. */
  patch(at: number, bytes: Buffer): void {
    if (bytes.equals(this.#file.subarray(at, at + bytes.length))) return;
    this.leaveOut(at, at + bytes.length);
    this.#parts.push(bytes);
  }

  whole(): Buffer {
    return this.#parts.length === 0 ? this.#file : Buffer.concat([...this.#parts, this.#file.subarray(this.#from)]);
  }

  endedAt(end: number, more = NOTHING): Buffer {
    return Buffer.concat([...this.#parts, this.#file.subarray(this.#from, end), more, END]);
  }
}
