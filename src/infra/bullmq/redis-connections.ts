import { Queue, Relay, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { DomainError } from '../../domain/errors';
import { type OnQueueError, type QueueBackend, type QueueConnections } from './connections';

const MINIMUM_VERSION = [6, 2] as const;
const MAX_RECONNECT_DELAY_MS = 2_000;

const retryStrategy = (times: number) => Math.min(times * 100, MAX_RECONNECT_DELAY_MS);

export function redisConnections(
  backend: Extract<QueueBackend, { kind: 'redis' }>,
  onError: OnQueueError,
): QueueConnections {
  const prefix = backend.prefix ?? 'likeness';
  const waiting = { url: backend.url, maxRetriesPerRequest: null, retryStrategy, connectTimeout: 5_000 };
  // What is added while Redis is away must fail now, not run whenever it is back.
  const client = new Redis(backend.url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 5_000,
    retryStrategy,
  });
  client.on('error', (error) => onError(error, { part: 'queue' }));
  let connecting: Promise<unknown> | undefined;
  const connected = async () => {
    if (client.status === 'ready') return;
    if (client.status === 'wait') connecting = client.connect();
    await connecting?.catch(() => undefined);
  };
  return {
    server: 'Redis',
    check: async () => {
      await connected();
      const info = await client.info();
      const version = /redis_version:(\d+)\.(\d+)/.exec(info);
      if (version && compare([Number(version[1]), Number(version[2])], MINIMUM_VERSION) < 0) {
        throw new DomainError(
          'DEPENDENCY_UNAVAILABLE',
          `Redis ${version[1]}.${version[2]} is too old: events need ${MINIMUM_VERSION.join('.')} or newer.`,
          { retryable: false },
        );
      }
      const policy = /maxmemory_policy:(\S+)/.exec(info)?.[1];
      if (policy && policy !== 'noeviction') {
        const message = `Redis evicts keys (maxmemory-policy ${policy}) and may lose jobs: set maxmemory-policy noeviction.`;
        onError(new Error(message), { part: 'queue' });
      }
    },
    ping: async () => {
      await connected();
      await client.ping();
    },
    queue: (name) => {
      void connected();
      return new Queue(name, { connection: client, prefix });
    },
    worker: (name, processor, settings) => new Worker(name, processor, { ...settings, connection: waiting, prefix }),
    relay: (settings) => new Relay({ ...settings, connection: waiting, prefix }),
    close: async () => client.disconnect(),
  };
}

function compare(left: readonly [number, number], right: readonly [number, number]): number {
  return left[0] - right[0] || left[1] - right[1];
}
