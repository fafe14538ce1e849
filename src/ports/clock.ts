/** Time as the inside sees it, so that tests can move it. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/**
 * A clock for what must never come back to life, such as a key that has expired: it goes on with `wall`, and where that is
 * set back it goes on from where it was, at its usual pace. Set forward, it follows, and stays there until the process
 * ends or `wall` has caught up: what ends too early can be made again, what ends too late cannot be undone.
 *
 * @param elapsedMs milliseconds that only grow, from any origin.
 */
export function steadyClock(wall: Clock = systemClock, elapsedMs: () => number = () => performance.now()): Clock {
  let latestMs = wall.now().getTime();
  let readAt = elapsedMs();
  return {
    now: () => {
      const at = elapsedMs();
      latestMs = Math.max(wall.now().getTime(), latestMs + (at - readAt));
      readAt = at;
      return new Date(latestMs);
    },
  };
}
