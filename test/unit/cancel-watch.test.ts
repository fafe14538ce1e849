import { CancelWatch } from '../../src/modules/jobs/cancel-watch';

const at = (ms: number) => new Date(ms);

describe('CancelWatch', () => {
  it('asks once a second at most, and not at all while others tell it', async () => {
    const ask = jest.fn(() => Promise.resolve(false));
    const watch = new CancelWatch(false, at(0), ask);
    for (const ms of [1, 999]) expect(await watch.isRequested(at(ms))).toBe(false);
    watch.learn(false, at(900));
    expect(await watch.isRequested(at(1_899))).toBe(false);
    expect(ask).not.toHaveBeenCalled();
    await Promise.all([watch.isRequested(at(1_900)), watch.isRequested(at(1_901))]);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('never goes back from a wish that it has seen', async () => {
    const watch = new CancelWatch(false, at(0), () => Promise.resolve(true));
    expect(await watch.isRequested(at(1_000))).toBe(true);
    // A transaction that began before it ends after it.
    watch.learn(false, at(950));
    expect(await watch.isRequested(at(1_001))).toBe(true);
  });

  it('asks again after a question that failed', async () => {
    const answers = [Promise.reject(new Error('database away')), Promise.resolve(true)];
    answers[0]!.catch(() => undefined);
    const watch = new CancelWatch(false, at(0), () => answers.shift()!);
    await expect(watch.isRequested(at(1_000))).rejects.toThrow('away');
    expect(await watch.isRequested(at(1_001))).toBe(true);
  });
});
