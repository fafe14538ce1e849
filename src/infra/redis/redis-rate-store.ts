import { Redis } from 'ioredis';
import { MOST_OWED_MS, PERIOD_MS, type Bucket } from '../../domain/rates';
import type { Lease, RateStore } from '../../ports/rate-limiter';

/** Whoever waits longer decides without Redis. */
const COMMAND_TIMEOUT_MS = 1_000;
const MAX_RECONNECT_DELAY_MS = 2_000;

/**
 * One bucket, one step, on Redis' clock. Of a bucket its debt in milliseconds is kept, and when; it goes when it is full again.
 * KEYS: the bucket. ARGV: capacity, need, want, whether it is taken whatever there is. Answers what is granted and what is left.
 */
const STEP = `
local period, most = ${PERIOD_MS}, ${MOST_OWED_MS}
local capacity, need, want, forced = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000
local known = redis.call('HMGET', KEYS[1], 'owed', 'at')
local owed = 0
if known[1] then owed = math.max(0, tonumber(known[1]) - math.max(0, now - tonumber(known[2]))) end
local there = (period - owed) * capacity / period
local granted = 0
if forced then granted = want elseif there >= need - 1e-6 then granted = math.min(want, math.max(there, need, 0)) end
owed = math.min(most, math.max(0, owed + granted * period / capacity))
if owed > 0 then
  redis.call('HSET', KEYS[1], 'owed', string.format('%.6f', owed), 'at', string.format('%.3f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil(owed) + 1000)
else
  redis.call('DEL', KEYS[1])
end
return { string.format('%.9f', granted), string.format('%.9f', (period - owed) * capacity / period) }`;

interface Scripted extends Redis {
  rateStep(key: string, ...values: (string | number)[]): Promise<[granted: string, remaining: string]>;
}

/** Buckets in Redis, one Lua script a step. */
export class RedisRateStore implements RateStore {
  private readonly redis: Scripted;
  private connecting: Promise<unknown> | undefined;

  /** @param prefix what every key begins with. */
  constructor(
    url: string,
    private readonly prefix = 'likeness',
  ) {
    const redis = new Redis(url, {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: COMMAND_TIMEOUT_MS,
      retryStrategy: (times) => Math.min(times * 100, MAX_RECONNECT_DELAY_MS),
    });
    // What a command meets is thrown there; ioredis prints what nobody listens to.
    redis.on('error', () => undefined);
    redis.defineCommand('rateStep', { numberOfKeys: 1, lua: STEP });
    this.redis = redis as Scripted;
  }

  lease(bucket: Bucket, need: number, want: number): Promise<Lease> {
    return this.step(bucket, need, want, false);
  }

  charge(bucket: Bucket, amount: number): Promise<Lease> {
    return this.step(bucket, 0, amount, true);
  }

  close(): Promise<void> {
    this.redis.disconnect();
    return Promise.resolve();
  }

  private async step({ id, capacity }: Bucket, need: number, want: number, forced: boolean): Promise<Lease> {
    if (this.redis.status === 'wait') this.connecting = this.redis.connect();
    await this.connecting?.catch(() => undefined);
    const [granted, remaining] = await this.redis.rateStep(
      `${this.prefix}:rates:${id}`,
      capacity,
      need,
      want,
      forced ? 1 : 0,
    );
    return { granted: Number(granted), remaining: Number(remaining) };
  }
}
