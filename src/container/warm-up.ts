import type { Logger } from 'pino';
import type { VectorSync } from '../modules/vector-sync/vector-sync.service';
import type { Collections } from '../database/system';
import type { VectorOpStore } from '../modules/vector-sync/vector-op.store';

/**
 * Opens every collection’s index and catches it up with what was committed before this start: a search that comes
 * meanwhile opens its own first. Runs beside the API, which is ready without it.
 */
export async function warmUp(
  collections: Pick<Collections, 'listAll'>,
  ops: VectorOpStore,
  vectorSync: VectorSync,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  let opened = 0;
  for (const { scope, collectionId } of await collections.listAll()) {
    if (signal.aborted) return;
    const state = await ops.findSpace(scope, collectionId);
    if (!state) continue;
    try {
      await vectorSync.open(scope, state.space);
      opened += 1;
    } catch (err) {
      logger.warn({ err, collectionId }, 'this index is opened again when it is searched');
    }
  }
  logger.info({ collections: opened, ms: Math.round(performance.now() - startedAt) }, 'indexes are open');
}
