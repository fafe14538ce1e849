import { bucketsOf, PERIOD_MS, type RateHolder } from '../../src/domain/rates';
import { DEFAULT_LIMITS, type TenantLimits } from '../../src/domain/tenant';
import { MemoryRateLimiter } from '../../src/infra/memory/memory-rate-limiter';
import { countUse } from '../../src/modules/rates/bill';
import { LeasingRateLimiter } from '../../src/modules/rates/leasing-rate-limiter';
import { Rates } from '../../src/modules/rates/rates.service';
import type { Lease, RateStore } from '../../src/ports/rate-limiter';

const holderWith = (limits: Partial<TenantLimits>): RateHolder => ({
  tenantId: 'a-tenant',
  apiKeyId: 'a-key',
  limits: { ...DEFAULT_LIMITS, maxKeySharePercent: null, ...limits },
});

describe('a bill', () => {
  let nowMs = 0;
  let rates: Rates;
  const search = (holder: RateHolder, faces = 1): Promise<unknown> => {
    const bill = rates.bill(holder);
    return bill.charge({ SEARCHES: 1, FACES: 1 }, async () => countUse('FACES', faces)).then(() => bill.cost());
  };

  beforeEach(() => {
    nowMs = 0;
    rates = new Rates({
      limiter: new MemoryRateLimiter(() => nowMs),
      limits: { of: () => Promise.resolve(DEFAULT_LIMITS) },
      usage: { add: () => undefined },
    });
  });

  test('tells what was taken, what it was in the end, and what is left', async () => {
    const cost = await search(holderWith({ maxSearchesHourly: 7_200, maxFacesAnalyzedHourly: 36_000 }), 5);
    const searches = { rate: 'SEARCHES', of: 'TENANT', requested: 1, actual: 1 };
    const faces = { rate: 'FACES', of: 'TENANT', requested: 1, actual: 5 };
    expect(cost).toEqual({
      ...searches,
      limit: 7_200,
      remaining: 7_199,
      restoreRate: 2,
      charges: [
        { ...searches, limit: 7_200, remaining: 7_199, restoreRate: 2 },
        { ...faces, limit: 36_000, remaining: 35_995, restoreRate: 10 },
      ],
    });
  });

  test('says whose limit it is, when to come again and whom to ask', async () => {
    const holder = holderWith({ maxSearchesHourly: 2 });
    await search(holder);
    await search(holder);
    await expect(search(holder)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
      message:
        'This tenant has used up its searches: 2 an hour. Try again in 30 minutes, or ask the operator of this server for more (maxSearchesHourly).',
      details: { rate: 'SEARCHES', of: 'TENANT', limit: 2, retryAfterMs: PERIOD_MS / 2 },
    });
    expect(rates.refusals()).toEqual([{ of: 'TENANT', rate: 'SEARCHES', count: 1 }]);
    nowMs += PERIOD_MS / 2;
    await search(holder);
    await expect(search(holder)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });

  test('one key takes its share, and leaves the rest to others', async () => {
    const one = holderWith({ maxSearchesHourly: 4, maxKeySharePercent: 50 });
    const other = { ...one, apiKeyId: 'another-key' };
    await search(one);
    await search(one);
    await expect(search(one)).rejects.toMatchObject({
      message:
        'This key has used up its searches: 2 an hour. Try again in 30 minutes, use another key of the tenant, or ask the operator of this server for a larger share of a key (maxKeySharePercent).',
    });
    await search(other);
    await search(other);
    await expect(search({ ...one, apiKeyId: 'a-third' })).rejects.toMatchObject({
      details: { of: 'TENANT', rate: 'SEARCHES' },
    });
    await search({ ...one, tenantId: 'another-tenant' });
  });

  test('gives back the faces of work that failed before it looked at one, not the search', async () => {
    const holder = holderWith({ maxSearchesHourly: 10, maxFacesAnalyzedHourly: 10 });
    const bill = rates.bill(holder);
    await expect(bill.charge({ SEARCHES: 1, FACES: 2 }, () => Promise.reject(new Error('no image')))).rejects.toThrow(
      'no image',
    );
    expect(bill.cost()?.charges).toMatchObject([
      { rate: 'SEARCHES', actual: 1, remaining: 9 },
      { rate: 'FACES', requested: 2, actual: 0, remaining: 10 },
    ]);
  });

  test('a group photograph may leave a debt, which is paid before the next image', async () => {
    const holder = holderWith({ maxFacesAnalyzedHourly: 10 });
    await search(holder, 14);
    await expect(search(holder)).rejects.toMatchObject({
      details: { rate: 'FACES', retryAfterMs: expect.any(Number) },
    });
    nowMs += PERIOD_MS / 2;
    await search(holder, 1);
  });

  test('what is more than there ever is does not ask to come again', async () => {
    const bill = rates.bill(holderWith({ maxUploadsHourly: 100 }));
    await expect(bill.charge({ UPLOADS: 101 }, () => Promise.resolve())).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      retryable: false,
      message:
        'This tenant may have 100 uploads an hour, and this asks for 101 at once. Send fewer at once, or ask the operator of this server for more (maxUploadsHourly).',
    });
    await expect(
      rates.bill(holderWith({ maxSearchesHourly: 0 })).charge({ SEARCHES: 1 }, () => Promise.resolve()),
    ).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  });

  test('null is no limit: nothing is refused or told', async () => {
    const holder = holderWith({ maxSearchesHourly: null, maxFacesAnalyzedHourly: null });
    for (let index = 0; index < 50; index += 1) expect(await search(holder, 100)).toBeNull();
  });

  test('parts of one operation settle their own faces', async () => {
    const bill = rates.bill(holderWith({ maxSearchesHourly: 100, maxFacesAnalyzedHourly: 100 }));
    const part = (faces: number): Promise<void> =>
      bill.charge({ SEARCHES: 1, FACES: 1 }, async () => {
        await Promise.resolve();
        countUse('FACES', faces);
      });
    await Promise.all([part(3), part(0), part(7)]);
    expect(bill.cost()?.charges).toMatchObject([
      { rate: 'SEARCHES', requested: 3, actual: 3, remaining: 97 },
      { rate: 'FACES', requested: 3, actual: 10, remaining: 90 },
    ]);
  });
});

describe('buckets', () => {
  test('a tenant that has not been told of a limit imports 100,000 photographs with one key and meets none', () => {
    const holder: RateHolder = { tenantId: 't', apiKeyId: 'k', limits: DEFAULT_LIMITS };
    const capacities = (['UPLOADS', 'FACES', 'BYTES'] as const).map((rate) =>
      Math.min(...bucketsOf(rate, holder).map(({ capacity }) => capacity)),
    );
    // Two faces a photograph of 4 MB.
    expect(capacities[0]).toBeGreaterThanOrEqual(100_000);
    expect(capacities[1]).toBeGreaterThanOrEqual(200_000);
    expect(capacities[2]).toBeGreaterThanOrEqual(100_000 * 4 * 1_048_576);
  });

  test('in memory are bounded', async () => {
    const limiter = new MemoryRateLimiter(() => 0, 3);
    const bucket = (id: number) => ({ id: String(id), rate: 'SEARCHES', of: 'TENANT', capacity: 1 }) as const;
    for (let id = 0; id < 4; id += 1) await limiter.take([{ bucket: bucket(id), amount: 1 }]);
    // The one that was asked for longest ago is forgotten, not the others.
    expect((await limiter.take([{ bucket: bucket(1), amount: 1 }])).taken).toBe(false);
    expect((await limiter.take([{ bucket: bucket(0), amount: 1 }])).taken).toBe(true);
  });
});

describe('a process that shares buckets', () => {
  const bucket = { id: 'shared', rate: 'SEARCHES', of: 'TENANT', capacity: 1_000 } as const;

  test('asks the store for a slice, not for each search', async () => {
    let steps = 0;
    const store: RateStore = {
      lease: (_bucket, _need, want): Promise<Lease> => {
        steps += 1;
        return Promise.resolve({ granted: want, remaining: 500 });
      },
      charge: () => Promise.resolve({ granted: 0, remaining: 500 }),
      close: () => Promise.resolve(),
    };
    const limiter = new LeasingRateLimiter({ store, fallback: new MemoryRateLimiter(), onError: fail });
    for (let index = 0; index < 100; index += 1) await limiter.take([{ bucket, amount: 1 }]);
    await limiter.close();
    // Slices are of ten, and the next one is fetched when half of one is left.
    expect(steps).toBeLessThanOrEqual(25);
  });

  test('counts by itself while the store is away', async () => {
    const away = (): Promise<never> => Promise.reject(new Error('away'));
    const errors: unknown[] = [];
    const limiter = new LeasingRateLimiter({
      store: { lease: away, charge: away, close: () => Promise.resolve() },
      fallback: new MemoryRateLimiter(),
      onError: (error) => errors.push(error),
    });
    const small = { ...bucket, capacity: 2 };
    expect((await limiter.take([{ bucket: small, amount: 2 }])).taken).toBe(true);
    expect((await limiter.take([{ bucket: small, amount: 1 }])).taken).toBe(false);
    expect(errors.length).toBeGreaterThan(0);
    await limiter.close();
  });

  test('gives back what it did not use', async () => {
    const charges: number[] = [];
    const limiter = new LeasingRateLimiter({
      store: {
        lease: (_bucket, _need, want) => Promise.resolve({ granted: want, remaining: 900 }),
        charge: (_bucket, amount) => {
          charges.push(amount);
          return Promise.resolve({ granted: amount, remaining: 900 });
        },
        close: () => Promise.resolve(),
      },
      fallback: new MemoryRateLimiter(),
      onError: fail,
    });
    await limiter.take([{ bucket, amount: 1 }]);
    await limiter.close();
    expect(charges).toEqual([-10]);
  });
});

function fail(error: unknown): never {
  throw error;
}
