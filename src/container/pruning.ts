import { Pruner } from '../modules/pruning/pruner.service';
import { PruningStore } from '../modules/pruning/pruning.store';
import { UsageDaysStore } from '../modules/usage/usage-days.store';
import { KeptVectorsStore } from '../modules/reembedding/kept-vectors.store';
import { RetentionStore } from '../modules/pruning/retention.store';
import type { Parts } from './parts';

/** What removes what is past its time, as the settings say. */
export function createPruner({ config, database, system, vectorOps, index, clock, logger }: Parts): Pruner {
  return new Pruner({
    rounds: system.pruning,
    past: new PruningStore(database),
    retention: new RetentionStore(database),
    usage: new UsageDaysStore(database),
    audit: system.audit,
    kept: new KeptVectorsStore(database),
    ops: vectorOps,
    index,
    keptFor: config.keptFor,
    clock,
    onError: (err) => logger.warn({ err }, 'pruning failed'),
  });
}
