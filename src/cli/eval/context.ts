import type { ThreadedFaceAnalyzer } from '../../../workers/inference/threaded-face-analyzer';
import { packIdOf, type PackManifest } from '../../../workers/inference/pack-manifest';
import { readPack } from '../../../workers/inference/pack-registry';
import { embedImages, type EmbeddedImages } from '../../../workers/evaluation/embedded-images';
import { UsageError, type ModelsContext } from '../models/context';

/** What every evaluation is given. */
export interface EvalContext extends ModelsContext {
  readonly table: (rows: readonly object[]) => void;
  /** A line about how far it has come, which is not part of the answer. */
  readonly tell: (line: string) => void;
  /** An analyzer with one pack, which whoever made the context closes. */
  readonly open: (packId: string) => Promise<ThreadedFaceAnalyzer>;
}

/** Options that all evaluations share. */
export const SHARED_OPTIONS = {
  images: { type: 'string' },
  pack: { type: 'string', default: 'bundled' },
  cache: { type: 'string' },
  json: { type: 'string' },
  out: { type: 'string' },
  sheets: { type: 'boolean', default: false },
} as const;

export interface SharedOptions {
  readonly images?: string;
  readonly pack: string;
  readonly cache?: string;
  readonly json?: string;
  readonly out?: string;
  readonly sheets: boolean;
}

/**
 * All pairs of so many images are held in memory, four bytes for each and as much again to sort them: 3.2 GB.
 */
const MOST_IMAGES = 20_000;
const PROGRESS_STEPS = 20;

/** @throws UsageError for more images than can be held against each other. */
export function checkCount(images: number): void {
  if (images <= MOST_IMAGES) return;
  throw new UsageError(`${images} images are more than the ${MOST_IMAGES} that can be held against each other.`);
}

/** Opens a pack and embeds the central face of each image with it. */
export async function embedWith(
  context: EvalContext,
  { pack, cache }: SharedOptions,
  folder: string,
  images: readonly string[],
): Promise<EmbeddedImages & { readonly manifest: PackManifest; readonly runtime: string }> {
  const { manifest } = await readPack(pack, context.places.packsFolders);
  const id = packIdOf(manifest);
  const analyzer = await context.open(id);
  const step = Math.ceil(images.length / PROGRESS_STEPS);
  const embedded = await embedImages(analyzer, folder, images, {
    cacheFolder: cache,
    signal: context.signal,
    onProgress: (done, of) => {
      if (done % step === 0 && done < of) context.tell(`${done} of ${of} images`);
    },
  });
  if (embedded.vectors.size === 0)
    throw new UsageError(`No face was found in any of the ${images.length} images of ${folder}.`);
  return { ...embedded, manifest, runtime: analyzer.runtimes()[id]! };
}

/** 97.35 %. */
export const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
