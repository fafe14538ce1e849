import { TurnQueue } from '../../src/domain/turn-queue';

/** Takes everything, in turn. */
function all<T>(queue: TurnQueue<T>): T[] {
  const taken: T[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) taken.push(item);
  return taken;
}

describe('TurnQueue', () => {
  it('lets parties take turns, each in the order of its arrival', () => {
    const queue = new TurnQueue<string>();
    for (const item of ['a1', 'a2', 'a3', 'a4']) queue.push(item, { id: 'a' });
    for (const item of ['b1', 'b2']) queue.push(item, { id: 'b' });
    expect(all(queue)).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'a4']);
    expect([queue.size, queue.parties]).toEqual([0, 0]);
  });

  it('puts one that comes new next, and gives it nothing for the time that it was away', () => {
    const queue = new TurnQueue<string>();
    for (let n = 0; n < 1_000; n += 1) queue.push(`a${n}`, { id: 'a' });
    for (let n = 0; n < 500; n += 1) queue.shift();
    for (let n = 0; n < 3; n += 1) queue.push(`b${n}`, { id: 'b' });
    const taken = Array.from({ length: 6 }, () => queue.shift());
    expect(taken.slice(0, 2)).toContain('b0');
    expect(taken.filter((item) => item?.startsWith('b'))).toHaveLength(3);
    expect(taken.filter((item) => item?.startsWith('a'))).toHaveLength(3);
  });

  it('does not let one jump ahead that has one item at a time', () => {
    const queue = new TurnQueue<string>();
    const served = { a: 0, b: 0 };
    queue.push('a', { id: 'a' });
    for (let n = 0; n < 100; n += 1) queue.push('b', { id: 'b' });
    for (let n = 0; n < 60; n += 1) {
      const party = queue.shift() as 'a' | 'b';
      served[party] += 1;
      if (party === 'a') queue.push('a', { id: 'a' });
    }
    expect(Math.abs(served.a - served.b)).toBeLessThanOrEqual(1);
  });

  it('counts cost and weight', () => {
    const queue = new TurnQueue<string>();
    const served = { heavy: 0, light: 0, favoured: 0 };
    for (let n = 0; n < 400; n += 1) {
      queue.push('heavy', { id: 'heavy' }, 4);
      queue.push('light', { id: 'light' }, 1);
      queue.push('favoured', { id: 'favoured', weight: 3 }, 1);
    }
    for (let n = 0; n < 170; n += 1) served[queue.shift() as keyof typeof served] += 1;
    expect(served.heavy).toBeGreaterThanOrEqual(9);
    expect(served.heavy).toBeLessThanOrEqual(11);
    expect(served.light / served.heavy).toBeCloseTo(4, 0);
    expect(served.favoured / served.light).toBeCloseTo(3, 0);
  });

  it('takes back what was at the head, and lets go of what waits no more', () => {
    const queue = new TurnQueue<string>();
    queue.push('a1', { id: 'a' });
    queue.push('a2', { id: 'a' });
    queue.putBack(queue.shift()!, { id: 'a' });
    expect(queue.remove('a2', 'a')).toBe(true);
    expect(queue.remove('a2', 'a')).toBe(false);
    expect(queue.remove('a1', 'b')).toBe(false);
    expect([queue.size, queue.sizeOf('a'), queue.peek()]).toEqual([1, 1, 'a1']);
    expect(all(queue)).toEqual(['a1']);
  });

  it('forgets parties that are gone', () => {
    const queue = new TurnQueue<number>();
    for (let n = 0; n < 10_000; n += 1) {
      queue.push(n, { id: `party ${n}` });
      queue.shift();
    }
    expect(queue['ahead'].size).toBeLessThanOrEqual(100);
  });
});
