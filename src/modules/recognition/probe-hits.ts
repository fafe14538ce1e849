import type { VectorHit } from '../../ports/vector-index';

/** What the indexes answered for one probe. */
export class ProbeHits {
  private readonly lists: VectorHit[][] = [];

  add(hits: VectorHit[]): void {
    this.lists.push(hits);
  }

  /** Whether a list was cut at k while still within `maxDistance`. */
  isCut(k: number, maxDistance: number): boolean {
    return this.lists.some((hits) => hits.length >= k && (hits.at(-1)?.distance ?? Infinity) <= maxDistance);
  }

  /** Nearest first. */
  keysWithin(maxDistance: number): bigint[] {
    return this.lists
      .flatMap((hits) => hits.filter((hit) => hit.distance <= maxDistance))
      .sort((a, b) => a.distance - b.distance)
      .map((hit) => hit.vectorKey);
  }
}
