import type { LabelledVectors } from './labelled-vectors';

export interface RejectPoint {
  /** Share of the images that were left out, those of the lowest quality. */
  readonly rejected: number;
  /** Pairs of one person that stay, and how many of them do not match. */
  readonly genuine: number;
  readonly falseNonMatches: number;
  /** The part of the false non-matches that went, 0-1. */
  readonly cut: number;
}

const SHARES = [0, 0.01, 0.02, 0.05, 0.1, 0.2];

/**
 * What a quality score is worth: how many pairs of one person still do not match when the worst images are left out.
 *
 * @param quality of each image, higher is better.
 * @param limit distance up to which two faces match.
 */
export function rejectCurve(set: LabelledVectors, quality: readonly number[], limit: number): RejectPoint[] {
  const pairs = set.people().flatMap((person) => {
    const own = set.imagesOf(person);
    return own.flatMap((a, i) => own.slice(0, i).map((b) => ({ a, b, isMissed: set.distance(a, b) > limit })));
  });
  const worstFirst = set.images.map((_, image) => image).sort((a, b) => quality[a]! - quality[b]!);
  const missedBefore = pairs.filter(({ isMissed }) => isMissed).length;
  return SHARES.map((rejected) => {
    const out = new Set(worstFirst.slice(0, Math.round(rejected * worstFirst.length)));
    const kept = pairs.filter(({ a, b }) => !out.has(a) && !out.has(b));
    const falseNonMatches = kept.filter(({ isMissed }) => isMissed).length;
    const cut = missedBefore === 0 ? 0 : 1 - falseNonMatches / missedBefore;
    return { rejected, genuine: kept.length, falseNonMatches, cut };
  });
}
