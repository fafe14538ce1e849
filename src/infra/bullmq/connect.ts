import { type OnQueueError, type QueueBackend, type QueueConnections } from './connections';
import { postgresConnections } from './postgres-connections';
import { redisConnections } from './redis-connections';

export function connect(backend: QueueBackend, onError: OnQueueError): QueueConnections {
  return backend.kind === 'postgres' ? postgresConnections(backend, onError) : redisConnections(backend, onError);
}
