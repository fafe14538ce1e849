import { reachQueueRedis, type QueueServer } from '../fixtures/queue-servers';
import { findRedisUrl } from '../fixtures/redis-url';
import { describeEventBus } from './event-bus.contract';
import { suiteWhere } from '../fixtures/needs';

const redisUrl = findRedisUrl();

suiteWhere(redisUrl !== undefined)('event bus on Redis', () => {
  let server: QueueServer;
  beforeAll(async () => {
    server = await reachQueueRedis(redisUrl!);
  });
  afterAll(() => server?.stop());

  describeEventBus(() => server);
});
