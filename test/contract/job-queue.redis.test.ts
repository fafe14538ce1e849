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
});
