import { LoopSlice } from '../../src/domain/loop-slice';

/** Keeps the event loop for so long. */
function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

/** How many turns the event loop makes until the promise is settled. */
async function turnsUntil(promise: Promise<unknown>): Promise<number> {
  let turns = 0;
  let counting = setImmediate(function next() {
    turns += 1;
    counting = setImmediate(next);
  });
  await promise;
  clearImmediate(counting);
  return turns;
}

describe('LoopSlice', () => {
  it('goes on at once while it is short', async () => {
    // The clock stands still: a busy machine would make any slice long.
    const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
    try {
      const slice = new LoopSlice();
      expect(slice.isOver).toBe(false);
      expect(await turnsUntil(slice.pause())).toBe(0);
    } finally {
      clock.mockRestore();
    }
  });

  it('gives others the loop when it is over, and begins anew', async () => {
    const slice = new LoopSlice();
    work(10);
    expect(slice.isOver).toBe(true);
    expect(await turnsUntil(slice.pause())).toBeGreaterThan(0);
    expect(slice.isOver).toBe(false);
  });

  it('gives others many turns after what took long', async () => {
    const slice = new LoopSlice();
    work(40);
    expect(await turnsUntil(slice.pause())).toBeGreaterThan(10);
  });

  it('lets one of many go on in a turn', async () => {
    const slices = [new LoopSlice(), new LoopSlice(), new LoopSlice()];
    work(10);
    const turns = await Promise.all(slices.map((slice) => turnsUntil(slice.rest())));
    expect(new Set(turns).size).toBe(3);
  });
});
