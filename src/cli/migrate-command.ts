import 'reflect-metadata';
import { ConfigError, loadConfig } from '../config';
import { Closers } from '../container/closers';
import { openFoundation, takeDataFolder } from '../container/foundation';
import { createLogger } from '../container/logging';
import { reasonOf } from '../container/reason';
import { leaveSoon, stopSignal } from '../container/stop-signal';

/**
 * `npm run migrate`: brings the database up to date and gives its roles their logins, as a start would, and ends. For
 * deployments that do so once, before the processes of a new version start.
 */
async function main(): Promise<void> {
  const config = loadConfig();
  const logger = createLogger({ level: 'warn', to: 2 });
  const stopping = stopSignal(() => process.stderr.write('\nstopping\n'));
  const closers = new Closers((err, name) => logger.error({ err }, `${name} did not close cleanly`), stopping);
  try {
    await takeDataFolder(config, closers);
    const { migrated } = await openFoundation(config, logger, closers);
    for (const name of migrated) console.log(`applied ${name}`);
    console.log('The database is up to date.');
  } finally {
    await closers.closeAll();
  }
}

main().then(leaveSoon, (error: unknown) => {
  console.error(reasonOf(error));
  process.exitCode = error instanceof ConfigError ? 78 : 1;
  leaveSoon();
});
