import {
  createPostgresBackend,
  createPostgresRelayBackend,
  Queue,
  quoteSchemaName,
  Relay,
  Worker,
  type BackendFactory,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
} from 'bullmq';
import { Pool } from 'pg';
import { type OnQueueError, type QueueBackend, type QueueConnections } from './connections';
import { QUEUE_SCHEMA } from './queue-schema';

const CONNECT_TIMEOUT_MS = 5_000;
/** A worker may wait an hour on one LISTEN; a lost notification may not cost more than this. */
const MAX_WAIT_SECONDS = 5;

const createBackend: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (name, options, extra) => {
  const backend = createPostgresBackend(name, options, extra);
  Object.defineProperty(backend, 'maximumBlockTimeout', { value: MAX_WAIT_SECONDS });
  return backend;
};

export function postgresConnections(
  backend: Extract<QueueBackend, { kind: 'postgres' }>,
  onError: OnQueueError,
): QueueConnections {
  const schema = backend.schema ?? QUEUE_SCHEMA;
  const pool = (max: number) => ({
    connectionString: backend.url,
    schema,
    max,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  const pinger = new Pool({ ...pool(1), options: `-c search_path=${quoteSchemaName(schema)}` });
  pinger.on('error', (error) => onError(error, { part: 'queue' }));
  const ping = async () => {
    await pinger.query('SELECT version FROM migration LIMIT 1');
  };
  return {
    server: 'PostgreSQL',
    check: ping,
    ping,
    // What it loses is lost with the outbox.
    mark: () => Promise.resolve('postgres'),
    queue: (name) => new Queue(name, { connection: pool(2) }, createBackend),
    worker: (name, processor, settings) =>
      new Worker(name, processor, { ...settings, connection: pool(3) }, createBackend),
    relay: (settings) => new Relay({ ...settings, connection: pool(2), backend: createPostgresRelayBackend }),
    close: () => pinger.end(),
  };
}
