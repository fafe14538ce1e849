import type { Logger } from 'pino';
import type { Config } from '../config';
import type { System } from '../database/system';
import { MemoryRateLimiter } from '../infra/memory/memory-rate-limiter';
import { RedisRateStore } from '../infra/redis/redis-rate-store';
import { LeasingRateLimiter } from '../modules/rates/leasing-rate-limiter';
import type { RateLimiter } from '../ports/rate-limiter';
import type { Closers } from './closers';
import { ownsDataFolder } from './foundation';

/** Buckets of this process where it is the only one; else those that processes share, in Redis or else in PostgreSQL. */
export function openRateLimiter(config: Config, system: System, logger: Logger, closers: Closers): RateLimiter {
  const own = new MemoryRateLimiter();
  if (config.role === 'all' && ownsDataFolder(config)) return own;
  const shared = new LeasingRateLimiter({
    store: config.redisUrl ? new RedisRateStore(config.redisUrl) : system.rateBuckets,
    fallback: own,
    onError: (err) => logger.warn({ err }, 'rates are counted by this process alone'),
  });
  closers.add('rate limiter', () => shared.close());
  return shared;
}
