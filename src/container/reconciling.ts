import type { Logger } from 'pino';
import type { Database } from '../database';
import type { System } from '../database/system';
import { IndexReconciler } from '../modules/collection-index/index-reconciler.service';
import { IndexTruthStore } from '../modules/collection-index/index-truth.store';
import { SpaceReconciler } from '../modules/collection-index/space-reconciler.service';
import type { CollectionIndex } from '../modules/collection-index/collection-index.service';
import type { VectorOpStore } from '../modules/collection-index/vector-op.store';
import type { VectorIndex } from '../ports/vector-index';

interface ReconcilingParts {
  readonly database: Database;
  readonly vectorOps: VectorOpStore;
  readonly index: VectorIndex;
  readonly collectionIndex: CollectionIndex;
}

/** A page takes some tens of milliseconds: two thirds of the time are left to everything else. */
const BREATH_MS = 50;

export function createSpaceReconciler({
  database,
  vectorOps,
  index,
  collectionIndex,
}: ReconcilingParts): SpaceReconciler {
  return new SpaceReconciler({ truth: new IndexTruthStore(database), ops: vectorOps, index, collectionIndex });
}

/** What holds the index against Postgres on a schedule. */
export function createIndexReconciler(
  parts: ReconcilingParts & { readonly system: System; readonly logger: Logger },
  pauseMs: number,
): IndexReconciler {
  const { system, vectorOps, index, logger } = parts;
  return new IndexReconciler({
    rounds: system.reconciling,
    collections: system.collections,
    ops: vectorOps,
    spaces: createSpaceReconciler(parts),
    index,
    onFound: ({ checked: _, ...found }, { tenantId, collectionId }) => {
      if (found.missing + found.ghosts + found.wrong === 0) return;
      logger.warn({ tenantId, collectionId, ...found }, 'the vector index differed from PostgreSQL');
    },
    onError: (err) => logger.warn({ err }, 'the vector index was not held against PostgreSQL; it is tried again'),
    onSkipped: (err, { tenantId, collectionId }) =>
      logger.warn({ err, tenantId, collectionId }, 'a collection was not held against PostgreSQL; the next round does'),
    pauseMs,
    breathMs: BREATH_MS,
  });
}
