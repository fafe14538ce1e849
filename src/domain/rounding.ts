/** Similarities are answered to 0.1. */
export function roundSimilarity(similarity: number): number {
  return Math.round(similarity * 10) / 10;
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
