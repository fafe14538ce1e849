/** mulberry32: a small generator of 32-bit state with numbers in [0, 1), so that a run can be repeated. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` of the items, each at most once, in random order. */
export function sample<T>(items: readonly T[], count: number, random: () => number): T[] {
  const shuffled = [...items];
  const taken = Math.min(count, shuffled.length);
  for (let i = 0; i < taken; i++) {
    const j = i + Math.floor(random() * (shuffled.length - i));
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled.slice(0, taken);
}
