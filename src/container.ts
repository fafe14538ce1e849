import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from './config';
import { Closers } from './container/closers';
import { openFaceAnalyzer, watchDisks } from './container/engines';
import { replayErasures } from './container/erasures';
import type { Features } from './container/features';
import { openFoundation, takeDataFolder } from './container/foundation';
import { serveNeededPacks } from './container/packs';
import { openImageStore } from './container/image-store';
import { openParts } from './container/parts';
import { answerProbes } from './container/probes';
import { startServing } from './container/serving';
import { stopAsked } from './container/stop-signal';
import { warmUp } from './container/warm-up';
import { startWorking } from './container/working';
import type { Database } from './database';
import { createSystem } from './database/system';
import { assertCanListen } from './http/listening';
import type { PackDescription } from './ports/face-analyzer';

export interface Platform {
  /** Where the API listens; null for a worker. */
  readonly url: string | null;
  readonly operatorKey: string;
  /** The operator key was made at this start. */
  readonly operatorKeyIsNew: boolean;
  readonly database: Database;
  readonly packs: () => readonly PackDescription[];
  /** null for a worker. */
  readonly features: Features | null;
  /** Stops accepting, finishes or hands back what runs, closes sockets, flushes, lets go. Idempotent. */
  close(): Promise<void>;
}

/** How long the step of a start that is asked to stop may take to end: one that waits for a silent server would not. */
const STEP_MS = 10_000;

/**
 * Wires and starts what the configuration asks for.
 * @param stopping ends the start when it is aborted; a platform that has started is closed by its `close` alone.
 * @throws what cannot be opened, or the reason of `stopping`, having closed everything that was.
 */
export async function startPlatform(
  config: Config,
  logger: Logger,
  stopping: AbortSignal = new AbortController().signal,
): Promise<Platform> {
  const closers = new Closers((err, name) => logger.error({ err }, `${name} did not close cleanly`), stopping);
  try {
    return await Promise.race([start(config, logger, closers), outwaited(stopping)]);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

/** Rejects when a stop has waited long enough for the start to notice it. */
async function outwaited(stopping: AbortSignal): Promise<never> {
  await stopAsked(stopping);
  await delay(STEP_MS, undefined, { ref: false });
  throw stopping.reason;
}

async function start(config: Config, logger: Logger, closers: Closers): Promise<Platform> {
  const folder = await takeDataFolder(config, closers);
  if (config.role !== 'worker') await assertCanListen(config.port, config.host);
  // Loading nets takes as long as starting PostgreSQL: side by side, and neither failure may leave the other open.
  const analyzerOpening = openFaceAnalyzer(config, logger);
  // It is awaited below; a failure before that must not end the process with PostgreSQL half started.
  analyzerOpening.catch(() => undefined);
  closers.add('recognition', () => analyzerOpening.then((analyzer) => analyzer.close()).catch(() => undefined));
  const foundation = await openFoundation(config, logger, closers);
  const analyzer = await analyzerOpening;
  const system = createSystem(foundation.database, config.defaultLimits);
  await replayErasures({ config, database: foundation.database, logger, system });
  await serveNeededPacks(analyzer, system.packs, logger);
  const opened = await openImageStore(config, system, logger, closers);
  const room = await watchDisks(config, logger, closers);
  const parts = openParts({ config, logger, system, analyzer, ...opened, room }, foundation, closers);
  if (config.role !== 'api') await startWorking(parts, closers);
  if (config.role === 'worker') await answerProbes(parts, closers);
  const serving = config.role === 'worker' ? null : await startServing(parts, foundation.secrets, closers);
  // Closed before the API is: once the port is free another program may listen there.
  if (folder && serving) closers.add('address', await folder.announce(serving.url));
  const warming = new AbortController();
  const warmed = warmUp(parts, warming.signal).catch((err: unknown) =>
    logger.warn({ err }, 'indexes were not opened ahead'),
  );
  closers.add('warm-up', () => {
    warming.abort();
    return warmed;
  });
  return {
    url: serving?.url ?? null,
    operatorKey: foundation.secrets.operatorKey,
    operatorKeyIsNew: foundation.secrets.operatorKeyIsNew,
    database: foundation.database,
    packs: () => analyzer.packs(),
    features: serving?.features ?? null,
    close: () => closers.closeAll(),
  };
}
