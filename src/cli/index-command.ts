import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config';
import { Closers } from '../container/closers';
import { openVectorIndex } from '../container/engines';
import { openFoundation, takeDataFolder } from '../container/foundation';
import { createLogger } from '../container/logging';
import { createSystem } from '../database/system';
import { stopSignal } from '../container/stop-signal';
import { DomainError } from '../domain/errors';
import type { Database } from '../database';
import { CollectionStore } from '../modules/collections/collection.store';
import { VectorOpStore } from '../modules/collection-index/vector-op.store';
import { CollectionIndex } from '../modules/collection-index/collection-index.service';
import type { VectorIndex } from '../ports/vector-index';
import { endWith, interrupted } from './ending';
import { reconcileIndexes } from './index-reconcile';

const USAGE = `Usage: npm run index -- status | rebuild | reconcile [--collection ID] [--dry-run]

status     what Postgres has and what the index has, collection by collection
rebuild    empties an index and builds it again from Postgres (all collections, or one)
reconcile  holds every vector against Postgres and mends what differs (--dry-run: only tells)

Stop Likeness first where PostgreSQL or the index is embedded, or a secret is kept in the data folder: one process owns it.`;

interface Opened {
  readonly database: Database;
  readonly index: VectorIndex;
  readonly sharedBetweenProcesses: boolean;
  readonly dryRun: boolean;
  readonly pauseMs: number;
  readonly closers: Closers;
}

type Verb = 'status' | 'rebuild' | 'reconcile';

function isVerb(text: string | undefined): text is Verb {
  return text === 'status' || text === 'rebuild' || text === 'reconcile';
}

/**
 * `npm run index -- status | rebuild | reconcile`. Exit status 0; 1 when an index is not what Postgres has; 2 on wrong usage; 130 or
 * 143 when it was interrupted.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { collection: { type: 'string' }, 'dry-run': { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const [verb] = positionals;
  const dryRun = values['dry-run'] === true;
  if (values.help || !isVerb(verb) || (dryRun && verb !== 'reconcile')) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const config = loadConfig();
  const logger = createLogger({ level: 'warn', to: 2 });
  const stopping = stopSignal(() => process.stderr.write('\nstopping\n'));
  const closers = new Closers((err, name) => logger.error({ err }, `${name} did not close cleanly`), stopping);
  try {
    await takeDataFolder(config, closers);
    const { database } = await openFoundation(config, logger, closers);
    const index = openVectorIndex(config, database, logger);
    closers.add('vector index', () => index.close());
    const pauseMs = config.reconcileEveryMs ?? 0;
    const opened = { database, index, sharedBetweenProcesses: config.milvus !== undefined, dryRun, pauseMs, closers };
    // An index whose rebuild is cut short is behind: whoever opens it next goes on from there.
    return await Promise.race([run(verb, values.collection, opened), interrupted(stopping)]);
  } catch (error) {
    if (!stopping.aborted) throw error;
    return await interrupted(stopping);
  } finally {
    await closers.closeAll();
  }
}

async function run(
  verb: Verb,
  only: string | undefined,
  { database, index, sharedBetweenProcesses, dryRun, pauseMs, closers }: Opened,
): Promise<number> {
  const system = createSystem(database);
  const vectorOps = new VectorOpStore(database);
  const collections = new CollectionStore(database);
  const sync = new CollectionIndex({ ops: vectorOps, index, sharedBetweenProcesses });

  const all = await system.collections.listAll();
  const chosen = only === undefined ? all : all.filter((one) => one.collectionId === only);
  if (only !== undefined && chosen.length === 0) throw new DomainError('NOT_FOUND', `No collection ${only}.`);

  if (verb === 'reconcile') {
    const parts = { database, system, vectorOps, index, collectionIndex: sync, pauseMs, closers };
    return reconcileIndexes(parts, only === undefined && !dryRun ? null : chosen, dryRun);
  }

  const rows = [];
  for (const { scope, collectionId, name } of chosen) {
    if (verb === 'rebuild') {
      process.stderr.write(`rebuilding ${name} ...`);
      const startedAt = performance.now();
      await sync.rebuild(scope, collectionId);
      process.stderr.write(` ${Math.round(performance.now() - startedAt)} ms\n`);
    }
    const state = await vectorOps.findSpace(scope, collectionId);
    const collection = await collections.find(scope, { id: collectionId });
    if (!state || !collection) continue;
    await index.open(state.space);
    const stats = await index.stats(state.space);
    rows.push({
      collection: collectionId,
      name,
      pack: collection.modelPackId,
      faces: collection.faceCount,
      indexed: stats.count,
      behind: Number(state.lastSeq - stats.watermark),
      method: stats.method,
    });
  }
  console.table(rows);
  return rows.every((row) => row.faces === row.indexed && row.behind === 0) ? 0 : 1;
}

endWith(main());
