import { randomUUID } from 'node:crypto';
import { Queue, Relay, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { DomainError } from '../../domain/errors';
import { type OnQueueError, type QueueBackend, type QueueConnections } from './connections';

const MINIMUM_VERSION = [6, 2] as const;
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_RECONNECT_DELAY_MS = 2_000;

const retryStrategy = (times: number) => Math.min(times * 100, MAX_RECONNECT_DELAY_MS);

export function redisConnections(
  backend: Extract<QueueBackend, { kind: 'redis' }>,
  onError: OnQueueError,
): QueueConnections {
  const prefix = backend.prefix ?? 'likeness';
  const all = new Set<Redis>();
  let closed = false;
  const track = (made: Redis): Redis => {
    all.add(made);
    const reconnect = made.connect.bind(made);
    made.connect = () => (closed ? Promise.reject(new Error('Connection is closed.')) : reconnect());
    // BullMQ reports errors while it holds the client; ioredis prints those that nobody listens to.
    made.on('error', () => undefined);
    const duplicate = made.duplicate.bind(made);
    made.duplicate = (...override) => track(duplicate(...override));
    return made;
  };
  /** Commands wait for Redis to be back. */
  const patient = () =>
    track(new Redis(backend.url, { maxRetriesPerRequest: null, retryStrategy, connectTimeout: CONNECT_TIMEOUT_MS }));
  // What is added while Redis is away must fail now, not run whenever it is back.
  const client = new Redis(backend.url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: CONNECT_TIMEOUT_MS,
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
    mark: async () => {
      await connected();
      const key = `${prefix}:mark`;
      await client.set(key, randomUUID(), 'NX');
      const mark = await client.get(key);
      if (mark === null) throw new Error('Redis does not keep what it was given.');
      return mark;
    },
    queue: (name) => {
      void connected();
      return new Queue(name, { connection: client, prefix });
    },
    worker: (name, processor, settings) => new Worker(name, processor, { ...settings, connection: patient(), prefix }),
    relay: (settings) => new Relay({ ...settings, connection: patient(), prefix }),
    close: async () => {
      closed = true;
      client.disconnect();
      // A worker that was cut while it closed would connect its clients again, and hold the process.
      for (const left of all) left.disconnect();
    },
  };
}

function compare(left: readonly [number, number], right: readonly [number, number]): number {
  return left[0] - right[0] || left[1] - right[1];
}
