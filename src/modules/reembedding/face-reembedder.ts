import type { BoundingBox, Landmarks } from '../../domain/geometry';
import { overlapOf, SAME_FACE } from '../../domain/overlap';
import type { AnalyzedFace, FaceAnalyzer } from '../../ports/face-analyzer';

/** A face of an image that another pack has found. */
export interface KnownFace {
  readonly id: string;
  readonly boundingBox: BoundingBox;
  readonly landmarks: Landmarks;
}

export interface ReembedRequest {
  /** `name@version` of a pack that is served. */
  readonly packId: string;
  /** Encoded, as it is stored; it is not taken along. */
  readonly image: Uint8Array;
  readonly faces: readonly KnownFace[];
  /** Parties that wait take turns; a tenant's id. */
  readonly party: string;
  readonly signal: AbortSignal;
}

/** As many as an analysis embeds. */
const MOST_FACES = 100;

/** Embeds faces that are known in another pack. */
export class FaceReembedder {
  constructor(private readonly analyzer: Pick<FaceAnalyzer, 'analyze'>) {}

  /**
   * A face that the pack's own detector finds is aligned by what that sees, as those are that it is compared with later; one that it
   * misses, by the landmarks that are known.
   * @returns vectors by the ids of faces; a face whose pixels give no usable one has none.
   * @throws DomainError what FaceAnalyzer throws.
   */
  async embed({ packId, image, faces, party, signal }: ReembedRequest): Promise<Map<string, Float32Array>> {
    const vectors = new Map<string, Float32Array>();
    if (faces.length === 0) return vectors;
    const options = {
      packId,
      maxFaces: MOST_FACES,
      embed: true,
      clean: false,
      priority: 'BULK',
      party,
      signal,
    } as const;
    const seen = await this.analyzer.analyze({
      ...options,
      // The analysis may take the bytes along to its thread.
      image: new Uint8Array(image),
      keep: 'BEST',
      qualityFilter: 'NONE',
    });
    for (const { known, found } of pairsOf(faces, seen.faces)) {
      if (found.embedding) vectors.set(known.id, found.embedding);
    }
    const missed = faces.filter(({ id }) => !vectors.has(id));
    for (let from = 0; from < missed.length; from += MOST_FACES) {
      const part = missed.slice(from, from + MOST_FACES);
      const placed = await this.analyzer.analyze({
        ...options,
        image: new Uint8Array(image),
        keep: 'LARGEST',
        qualityFilter: 'NONE',
        places: part.map(({ boundingBox, landmarks }) => ({ boundingBox, landmarks })),
      });
      placed.faces.forEach(({ embedding }, place) => {
        if (embedding) vectors.set(part[place]!.id, embedding);
      });
    }
    return vectors;
  }
}

/** Which face is which, those that lie most alike first; each is one other's at most. */
function pairsOf(
  known: readonly KnownFace[],
  found: readonly AnalyzedFace[],
): { readonly known: KnownFace; readonly found: AnalyzedFace }[] {
  const near = known
    .flatMap((one) =>
      found.map((other) => ({ known: one, found: other, overlap: overlapOf(one.boundingBox, other.boundingBox) })),
    )
    .filter(({ overlap }) => overlap >= SAME_FACE)
    .sort((a, b) => b.overlap - a.overlap);
  const taken = new Set<KnownFace | AnalyzedFace>();
  return near.filter((pair) => {
    if (taken.has(pair.known) || taken.has(pair.found)) return false;
    taken.add(pair.known).add(pair.found);
    return true;
  });
}
