import { randomBytes } from 'node:crypto';
import { createSystem } from '../../src/database/system';
import { MemoryRateLimiter } from '../../src/infra/memory/memory-rate-limiter';
import { RedisRateStore } from '../../src/infra/redis/redis-rate-store';
import { LeasingRateLimiter } from '../../src/modules/rates/leasing-rate-limiter';
import type { RateLimiter, RateStore } from '../../src/ports/rate-limiter';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { suiteWhere } from '../fixtures/needs';
import { findRedisUrl } from '../fixtures/redis-url';
import { describeRateLimiter } from './rate-limiter.contract';

const redisUrl = findRedisUrl();
const fallback: RateLimiter = {
  take: () => Promise.reject(new Error('The store should have answered')),
  settle: () => undefined,
  close: () => Promise.resolve(),
};
const overStore = (store: RateStore): RateLimiter =>
  new LeasingRateLimiter({
    store,
    fallback,
    onError: (error) => {
      throw error;
    },
  });

describeRateLimiter(
  'in memory',
  async () => ({ limiters: [new MemoryRateLimiter()] }),
  () => Promise.resolve(),
);

describe('in PostgreSQL', () => {
  let db: TestDatabase;
  let limiters: [RateLimiter, RateLimiter];
  describeRateLimiter(
    'of two processes',
    async () => {
      db = await startTestDatabase();
      limiters = [overStore(createSystem(db.database).rateBuckets), overStore(createSystem(db.database).rateBuckets)];
      return { limiters };
    },
    async () => {
      await Promise.all(limiters.map((one) => one.close()));
      await db.stop();
    },
  );
});

suiteWhere(redisUrl !== undefined)('in Redis', () => {
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  let limiters: [RateLimiter, RateLimiter];
  describeRateLimiter(
    'of two processes',
    async () => {
      limiters = [overStore(new RedisRateStore(redisUrl!, prefix)), overStore(new RedisRateStore(redisUrl!, prefix))];
      return { limiters };
    },
    async () => {
      await Promise.all(limiters.map((one) => one.close()));
    },
  );
});
