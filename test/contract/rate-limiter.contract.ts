import { newId } from '../../src/domain/ids';
import { PERIOD_MS, type Bucket } from '../../src/domain/rates';
import type { RateLimiter, Taking } from '../../src/ports/rate-limiter';

export interface RateLimiterWorld {
  /** Limiters of as many processes, over the same buckets. */
  readonly limiters: readonly [RateLimiter, ...RateLimiter[]];
}

/** Bucket of a tenant or key of its own. */
function bucketOf(capacity: number, of: Bucket['of'] = 'TENANT'): Bucket {
  return { id: `${newId()}/SEARCHES`, rate: 'SEARCHES', of, capacity };
}

/** What any RateLimiter promises. Buckets of tests fill by the hour: what comes back while a test runs is told by the time it took. */
export function describeRateLimiter(
  name: string,
  open: () => Promise<RateLimiterWorld>,
  close: () => Promise<void>,
): void {
  describe(`rate limiter ${name}`, () => {
    let world: RateLimiterWorld;
    const take = (bucket: Bucket, amount = 1): Promise<Taking> => world.limiters[0].take([{ bucket, amount }]);
    /** Charges of settle are told to the others after a moment. */
    const until = async (check: () => Promise<boolean>): Promise<void> => {
      const giveUpAt = performance.now() + 20_000;
      while (!(await check())) {
        if (performance.now() > giveUpAt) throw new Error('It did not come to that');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };

    beforeAll(async () => {
      world = await open();
    });
    afterAll(() => close());

    test('takes what there is, and says how long the next one has to wait', async () => {
      const bucket = bucketOf(10);
      const first = await take(bucket, 4);
      expect(first.taken).toBe(true);
      expect(first.states[0]!.remaining).toBeCloseTo(6, 0);
      expect((await take(bucket, 6)).taken).toBe(true);
      const refused = await take(bucket);
      if (refused.taken) throw new Error('More was taken than there was');
      // One in ten an hour comes back in six minutes.
      expect(refused.waitMs).toBeGreaterThan(PERIOD_MS / 10 - 30_000);
      expect(refused.waitMs).toBeLessThanOrEqual(PERIOD_MS / 10);
      expect(refused.bucket).toEqual(bucket);
    });

    test('fills again at its rate', async () => {
      // 36,000 an hour are ten a second.
      const bucket = bucketOf(36_000);
      expect((await take(bucket, 36_000)).taken).toBe(true);
      expect((await take(bucket)).taken).toBe(false);
      await until(async () => (await take(bucket)).taken);
      // What comes back is no more than the time allows: not a second bucket.
      expect((await take(bucket, 18_000)).taken).toBe(false);
    });

    test('takes of all buckets or of none', async () => {
      const [tenant, key] = [bucketOf(100), bucketOf(3, 'KEY')];
      const both = (amount: number): Promise<Taking> =>
        world.limiters[0].take([
          { bucket: tenant, amount },
          { bucket: key, amount },
        ]);
      expect((await both(3)).taken).toBe(true);
      const refused = await both(3);
      expect(refused).toMatchObject({ taken: false, bucket: key });
      // Nothing of the tenant's went with the refusal.
      expect((await take(tenant, 97)).taken).toBe(true);
      expect((await take(tenant)).taken).toBe(false);
    });

    test('keeps holders apart', async () => {
      const [one, other] = [bucketOf(5), bucketOf(5)];
      expect((await take(one, 5)).taken).toBe(true);
      expect((await take(one)).taken).toBe(false);
      expect((await take(other, 5)).taken).toBe(true);
    });

    test('settles into debt, of one bucket at most', async () => {
      const bucket = bucketOf(10);
      world.limiters[0].settle([{ bucket, amount: 1_000 }]);
      await until(async () => !(await take(bucket)).taken);
      const refused = await take(bucket);
      if (refused.taken) throw new Error('It was taken in spite of the debt');
      expect(refused.waitMs).toBeGreaterThan(PERIOD_MS);
      expect(refused.waitMs).toBeLessThanOrEqual(PERIOD_MS * 1.1);
      expect(refused.states[0]!.remaining).toBeLessThan(0);
    });

    test('takes back what was not needed', async () => {
      const bucket = bucketOf(10);
      expect((await take(bucket, 10)).taken).toBe(true);
      world.limiters[0].settle([{ bucket, amount: -4 }]);
      await until(async () => (await take(bucket, 4)).taken);
      expect((await take(bucket)).taken).toBe(false);
    });

    test('never gives more than there is, whoever asks at once', async () => {
      // Large enough for slices to be taken ahead, and so slow that nothing comes back meanwhile.
      for (const capacity of [7, 400]) {
        const bucket = bucketOf(capacity);
        const begunAt = performance.now();
        const asked = Array.from({ length: capacity * 2 }, (_, index) =>
          world.limiters[index % world.limiters.length]!.take([{ bucket, amount: 1 }]),
        );
        const taken = (await Promise.all(asked)).filter((one) => one.taken).length;
        const back = Math.ceil(((performance.now() - begunAt) * capacity) / PERIOD_MS);
        expect(taken).toBeLessThanOrEqual(capacity + back);
        // Slices that other processes hold are all that may be missing.
        expect(taken).toBeGreaterThanOrEqual(Math.floor(capacity * (1 - 0.03 * world.limiters.length)));
      }
    });
  });
}
