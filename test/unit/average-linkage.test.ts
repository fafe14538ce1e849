import { linkByAverage, type LinkedPoint } from '../../src/domain/average-linkage';
import type { Metric } from '../../src/domain/calibration';
import { distanceBetween } from '../../src/domain/distance';
import { randomVectors, seeded } from '../fixtures/vectors';

/** Noisy copies of a few vectors, each near to all others of its kind. */
function crowd(kinds: number, each: number, noise: number, seed: number): Float32Array[] {
  const random = seeded(seed);
  return randomVectors(kinds, 16, random).flatMap((centre) =>
    Array.from({ length: each }, () => unit(centre.map((value) => value + (random() - 0.5) * noise))),
  );
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** Points that all know each other. */
function everyone(vectors: readonly Float32Array[], sourceOf = (at: number) => `image ${at}`): LinkedPoint[] {
  const all = vectors.map((_, at) => at);
  return vectors.map((vector, at) => ({ vector, source: sourceOf(at), neighbours: all }));
}

/** Average linkage as a textbook has it: the mean of all pairs, all groups compared each time. */
function textbook(points: readonly LinkedPoint[], metric: Metric, maxDistance: number): number[][] {
  const groups = points.map((_, at) => [at]);
  for (;;) {
    let nearest = { mean: maxDistance, one: -1, other: -1 };
    for (const [one, a] of groups.entries()) {
      for (const [other, b] of groups.entries()) {
        if (other <= one) continue;
        const sources = new Set([...a, ...b].map((at) => points[at]!.source));
        if (sources.size < a.length + b.length) continue;
        const pairs = a.flatMap((x) => b.map((y) => distanceBetween(metric, points[x]!.vector, points[y]!.vector)));
        const mean = pairs.reduce((sum, distance) => sum + distance, 0) / pairs.length;
        if (mean < nearest.mean) nearest = { mean, one, other };
      }
    }
    if (nearest.one < 0) return groups.map((group) => group.sort((x, y) => x - y));
    groups[nearest.one]!.push(...groups[nearest.other]!);
    groups.splice(nearest.other, 1);
  }
}

const sorted = (groups: number[][]) => groups.sort((a, b) => a[0]! - b[0]!);

test.each([0.3, 0.45, 0.6])('groups as the textbook does, up to a mean distance of %s', async (maxDistance) => {
  const points = everyone(crowd(6, 7, 0.9, 5));
  const found = sorted(await linkByAverage(points, 'COSINE', maxDistance));
  expect(found).toEqual(sorted(textbook(points, 'COSINE', maxDistance)));
  expect(found.length).toBeLessThan(points.length);
});

test('finds the kinds of a crowd from a few neighbours of each, by either metric', async () => {
  const vectors = crowd(5, 20, 0.3, 7);
  const points = vectors.map((vector, at) => ({
    vector,
    source: `image ${at}`,
    neighbours: [...vectors.keys()]
      .sort((a, b) => distanceBetween('COSINE', vector, vectors[a]!) - distanceBetween('COSINE', vector, vectors[b]!))
      .slice(1, 5),
  }));
  const kinds = Array.from({ length: 5 }, (_, kind) => Array.from({ length: 20 }, (_, at) => kind * 20 + at));
  expect(sorted(await linkByAverage(points, 'COSINE', 0.3))).toEqual(kinds);
  expect(sorted(await linkByAverage(points, 'EUCLIDEAN', Math.sqrt(2 * 0.3)))).toEqual(kinds);
});

test('joins no two points of one source, however near, and gives the same groups each time', async () => {
  const points = everyone(crowd(3, 8, 0.5, 9), (at) => `image ${at % 8}`);
  const far = 2;
  const groups = await linkByAverage(points, 'COSINE', far);
  for (const group of groups) expect(new Set(group.map((at) => points[at]!.source)).size).toBe(group.length);
  expect(await linkByAverage(points, 'COSINE', far)).toEqual(groups);
  expect(groups.flat().sort((a, b) => a - b)).toEqual(points.map((_, at) => at));
});

test('has nothing to say of nothing', async () => {
  expect(await linkByAverage([], 'COSINE', 1)).toEqual([]);
});
