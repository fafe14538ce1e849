import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import { openCollection, openTenant } from './bench-tenant';
import { inParallel } from '../workers/evaluation/in-parallel';
import type { ServerProcess } from './server-process';

export interface SubscriptionFigures {
  readonly tenants: number;
  readonly subscriptions: number;
  /** Share of one core that the server and its PostgreSQL take for them, beyond what they take without. */
  readonly corePercent: number;
  readonly serverPercent: number;
  readonly memoryMb: number;
}

export interface SubscriptionLoad {
  readonly operatorKey: string;
  readonly tenants: number;
  readonly count: number;
}

const PER_SOCKET = 50;
const SETTLE_MS = 5_000;
const MEASURE_MS = 20_000;
const LANES = 20;
const PAUSE_MS = 200;
const AGAIN_MS = 3_000;
const SUBSCRIBE = 'subscription ($id: ID!) { collectionEvents(collectionId: $id) { cursor type } }';

/** Processor time of a stretch, in percent of a core. */
async function load(server: ServerProcess): Promise<{ all: number; own: number }> {
  const begin = performance.now();
  const [own, postgres] = [(await server.readProbe()).cpuMs, server.postgresCpuMs()];
  await delay(MEASURE_MS);
  const tookMs = performance.now() - begin;
  const ownMs = (await server.readProbe()).cpuMs - own;
  const all = ownMs + server.postgresCpuMs() - postgres;
  return { all: (100 * all) / tookMs, own: (100 * ownMs) / tookMs };
}

/** What subscriptions cost to which nothing happens: evenly over so many tenants, at most 50 a socket. */
export async function measureIdleSubscriptions(
  server: ServerProcess,
  { operatorKey, tenants, count }: SubscriptionLoad,
): Promise<SubscriptionFigures> {
  const collections: { key: string; id: string }[] = [];
  await inParallel(
    Array(tenants).keys(),
    async () => {
      const { key, likeness } = await openTenant(server.url, operatorKey, 'idle');
      collections.push({ key, id: await openCollection(likeness, { name: 'idle' }) });
    },
    LANES,
  );
  await delay(SETTLE_MS);
  const idle = await load(server);
  const before = server.rssMb();
  const clients: Client[] = [];
  const perTenant = Math.floor(count / tenants);
  const pending = new Set<() => void>();
  /** Again while the server has too much to do, as any client would. */
  const subscribe = (client: Client, id: string): void => {
    const again = (): void => void setTimeout(() => subscribe(client, id), AGAIN_MS);
    pending.add(again);
    setTimeout(() => pending.delete(again), AGAIN_MS);
    client.subscribe(
      { query: SUBSCRIBE, variables: { id } },
      { next: () => undefined, error: again, complete: () => undefined },
    );
  };
  for (const { key, id } of collections) {
    for (let left = perTenant; left > 0; left -= PER_SOCKET) {
      const client = createClient({
        url: `${server.url.replace(/^http/, 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${key}` },
        retryAttempts: 0,
      });
      clients.push(client);
      for (let i = 0; i < Math.min(left, PER_SOCKET); i++) subscribe(client, id);
      // As many people would arrive, not all in the same moment.
      await delay(PAUSE_MS);
    }
  }
  // Until nobody was refused or had to wait for a while.
  while (pending.size > 0) await delay(AGAIN_MS);
  await delay(SETTLE_MS);
  const busy = await load(server);
  const memoryMb = Math.round(server.rssMb() - before);
  for (const client of clients) await client.dispose();
  const round = (value: number): number => Math.round(value * 10) / 10;
  return {
    tenants,
    subscriptions: perTenant * tenants,
    corePercent: round(busy.all - idle.all),
    serverPercent: round(busy.own - idle.own),
    memoryMb,
  };
}
