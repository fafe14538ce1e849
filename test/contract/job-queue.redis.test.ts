import { Redis } from 'ioredis';
import { BullmqJobQueue } from '../../src/infra/bullmq/bullmq-job-queue';
import { reachQueueRedis, type QueueServer } from '../fixtures/queue-servers';
import { findRedisUrl } from '../fixtures/redis-url';
import { describeJobQueue } from './job-queue.contract';
import { suiteWhere } from '../fixtures/needs';

const redisUrl = findRedisUrl();

suiteWhere(redisUrl !== undefined)('job queue on Redis', () => {
  let server: QueueServer;
  beforeAll(async () => {
    server = await reachQueueRedis(redisUrl!);
  });
  afterAll(() => server?.stop());

  describeJobQueue(() => server);

  test('a server that has lost what it was given is known by another mark', async () => {
    const { backend } = server;
    const queue = new BullmqJobQueue({ backend, definitions: [], onError: () => undefined });
    const before = await queue.mark();
    const redis = new Redis(redisUrl!);
    await redis.del(`${(backend as { prefix: string }).prefix}:mark`);
    await redis.quit();
    expect(await queue.mark()).not.toBe(before);
    await queue.close(0);
  });
});
