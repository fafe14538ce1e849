import 'reflect-metadata';
import { parseArgs } from 'node:util';
import pino, { type Logger } from 'pino';
import { ConfigError, loadConfig, type Config } from '../config';
import { Closers } from '../container/closers';
import { openVectorIndex } from '../container/engines';
import { openFoundation } from '../container/foundation';
import { createRepositories } from '../container/repositories';
import { DomainError } from '../domain/errors';
import { VectorSync } from '../modules/vector-sync/vector-sync.service';

const USAGE = `Usage: npm run index -- status | rebuild [--collection ID]

status   what Postgres has and what the index has, collection by collection
rebuild  empties an index and builds it again from Postgres (all collections, or one)

On the embedded index stop Likeness first: one process owns the data folder.`;

/** `npm run index -- status | rebuild`. Exit status 0; 1 when a collection's index lacks something; 2 on wrong usage. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { collection: { type: 'string' }, help: { type: 'boolean' } },
  });
  const [verb] = positionals;
  if (values.help || (verb !== 'status' && verb !== 'rebuild')) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const config = loadConfig();
  const logger = pino({ level: 'warn' }, pino.destination(2));
  const closers = new Closers((err, name) => logger.error({ err }, `${name} did not close cleanly`));
  try {
    return await run(verb, values.collection, config, logger, closers);
  } finally {
    await closers.closeAll();
  }
}

async function run(
  verb: 'status' | 'rebuild',
  only: string | undefined,
  config: Config,
  logger: Logger,
  closers: Closers,
): Promise<number> {
  const { database } = await openFoundation(config, logger, closers);
  const { vectorOps, collections } = createRepositories(database);
  const index = openVectorIndex(config, database, logger);
  closers.add('vector index', () => index.close());
  const sync = new VectorSync({ ops: vectorOps, index, sharedBetweenProcesses: config.milvus !== undefined });

  const all = await vectorOps.listAllCollections();
  const chosen = only === undefined ? all : all.filter((one) => one.collectionId === only);
  if (only !== undefined && chosen.length === 0) throw new DomainError('NOT_FOUND', `No collection ${only}.`);

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
  return rows.every((row) => row.faces === row.indexed || row.behind > 0) ? 0 : 1;
}

main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    console.error(error instanceof ConfigError || error instanceof DomainError ? error.message : error);
    process.exitCode = error instanceof ConfigError ? 78 : 1;
  },
);
