import type { Logger } from 'pino';
import type { PackRepository } from '../ports/pack-repository';
import type { ThreadedFaceAnalyzer } from '../../workers/inference/threaded-face-analyzer';

/** Collections that a warning names one by one. */
const NAMED_COLLECTIONS = 20;

/**
 * Serves the packs that collections are pinned to beside those that the settings name, so that a new default leaves nobody
 * behind. A pack that is missing or broken costs its own collections only: they are told, with what to do.
 *
 * @throws DomainError DEPENDENCY_UNAVAILABLE when no pack serves at all.
 */
export async function serveNeededPacks(
  analyzer: ThreadedFaceAnalyzer,
  repository: PackRepository,
  logger: Logger,
): Promise<void> {
  const serves = (packId: string): boolean => analyzer.packs().some(({ id }) => id === packId);
  const needed = await repository.listNeeded();
  await analyzer.serve(needed.map(({ packId }) => packId).filter((packId) => !serves(packId)));
  for (const packId of await repository.register(analyzer.packs())) {
    analyzer.withdraw({
      packId,
      reason:
        "it is not the one that this database's vectors were made with: bring that one back, or give this one a new version",
    });
  }
  for (const { packId, collectionIds } of needed.filter((one) => !serves(one.packId))) {
    const reason = analyzer.whyNot(packId);
    const collections = collectionIds.slice(0, NAMED_COLLECTIONS);
    logger.warn(
      { pack: packId, reason, collections, count: collectionIds.length },
      `collections of ${packId} cannot be searched until it serves again (npm run models -- verify ${packId} says what to do)`,
    );
  }
  analyzer.assertServes();
  logger.info({ runtimes: analyzer.runtimes() }, 'recognition packs are ready');
}
