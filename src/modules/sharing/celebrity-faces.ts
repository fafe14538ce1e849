import { overlapOf, SAME_FACE } from '../../domain/overlap';
import type { AnalyzedFace, AnalyzedImage } from '../../ports/face-analyzer';

/** A face of an image, as several packs see it. */
export interface SeenFace {
  /** By the first pack that found it. */
  readonly shown: AnalyzedFace;
  /** By the pack's embedding digest; a pack that did not find it, or not well enough, has none. */
  readonly embeddings: ReadonlyMap<string, Float32Array>;
}

export interface SeenBy {
  readonly embeddingDigest: string;
  readonly image: Pick<AnalyzedImage, 'faces'>;
}

/** Every face that one of the packs has found, once each: those of the first pack in its order, then what only later ones found. */
export function togetherOf(all: readonly SeenBy[]): SeenFace[] {
  const seen: { shown: AnalyzedFace; embeddings: Map<string, Float32Array> }[] = [];
  for (const { embeddingDigest, image } of all) {
    const known = [...seen];
    for (const face of image.faces) {
      const near = known
        .map((one) => ({ one, overlap: overlapOf(one.shown.boundingBox, face.boundingBox) }))
        .filter(({ one, overlap }) => overlap >= SAME_FACE && !one.embeddings.has(embeddingDigest))
        .sort((a, b) => b.overlap - a.overlap);
      const place = near[0]?.one ?? { shown: face, embeddings: new Map<string, Float32Array>() };
      if (!near[0]) seen.push(place);
      if (face.embedding) place.embeddings.set(embeddingDigest, face.embedding);
    }
  }
  return seen;
}
