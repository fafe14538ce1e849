import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { loadConfig } from '../src/config';
import { Closers } from '../src/container/closers';
import { openFoundation } from '../src/container/foundation';
import type { Database } from '../src/database';
import { createSystem } from '../src/database/system';
import { newId } from '../src/domain/ids';
import { DAY } from '../src/domain/units';
import { VectorOpStore } from '../src/modules/collection-index/vector-op.store';
import { Pruner } from '../src/modules/pruning/pruner.service';
import { PruningStore } from '../src/modules/pruning/pruning.store';
import { KeptVectorsStore } from '../src/modules/reembedding/kept-vectors.store';
import { RetentionStore } from '../src/modules/pruning/retention.store';
import { UsageDaysStore } from '../src/modules/usage/usage-days.store';

/**
 * `npm run bench:pruning -- [--rows N]`: a tenant with N events, items of jobs and index ops that are past their time, on
 * a PostgreSQL of its own; prunes them, and prints the longest transaction of each kind beside what a small read of another
 * tenant waits meanwhile and waits alone.
 */
const ITEMS_PER_JOB = 10_000;
const ROWS_PER_INSERT = 100_000;
const IDLE_READS = 2_000;
class Timings {
  private readonly millis = new Map<string, number[]>();

  async time<T>(what: string, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await work();
    } finally {
      this.millis.set(what, [...(this.millis.get(what) ?? []), performance.now() - begun]);
    }
  }

  print(): void {
    console.log('what | times | p50 ms | p99 ms | longest ms');
    for (const [what, all] of this.millis) {
      const sorted = all.sort((a, b) => a - b);
      const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(1);
      console.log(`${what} | ${sorted.length} | ${at(0.5)} | ${at(0.99)} | ${at(1)}`);
    }
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
  const dataDir = mkdtempSync(path.join(tmpdir(), 'likeness-bench-pruning-'));
  const logger = pino({ level: 'warn' });
  const closers = new Closers((error) => console.error(error), new AbortController().signal);
  try {
    const config = loadConfig({ NODE_ENV: 'test', LIKENESS_DATA_DIR: dataDir });
    const { database } = await openFoundation(config, logger, closers);
    await measure(database, Number(values.rows));
  } finally {
    await closers.closeAll();
    rmSync(dataDir, { recursive: true });
  }
}

async function measure(database: Database, rows: number): Promise<void> {
  const { pruning, tenants } = createSystem(database);
  const [busy, other] = [newId(), newId()];
  for (const id of [busy, other]) {
    await database.system.tenant.create({ data: { id, name: 'bench' } });
    await database.system.tenantCounter.create({ data: { tenantId: id } });
  }
  const scopes = await pruning.listTenants(null, 10);
  const scopeOf = (id: string) => scopes.find((one) => one.tenantId === id)!;
  await fill(database, scopeOf(busy), rows);
  const timings = new Timings();
  const past = new PruningStore(database);
  const ops = new VectorOpStore(database);
  const read = (when: string) =>
    timings.time(`read of another tenant, ${when}`, () => past.listCollections(scopeOf(other)));
  for (let n = 0; n < IDLE_READS; n += 1) await read('alone');
  const pruner = new Pruner({
    rounds: pruning,
    past: {
      listCollections: (scope) => past.listCollections(scope),
      pruneOperations: (...args) => past.pruneOperations(...args),
      pruneEvents: (...args) => timings.time('events', () => past.pruneEvents(...args)),
      pruneJobs: (...args) => timings.time('jobs and items', () => past.pruneJobs(...args)),
    },
    retention: new RetentionStore(database),
    usage: new UsageDaysStore(database),
    audit: createSystem(database).audit,
    ops: {
      findSpace: (...args) => ops.findSpace(...args),
      prune: (...args) => timings.time('vector ops', () => ops.prune(...args)),
    },
    kept: new KeptVectorsStore(database),
    index: { durableSeq: async () => BigInt(rows), drop: async () => undefined },
    keptFor: { jobsMs: 90 * DAY, eventsMs: 30 * DAY, vectorOpsMs: 7 * DAY, usageMs: 800 * DAY },
    clock: { now: () => new Date() },
    onError: (error) => console.error(error),
    pauseMs: 0,
  });
  const begun = performance.now();
  let isPruning = true;
  const pruned = (async () => {
    let before = -1;
    for (let total = 0; total > before;) {
      before = total;
      await pruner.runOnce();
      total = (await pruning.state()).removed.reduce((sum, one) => sum + one.total, 0);
    }
  })().finally(() => (isPruning = false));
  while (isPruning) await read('while pruning');
  await pruned;
  const { removed } = await pruning.state();
  console.log(
    `${rows} rows of each; ${((performance.now() - begun) / 1_000).toFixed(0)} s; removed ${JSON.stringify(removed)}`,
  );
  timings.print();
  await tenants.remove(scopeOf(busy));
}

async function fill(database: Database, scope: Parameters<Database['maintain']>[0], rows: number): Promise<void> {
  const { tenantId } = scope;
  const collectionId = newId();
  const pack = { id: 'bench@1', name: 'bench', version: '1', embeddingDigest: 'bench', licence: 'none' };
  await database.system.modelPack.create({ data: { ...pack, dimension: 4, metric: 'COSINE', commercialUse: false } });
  await database.maintain(scope, (tx) =>
    tx.collection.create({ data: { id: collectionId, tenantId, name: 'bench', modelPackId: pack.id } }),
  );
  for (let from = 1; from <= rows; from += ROWS_PER_INSERT) {
    const to = Math.min(rows, from + ROWS_PER_INSERT - 1);
    await database.maintain(
      scope,
      async (tx) => {
        await tx.$executeRaw`
          INSERT INTO events (tenant_id, seq, type, payload, created_at)
          SELECT ${tenantId}::uuid, n, 'JOB_PROGRESS', '{}', now() - interval '400 days' FROM generate_series(${from}::int, ${to}::int) n`;
        await tx.$executeRaw`
          INSERT INTO vector_ops (collection_id, seq, tenant_id, kind, vector_key, created_at)
          SELECT ${collectionId}::uuid, n, ${tenantId}::uuid, 'UPSERT', n, now() - interval '400 days' FROM generate_series(${from}::int, ${to}::int) n`;
        for (let at = from; at <= to; at += ITEMS_PER_JOB) {
          const jobId = newId();
          await tx.$executeRaw`
            INSERT INTO jobs (id, tenant_id, kind, state, request_id, finished_at)
            VALUES (${jobId}::uuid, ${tenantId}::uuid, 'ENROLLMENT', 'SUCCEEDED', 'bench', now() - interval '400 days')`;
          await tx.$executeRaw`
            INSERT INTO job_items (id, tenant_id, job_id, ordinal, state)
            SELECT gen_random_uuid(), ${tenantId}::uuid, ${jobId}::uuid, n, 'SUCCEEDED'
              FROM generate_series(0, ${Math.min(ITEMS_PER_JOB, to - at + 1) - 1}::int) n`;
        }
        await tx.$executeRaw`UPDATE tenant_counters SET event_seq = ${to}::int WHERE tenant_id = ${tenantId}::uuid`;
        await tx.$executeRaw`UPDATE collections SET vector_seq = ${to}::int WHERE id = ${collectionId}::uuid`;
      },
      { timeoutMs: 120_000 },
    );
  }
}

void main();
