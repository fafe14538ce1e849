import type { Closers } from '../container/closers';
import { createSpaceReconciler } from '../container/reconciling';
import type { Database } from '../database';
import type { PlacedCollection, System } from '../database/system';
import { DomainError } from '../domain/errors';
import { IndexReconciler } from '../modules/collection-index/index-reconciler.service';
import type { CollectionIndex } from '../modules/collection-index/collection-index.service';
import { sumOf, type Reconciled } from '../modules/collection-index/space-reconciler.service';
import type { VectorOpStore } from '../modules/collection-index/vector-op.store';
import type { VectorIndex } from '../ports/vector-index';
import type { VectorSpace } from '../records/vector-space';

export interface ReconcileParts {
  readonly database: Database;
  readonly system: System;
  readonly vectorOps: VectorOpStore;
  readonly index: VectorIndex;
  readonly collectionIndex: CollectionIndex;
  /** Until the service begins a round of its own. */
  readonly pauseMs: number;
  /** Let go of a round that is cut short. */
  readonly closers: Closers;
}

/**
 * Holds indexes against Postgres, mends them and prints a table by pack: the chosen collections, or all of them in a round, which goes
 * on where the one before was cut short.
 * @returns the exit status: 1 when a difference is left, or a collection was not looked at.
 * @throws DomainError CONFLICT while another process is at a round.
 */
export async function reconcileIndexes(
  parts: ReconcileParts,
  chosen: readonly PlacedCollection[] | null,
  dryRun: boolean,
): Promise<number> {
  const spaces = createSpaceReconciler(parts);
  let skipped = 0;
  const found = new Map<string, { collections: Set<string>; sum: Reconciled }>();
  const tell = (one: Reconciled, { embeddingDigest, collectionId }: VectorSpace): void => {
    const row = found.get(embeddingDigest);
    found.set(embeddingDigest, {
      collections: (row?.collections ?? new Set<string>()).add(collectionId),
      sum: row ? sumOf(row.sum, one) : one,
    });
    process.stderr.write('.');
  };

  if (chosen) {
    for (const { scope, collectionId } of chosen) {
      for (const { space } of await parts.vectorOps.listSpaces(scope, collectionId)) {
        const onPage = async (page: Reconciled): Promise<void> => tell(page, space);
        await spaces.reconcile(scope, space, { dryRun, onPage });
      }
    }
  } else {
    const { system, vectorOps, index, pauseMs, closers } = parts;
    const round = new IndexReconciler({
      rounds: system.reconciling,
      collections: system.collections,
      ops: vectorOps,
      spaces,
      onFound: tell,
      index,
      onError: () => undefined,
      onSkipped: (error, { tenantId, collectionId }) => {
        skipped += 1;
        const reason = error instanceof Error ? error.message : String(error);
        process.stderr.write(
          `\nCollection ${collectionId} of tenant ${tenantId} was not looked at to its end: ${reason}\n`,
        );
      },
      pauseMs,
    });
    closers.add('round', () => round.stop());
    if (!(await round.runOnce({ now: true }))) {
      throw new DomainError('CONFLICT', 'Another process is holding the index against PostgreSQL. Try again later.');
    }
  }
  process.stderr.write('\n');

  const packs = await parts.system.packs.namesOf([...found.keys()]);
  console.table(
    [...found].map(([digest, { collections, sum }]) => ({
      pack: packs.get(digest) ?? digest,
      collections: collections.size,
      ...sum,
    })),
  );
  return skipped > 0 || [...found.values()].some(({ sum }) => sum.unmended > 0) ? 1 : 0;
}
