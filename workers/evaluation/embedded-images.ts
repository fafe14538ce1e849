import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { portraitScoreOf } from '../../src/domain/face-selection';
import type { BoundingBox } from '../../src/domain/geometry';
import type { MeasuredFace } from '../../src/domain/quality';
import type { AnalyzedFace, AnalyzedImage, FaceAnalyzer } from '../../src/ports/face-analyzer';
import { inParallel } from './in-parallel';

/** What was measured of a face, and where it is. */
export interface PlacedFace extends MeasuredFace {
  readonly boundingBox: BoundingBox;
}

export interface EmbeddedImages {
  /** By image path; images without a face are missing. */
  readonly vectors: ReadonlyMap<string, Float32Array>;
  /** The same faces. */
  readonly faces: ReadonlyMap<string, PlacedFace>;
  /** Wall-clock milliseconds an image, all threads together; undefined when every vector came from the cache. */
  readonly msPerImage: number | undefined;
}

export interface EmbedOptions {
  /**
   * Where faces are kept between runs, by the pack's digest: empty it when code that finds or measures faces has changed.
   * @default nowhere
   */
  readonly cacheFolder?: string;
  readonly signal?: AbortSignal;
  /** Told after each image that was looked at; those of the cache do not count. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** Every face of a portrait embedded, and the one that it is about. */
export async function analyzeCentral(analyzer: FaceAnalyzer, image: Uint8Array): Promise<AnalyzedFace | undefined> {
  const packId = analyzer.packs()[0]!.id;
  return centralFace(await analyzer.analyze({ ...LARGEST_FACE, maxFaces: 100, packId, image, priority: 'BULK' }));
}

/** The face that a portrait benchmark is about (the product itself takes the largest face, or all). */
export function centralFace(image: AnalyzedImage): AnalyzedFace | undefined {
  const score = (face: AnalyzedFace): number => portraitScoreOf(face.boundingBox, image);
  return image.faces.reduce<AnalyzedFace | undefined>(
    (best, face) => (best === undefined || score(face) > score(best) ? face : best),
    undefined,
  );
}

/** A face as it is kept between runs; its vector in base64. */
interface KeptFace extends PlacedFace {
  readonly vector: string;
}

/**
 * The central face of each image with its vector.
 *
 * @param images paths below `folder`.
 * @throws Error naming the image that cannot be read; what was embedded until then is in the cache.
 */
export async function embedImages(
  analyzer: FaceAnalyzer,
  folder: string,
  images: readonly string[],
  { cacheFolder, signal, onProgress }: EmbedOptions = {},
): Promise<EmbeddedImages> {
  const pack = analyzer.packs()[0]!;
  const cacheFile = cacheFolder && path.join(cacheFolder, `faces-${pack.embeddingDigest}.json`);
  const cached: Record<string, KeptFace | null> =
    cacheFile && existsSync(cacheFile)
      ? (JSON.parse(await readFile(cacheFile, 'utf8')) as Record<string, KeptFace | null>)
      : {};
  const missing = images.filter((image) => !(image in cached));
  const start = performance.now();
  let done = 0;
  try {
    await inParallel(missing, async (image) => {
      signal?.throwIfAborted();
      cached[image] = keep(await look(analyzer, path.join(folder, image)));
      onProgress?.(++done, missing.length);
    });
  } finally {
    if (cacheFile && done > 0) {
      await mkdir(path.dirname(cacheFile), { recursive: true });
      await writeFile(cacheFile, JSON.stringify(cached));
    }
  }
  const msPerImage = missing.length === 0 ? undefined : (performance.now() - start) / missing.length;
  const vectors = new Map<string, Float32Array>();
  const faces = new Map<string, PlacedFace>();
  for (const image of images) {
    const kept = cached[image];
    if (!kept) continue;
    const { vector, ...face } = kept;
    vectors.set(image, decode(vector));
    faces.set(image, face);
  }
  return { vectors, faces, msPerImage };
}

async function look(analyzer: FaceAnalyzer, file: string): Promise<AnalyzedFace | undefined> {
  const bytes = await readFile(file);
  try {
    return await analyzeCentral(analyzer, bytes);
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function keep(face: AnalyzedFace | undefined): KeptFace | null {
  if (face?.embedding === undefined) return null;
  const { boundingBox, quality, pose, confidence, embedding } = face;
  const bytes = Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength);
  return { boundingBox, quality, pose, confidence, vector: bytes.toString('base64') };
}

function decode(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer);
}

/** What enrolling a portrait asks for: the largest face and its vector. */
export const LARGEST_FACE = {
  maxFaces: 1,
  keep: 'LARGEST',
  qualityFilter: 'NONE',
  embed: true,
  clean: false,
} as const;

export async function analyzeLargest(analyzer: FaceAnalyzer, file: string): Promise<AnalyzedImage> {
  return analyzer.analyze({
    packId: analyzer.packs()[0]!.id,
    image: await readFile(file),
    ...LARGEST_FACE,
    priority: 'BULK',
  });
}
