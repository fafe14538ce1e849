import type { Parts } from './parts';

/**
 * Opens every collection’s index and catches it up with what was committed before this start: a search that comes
 * meanwhile opens its own first. Runs beside the API, which is ready without it.
 */
export async function warmUp(
  { system, vectorOps, collectionIndex, logger }: Pick<Parts, 'logger' | 'system' | 'vectorOps' | 'collectionIndex'>,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  let opened = 0;
  for (const { scope, collectionId } of await system.collections.listAll()) {
    if (signal.aborted) return;
    const state = await vectorOps.findSpace(scope, collectionId);
    if (!state) continue;
    try {
      await collectionIndex.open(scope, state.space);
      opened += 1;
    } catch (err) {
      logger.warn({ err, collectionId }, 'this index is opened again when it is searched');
    }
  }
  logger.info({ collections: opened, ms: Math.round(performance.now() - startedAt) }, 'indexes are open');
}
