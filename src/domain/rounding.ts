/** Similarities are answered to 0.1. */
export function roundSimilarity(similarity: number): number {
  return Math.round(similarity * 10) / 10;
}

/**
 * A similarity to stored faces for who may not read them: a whole number, and below the threshold a multiple of ten, so that few
 * answers tell whether a changed image came nearer. Rounded down: a match from the tenth that others are told.
 */
export function coarsenSimilarity(similarity: number, threshold: number): number {
  return similarity >= threshold ? Math.floor(roundSimilarity(similarity)) : Math.floor(similarity / 10) * 10;
}

/** Confidence, quality and pose are answered to 2 decimals: beyond is noise of the nets. */
export function roundMeasure(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Rates are answered to 3 significant digits. */
export function roundRate(rate: number): number {
  return Number(rate.toPrecision(3));
}

/** Distances are answered to 3 decimals. */
export function roundDistance(distance: number): number {
  return Math.round(distance * 1_000) / 1_000;
}

/** Times are answered to a tenth of a millisecond. */
export function roundMilliseconds(ms: number): number {
  return Math.round(ms * 10) / 10;
}
