import {
  distanceAtSimilarity,
  falseMatchRateAt,
  operatingPoints,
  similarityAtFalseMatchRate,
  similarityOf,
  type Calibration,
} from '../../src/domain/calibration';

const calibration: Calibration = {
  revision: '1',
  knots: [
    { distance: 0, d: 12 },
    { distance: 0.5, d: 5 },
    { distance: 0.66, d: 3 },
    { distance: 0.8, d: 1.5 },
    { distance: 1.4, d: 0 },
  ],
  extrapolatedBeyondD: 6,
  equalErrorDistance: 0.7,
  source: 'made up for this test',
};

describe('the similarity scale', () => {
  test.each([
    [0, 0],
    [1, 40],
    [2, 60],
    [3, 80],
    [4, 90],
    [5, 95],
    [6, 97.5],
    [7, 98.75],
  ])('d = %d is similarity %d', (d, similarity) => {
    expect(similarityAtFalseMatchRate(10 ** -d)).toBeCloseTo(similarity, 9);
    expect(Math.log10(falseMatchRateAt(similarity))).toBeCloseTo(-d, 9);
  });

  it('falls as the distance grows, from just below 100 to 0', () => {
    let last = 100;
    for (let distance = 0; distance <= 1.4; distance += 0.01) {
      const similarity = similarityOf(calibration, distance);
      expect(similarity).toBeLessThan(last);
      last = similarity;
    }
    expect(similarityOf(calibration, 0)).toBeGreaterThan(99.9);
    expect(similarityOf(calibration, 2)).toBe(0);
  });

  it('goes back from similarity to distance', () => {
    for (const distance of [0.1, 0.5, 0.6, 0.7, 1.2]) {
      expect(distanceAtSimilarity(calibration, similarityOf(calibration, distance))).toBeCloseTo(distance, 9);
    }
    expect(distanceAtSimilarity(calibration, 100)).toBe(0);
    expect(distanceAtSimilarity(calibration, 0)).toBe(1.4);
  });
});

describe('the operating points', () => {
  it('are named as distance and similarity', () => {
    expect(operatingPoints(calibration)).toEqual([
      { falseMatchRate: 1e-3, distance: expect.closeTo(0.66, 9), similarity: expect.closeTo(80, 9) },
      { falseMatchRate: 1e-4, distance: expect.closeTo(0.58, 9), similarity: expect.closeTo(90, 9) },
      { falseMatchRate: 1e-5, distance: expect.closeTo(0.5, 9), similarity: expect.closeTo(95, 9) },
    ]);
  });
});
