import { startQueuePostgres, type QueueServer } from '../fixtures/queue-servers';
import { describeEventBus } from './event-bus.contract';

describe('event bus on PostgreSQL', () => {
  let server: QueueServer;
  beforeAll(async () => {
    server = await startQueuePostgres();
  });
  afterAll(() => server?.stop());

  describeEventBus(() => server);
});
