import { CONTINUATION, PADDING_BYTES, startOfPadding, type DecodingAttempt, type FirstImage } from './decoding-attempt';

/** `RIFF`, the size of the rest, `WEBP`. */
const FILE_HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
/** A file of more chunks is made to cost time and memory: an animation has one a frame. */
const MAX_CHUNKS = 50_000;
/** A still image, lossy or lossless, or one frame of an animation. */
const IMAGES: ReadonlySet<string> = new Set(['VP8 ', 'VP8L', 'ANMF']);

interface Chunk {
  readonly name: string;
  readonly start: number;
  /** Where its data should end, the filling byte left out. */
  readonly end: number;
}

/**
 * The image of a WebP file up to its first frame. Sizes stand at the beginning of a file and of its chunks, and decoders refuse a
 * file that does not come up to them: where it ends too early, they are set to what is there.
 */
export function findWebpImage(file: Buffer): FirstImage {
  const chunks = chunksOf(file);
  const first = chunks.findIndex(({ name }) => IMAGES.has(name));
  if (first < 0 || chunks.length > MAX_CHUNKS) return { attempts: [], isAnimated: false };
  const announced = CHUNK_HEAD_BYTES + file.readUInt32LE(4);
  const isWhole = announced <= file.length && chunks.every(({ end }) => end <= file.length);
  const frames = chunks.filter(({ name }) => name === 'ANMF').length;
  return {
    attempts: attemptsFor(file, chunks, first, isWhole),
    isAnimated: frames > 1 || (frames === 1 && !isWhole),
  };
}

function attemptsFor(file: Buffer, chunks: readonly Chunk[], first: number, isWhole: boolean): DecodingAttempt[] {
  const { name, start, end } = chunks[first]!;
  const imageEnd = Math.min(end, file.length);
  const endedAt = (at: number, more = Buffer.alloc(0)): Buffer =>
    rebuilt(file, chunks, first, Buffer.concat([file.subarray(start + CHUNK_HEAD_BYTES, at), more]));
  const attempt = (at: number): DecodingAttempt => ({ bytes: endedAt(at), continued: endedAt(at, CONTINUATION) });
  // A frame has sizes of its own inside: it is left as it is.
  if (name === 'ANMF') return [{ bytes: isWhole ? file : endedAt(imageEnd) }];
  const padding = startOfPadding(file, imageEnd);
  if (padding < imageEnd) {
    const shorter = endedAt(imageEnd - PADDING_BYTES / 2);
    return [attempt(padding), { ...attempt(imageEnd), shorter }];
  }
  if (isWhole) return [{ bytes: file }];
  return [end <= file.length ? { bytes: endedAt(end) } : attempt(imageEnd)];
}

/** Chunks up to the announced end of the file, the last one perhaps cut. */
function chunksOf(file: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  if (file.length < FILE_HEAD_BYTES) return chunks;
  const fileEnd = Math.min(file.length, CHUNK_HEAD_BYTES + file.readUInt32LE(4));
  for (let start = FILE_HEAD_BYTES; start + CHUNK_HEAD_BYTES <= fileEnd && chunks.length <= MAX_CHUNKS;) {
    const length = file.readUInt32LE(start + 4);
    const end = start + CHUNK_HEAD_BYTES + length;
    chunks.push({ name: file.toString('latin1', start, start + 4), start, end });
    start = end + (length % 2);
  }
  return chunks;
}

/** The chunks up to the first image, that one with the given data, and those whole ones behind it that are no frame. */
function rebuilt(file: Buffer, chunks: readonly Chunk[], first: number, image: Buffer): Buffer {
  const parts = chunks.flatMap(({ name, start, end }, i) => {
    if (i > first && (end > file.length || name === 'ANMF')) return [];
    const data = i === first ? image : file.subarray(start + CHUNK_HEAD_BYTES, end);
    const head = Buffer.from(file.subarray(start, start + CHUNK_HEAD_BYTES));
    head.writeUInt32LE(data.length, 4);
    return [head, data, Buffer.alloc(data.length % 2)];
  });
  const body = Buffer.concat(parts);
  const fileHead = Buffer.from(file.subarray(0, FILE_HEAD_BYTES));
  fileHead.writeUInt32LE(4 + body.length, 4);
  return Buffer.concat([fileHead, body]);
}
