import type { Logger } from 'pino';
import type { ThreadedFaceAnalyzer } from '../../workers/inference/threaded-face-analyzer';
import type { Packs } from '../database/system';

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
  register: Pick<Packs, 'listNeeded' | 'register'>,
  logger: Logger,
): Promise<void> {
  const serves = (packId: string): boolean => analyzer.packs().some(({ id }) => id === packId);
  const needed = await register.listNeeded();
  await analyzer.serve(needed.map(({ packId }) => packId).filter((packId) => !serves(packId)));
  for (const packId of await register.register(analyzer.packs())) {
    analyzer.withdraw({
      packId,
      reason:
        "it is not the one that this database's vectors were made with: bring that one back, or give this one a new version",
    });
  }
  for (const { packId, collectionIds } of needed) {
    const told = {
      pack: packId,
      collections: collectionIds.slice(0, NAMED_COLLECTIONS),
      count: collectionIds.length,
    };
    if (collectionIds.length === 0) continue;
    const pack = analyzer.packs().find(({ id }) => id === packId);
    if (pack === undefined) {
      logger.warn(
        { ...told, reason: analyzer.whyNot(packId) },
        `collections of ${packId} cannot be searched until it serves again (npm run models -- verify ${packId} says what to do)`,
      );
    } else if (pack.calibration === null) {
      logger.warn(
        { ...told, reason: 'it has no similarity scale' },
        `collections of ${packId} cannot be searched until it has a similarity scale again (bring its pack.json back, or fit one with npm run models -- calibrate ${packId} DIR) and Likeness is started again`,
      );
    }
  }
  analyzer.assertServes();
  logger.info({ runtimes: analyzer.runtimes() }, 'recognition packs are ready');
}
