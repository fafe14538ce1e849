import type { LabelledVectors } from './labelled-vectors';

/** Distances of all pairs of images, each kind in ascending order. */
export interface AllPairs {
  readonly genuine: Float32Array;
  readonly impostor: Float32Array;
}

export function allPairDistances(set: LabelledVectors): AllPairs {
  const count = set.images.length;
  const genuine: number[] = [];
  const impostor = new Float32Array((count * (count - 1)) / 2);
  let impostors = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      if (set.persons[i] === set.persons[j]) genuine.push(set.distance(i, j));
      else impostor[impostors++] = set.distance(i, j);
    }
  }
  return { genuine: Float32Array.from(genuine).sort(), impostor: impostor.slice(0, impostors).sort() };
}

/** How many of ascending `values` are at most `limit`. */
export function countUpTo(values: Float32Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The largest distance at which at most a share `rate` of the impostor pairs match. */
export function distanceAtRate(impostor: Float32Array, rate: number): number {
  const index = Math.floor(impostor.length * rate);
  return index === 0 ? impostor[0]! - 1e-6 : impostor[Math.min(impostor.length - 1, index - 1)]!;
}

/** Where the shares of false matches and of false non-matches are equal. */
export function equalError({ genuine, impostor }: AllPairs): { readonly distance: number; readonly rate: number } {
  let low = 0;
  let high = Math.max(genuine[genuine.length - 1]!, impostor[impostor.length - 1]!);
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    const falseMatch = countUpTo(impostor, middle) / impostor.length;
    const falseNonMatch = 1 - countUpTo(genuine, middle) / genuine.length;
    if (falseMatch < falseNonMatch) low = middle;
    else high = middle;
  }
  const falseMatch = countUpTo(impostor, high) / impostor.length;
  const falseNonMatch = 1 - countUpTo(genuine, high) / genuine.length;
  return { distance: high, rate: (falseMatch + falseNonMatch) / 2 };
}

export interface ScoredPair {
  /** Infinity when one of the images has no face. */
  readonly distance: number;
  readonly same: boolean;
}

export const accuracyAt = (pairs: readonly ScoredPair[], threshold: number): number =>
  pairs.filter(({ distance, same }) => distance <= threshold === same).length / pairs.length;

/** The threshold that decides the most pairs rightly: the middle of the widest stretch among the best. */
export function bestThreshold(pairs: readonly ScoredPair[]): number {
  const sorted = [...pairs].filter(({ distance }) => Number.isFinite(distance)).sort((a, b) => a.distance - b.distance);
  let right = pairs.filter(({ same }) => !same).length;
  let best = { right: -1, width: 0, threshold: 0 };
  sorted.forEach(({ distance, same }, i) => {
    right += same ? 1 : -1;
    const next = sorted[i + 1]?.distance ?? distance;
    const width = next - distance;
    if (right > best.right || (right === best.right && width > best.width)) {
      best = { right, width, threshold: (distance + next) / 2 };
    }
  });
  return best.threshold;
}
