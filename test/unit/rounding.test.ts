import { coarsenSimilarity } from '../../src/domain/rounding';

test.each([
  [93.94, 80, 93],
  [93.96, 80, 94],
  [80, 80, 80],
  [100, 80, 100],
  [99.98, 80, 100],
  [99.94, 80, 99],
  [79.99, 80, 70],
  [9.9, 80, 0],
  [0, 80, 0],
  [85.5, 90, 80],
])('a similarity of %d at a threshold of %d is told as %d to who may not read', (similarity, threshold, told) => {
  expect(coarsenSimilarity(similarity, threshold)).toBe(told);
});
