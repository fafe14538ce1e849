import { ByteBudget } from '../../src/http/byte-budget';

const REFUSED = expect.objectContaining({
  code: 'RATE_LIMITED',
  retryable: true,
  details: { retryAfterMs: expect.any(Number) },
});

test('one party holds so much, all together so much, and nothing once it is given back', () => {
  const budget = new ByteBudget({ total: 100, each: 60 });
  const [a, b, c] = [budget.hold(['a']), budget.hold(['b']), budget.hold(['a', 'c'])];
  a.grow(60);
  expect(() => a.grow(1)).toThrow(REFUSED);
  expect(() => c.grow(1)).toThrow(REFUSED);
  b.grow(40);
  expect(() => b.grow(1)).toThrow(REFUSED);
  expect(budget.inFlight).toBe(100);
  a.release();
  a.release();
  c.grow(60);
  expect(() => budget.hold(['c']).grow(1)).toThrow(REFUSED);
  c.release();
  b.release();
  expect(budget.inFlight).toBe(0);
});
