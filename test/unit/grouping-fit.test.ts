import { distanceAtSimilarity, groupingThreshold, type Calibration } from '../../src/domain/calibration';
import { distanceBetween } from '../../src/domain/distance';
import { fitGrouping } from '../../workers/evaluation/grouping-fit';
import { scoreGroups } from '../../workers/evaluation/grouping-score';
import { LabelledVectors } from '../../workers/evaluation/labelled-vectors';
import { randomVectors, seeded } from '../fixtures/vectors';

const scale: Calibration = {
  revision: '1',
  knots: [
    { distance: 0, d: 5 },
    { distance: 1, d: 1 },
    { distance: 2, d: 0 },
  ],
  extrapolatedBeyondD: 5,
  equalErrorDistance: 0.5,
  source: 'none',
};

/** So many people with three images each, all within `spread` of their person's middle. */
function peopleOf(count: number, spread: number): LabelledVectors {
  const random = seeded(11);
  const unit = (vector: Float32Array) => vector.map((value) => value / Math.hypot(...vector));
  const vectors = randomVectors(count, 24, random).flatMap((middle, p) =>
    [1, 2, 3].map((n) => {
      const image = unit(middle.map((value) => value + (random() - 0.5) * spread));
      return [`p${p}/p${p}_000${n}.jpg`, image] as const;
    }),
  );
  return new LabelledVectors('COSINE', new Map(vectors));
}

test('scores groups by pairs and by points', () => {
  const people = ['a', 'a', 'a', 'b', 'b', 'c'];
  expect(scoreGroups([[0, 1, 2], [3, 4], [5]], people)).toMatchObject({ pairF1: 1, bcubedF1: 1 });
  // One pair of four is found, and one of the two that are together is right.
  const score = scoreGroups([[0, 1], [2, 3], [4], [5]], people);
  expect(score).toMatchObject({ pairPrecision: 1 / 2, pairRecall: 1 / 4 });
  expect(score.bcubedPrecision).toBeCloseTo((1 + 1 + 0.5 + 0.5 + 1 + 1) / 6);
  expect(score.bcubedRecall).toBeCloseTo((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2 + 1) / 6);
  expect(scoreGroups([[0, 1, 2, 3, 4, 5]], people).pairPrecision).toBeCloseTo(4 / 15);
});

test('finds where groups of a set are joined best, and says nothing of a small one', async () => {
  const set = peopleOf(120, 0.5);
  const fit = await fitGrouping(set, 'COSINE', scale);
  const limit = distanceAtSimilarity(scale, fit!.similarity);
  const distances = (isWanted: (a: number, b: number) => boolean) =>
    set.vectors.flatMap((one, a) =>
      set.vectors.flatMap((other, b) => (a < b && isWanted(a, b) ? [distanceBetween('COSINE', one, other)] : [])),
    );
  const own = distances((a, b) => set.persons[a] === set.persons[b]);
  const others = distances((a, b) => set.persons[a] !== set.persons[b]);
  const mean = own.reduce((sum, distance) => sum + distance, 0) / own.length;
  expect(limit).toBeGreaterThan(mean);
  expect(limit).toBeLessThan([...others].sort((a, b) => a - b)[Math.floor(others.length / 2)]!);
  expect(await fitGrouping(peopleOf(20, 0.5), 'COSINE', scale)).toBeUndefined();
});

test('a pack that was not fitted groups as those that were, about', () => {
  expect(groupingThreshold(scale)).toBe(90);
  expect(groupingThreshold({ grouping: { similarity: 62, source: 'some' } })).toBe(62);
});
