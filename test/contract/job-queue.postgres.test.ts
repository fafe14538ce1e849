import { startQueuePostgres, type QueueServer } from '../fixtures/queue-servers';
import { describeJobQueue } from './job-queue.contract';

describe('job queue on PostgreSQL', () => {
  let server: QueueServer;
  beforeAll(async () => {
    server = await startQueuePostgres();
  });
  afterAll(() => server?.stop());

  describeJobQueue(() => server);
});
