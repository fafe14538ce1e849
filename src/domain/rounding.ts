/** Similarities are answered to 0.1. */
export function roundSimilarity(similarity: number): number {
  return Math.round(similarity * 10) / 10;
}

/** Distances are answered to 3 decimals. */
export function roundDistance(distance: number): number {
  return Math.round(distance * 1_000) / 1_000;
}
