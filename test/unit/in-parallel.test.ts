import { inParallel } from '../../workers/evaluation/in-parallel';

describe('work in parallel', () => {
  it('is done once for each item, so many at a time and no more', async () => {
    const done: number[] = [];
    let now = 0;
    let most = 0;
    await inParallel(
      [5, 1, 4, 2, 3],
      async (item) => {
        most = Math.max(most, ++now);
        for (let i = 0; i < item; i++) await Promise.resolve();
        now--;
        done.push(item);
      },
      2,
    );
    expect([...done].sort()).toEqual([1, 2, 3, 4, 5]);
    expect(most).toBe(2);
  });

  it('fails with what one of them throws', async () => {
    await expect(inParallel([1, 2], (item) => Promise.reject(new Error(`no ${item}`)))).rejects.toThrow('no 1');
  });
});
