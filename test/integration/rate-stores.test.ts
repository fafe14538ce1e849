import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { createSystem } from '../../src/database/system';
import { newId } from '../../src/domain/ids';
import { PERIOD_MS, type Bucket } from '../../src/domain/rates';
import { RedisRateStore } from '../../src/infra/redis/redis-rate-store';
import type { RateStore } from '../../src/ports/rate-limiter';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { suiteWhere } from '../fixtures/needs';
import { findRedisUrl } from '../fixtures/redis-url';

const redisUrl = findRedisUrl();
const bucketOf = (capacity: number): Bucket => ({
  id: `${newId()}/SEARCHES`,
  rate: 'SEARCHES',
  of: 'TENANT',
  capacity,
});

/** @param shift moves the time of a bucket, as if the server's clock had been set the other way since. */
function describeStore(open: () => RateStore, shift: (bucket: Bucket, ms: number) => Promise<unknown>): void {
  test('gives from what is needed to what is wanted, as there is', async () => {
    const store = open();
    const bucket = bucketOf(10);
    expect(await store.lease(bucket, 2, 8)).toMatchObject({ granted: 8 });
    const rest = await store.lease(bucket, 1, 8);
    expect(rest.granted).toBeCloseTo(2, 1);
    expect((await store.lease(bucket, 1, 8)).granted).toBe(0);
    expect((await store.lease(bucket, 0, 8)).granted).toBeLessThan(0.1);
    expect((await store.charge(bucket, -5)).remaining).toBeCloseTo(5, 1);
    expect((await store.charge(bucket, 7)).remaining).toBeCloseTo(-2, 1);
    expect((await store.lease(bucket, 0, 8)).granted).toBe(0);
    expect((await store.lease(bucketOf(10), 11, 12)).granted).toBe(0);
  });

  test('a clock that is set back lets nothing more through, and holds nobody up for as long as the step', async () => {
    const store = open();
    const bucket = bucketOf(3_600);
    await store.lease(bucket, 3_600, 3_600);
    await shift(bucket, 24 * PERIOD_MS);
    const after = await store.lease(bucket, 1, 10);
    expect(after.granted).toBe(0);
    expect(after.remaining).toBeLessThan(1);
    // From here on it fills by the clock as it is: one comes back a second.
    await shift(bucket, -10_000);
    expect((await store.lease(bucket, 5, 5)).granted).toBe(5);
  });

  test('a clock that is set forward fills the bucket, once', async () => {
    const store = open();
    const bucket = bucketOf(10);
    await store.lease(bucket, 10, 10);
    await shift(bucket, -24 * PERIOD_MS);
    expect((await store.lease(bucket, 10, 100)).granted).toBeCloseTo(10, 1);
    expect((await store.lease(bucket, 1, 100)).granted).toBe(0);
  });
}

describe('buckets in PostgreSQL', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await startTestDatabase();
  });
  afterAll(() => db.stop());
  describeStore(
    () => createSystem(db.database).rateBuckets,
    ({ id }, ms) => db.database.system.$executeRaw`
      UPDATE rate_buckets SET at = at + make_interval(secs => ${ms / 1_000}) WHERE id = ${id}`,
  );

  test('full ones are pruned', async () => {
    const { rateBuckets, pruning } = createSystem(db.database);
    const [old, young] = [bucketOf(10), bucketOf(10)];
    await rateBuckets.lease(old, 1, 1);
    await rateBuckets.lease(young, 1, 1);
    await db.database.system.$executeRaw`UPDATE rate_buckets SET at = at - interval '3 hours' WHERE id = ${old.id}`;
    expect(await pruning.pruneRateBuckets(1_000)).toBeGreaterThanOrEqual(1);
    const left = await db.database.system.rateBucket.findMany({ where: { id: { in: [old.id, young.id] } } });
    expect(left.map(({ id }) => id)).toEqual([young.id]);
  });
});

suiteWhere(redisUrl !== undefined)('buckets in Redis', () => {
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  let redis: Redis;
  let store: RedisRateStore;
  beforeAll(() => {
    redis = new Redis(redisUrl!);
    store = new RedisRateStore(redisUrl!, prefix);
  });
  afterAll(async () => {
    await store.close();
    redis.disconnect();
  });
  describeStore(
    () => store,
    ({ id }, ms) => redis.hincrbyfloat(`${prefix}:rates:${id}`, 'at', ms),
  );

  test('full ones go by themselves', async () => {
    const bucket = bucketOf(3_600);
    await store.lease(bucket, 3_000, 3_000);
    const key = `${prefix}:rates:${bucket.id}`;
    const ttl = await redis.pttl(key);
    expect(ttl).toBeGreaterThan(2_900_000);
    expect(ttl).toBeLessThanOrEqual(3_001_000);
    await store.charge(bucket, -3_000);
    expect(await redis.exists(key)).toBe(0);
  });
});
