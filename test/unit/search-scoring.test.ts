import { takeNearest } from '../../src/modules/recognition/search-scoring';

describe('takeNearest', () => {
  it('takes all when there is room, each once', () => {
    expect([...takeNearest([[1, 2, 3], [3, 4], []], 10)].sort()).toEqual([1, 2, 3, 4]);
  });

  it('takes the nearest of each list in turn when there is not', () => {
    expect([...takeNearest([[1, 2, 3, 4], [11], [21, 22, 23]], 6)]).toEqual([1, 11, 21, 2, 22, 3]);
  });

  it('does not count what two lists share twice', () => {
    const shared = [1, 2, 3];
    expect([...takeNearest([shared, shared, [4, 5]], 5)]).toEqual([1, 4, 2, 5, 3]);
  });

  it('takes at most so many of a million', () => {
    const lists = Array.from({ length: 100 }, (_, list) => Array.from({ length: 16_384 }, (_, n) => list * 16_384 + n));
    const taken = takeNearest(lists, 20_000);
    expect(taken.size).toBe(20_000);
    for (const list of lists) expect(list.slice(0, 200).every((key) => taken.has(key))).toBe(true);
  });
});
