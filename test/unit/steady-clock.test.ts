import { steadyClock } from '../../src/ports/clock';

/** A wall clock that can be set, and the time that passes whatever it is set to. */
function walls() {
  const state = { wallMs: 1_000_000, elapsedMs: 0 };
  return {
    state,
    clock: steadyClock({ now: () => new Date(state.wallMs) }, () => state.elapsedMs),
    pass: (ms: number) => {
      state.wallMs += ms;
      state.elapsedMs += ms;
    },
  };
}

describe('a steady clock', () => {
  it('tells the time of the wall clock', () => {
    const { clock, pass } = walls();
    expect(clock.now().getTime()).toBe(1_000_000);
    pass(250);
    expect(clock.now().getTime()).toBe(1_000_250);
  });

  it('goes on at its pace when the wall clock is set back, and is met by it again', () => {
    const { clock, pass, state } = walls();
    state.wallMs -= 3_600_000;
    expect(clock.now().getTime()).toBe(1_000_000);
    pass(1_000);
    expect(clock.now().getTime()).toBe(1_001_000);
    pass(3_600_000);
    expect(clock.now().getTime()).toBe(4_601_000);
    state.wallMs += 3_600_000 + 5;
    expect(clock.now().getTime()).toBe(4_601_005);
  });

  it('follows the wall clock forward, and stays there when that was a mistake', () => {
    const { clock, pass, state } = walls();
    state.wallMs += 60_000;
    expect(clock.now().getTime()).toBe(1_060_000);
    state.wallMs -= 60_000;
    pass(10);
    expect(clock.now().getTime()).toBe(1_060_010);
  });
});
