import { Closers } from '../../container/closers';
import { openFoundation, takeDataFolder } from '../../container/foundation';
import { createLogger } from '../../container/logging';
import type { Database } from '../../database';
import type { ModelsContext } from './context';

/**
 * Opens the database as the server does; it is closed with the command, also one that is interrupted while it opens.
 *
 * @throws DomainError CONFLICT when another process holds the data folder.
 */
export async function openDatabase({ config, closers, signal }: ModelsContext): Promise<Database> {
  signal.throwIfAborted();
  const logger = createLogger({ level: 'warn', to: 2 });
  const opened = new Closers((err, what) => logger.error({ err }, `${what} did not close cleanly`), signal);
  const opening = takeDataFolder(config, opened).then(() => openFoundation(config, logger, opened));
  closers.add('database', async () => {
    // A PostgreSQL that is only starting has to be waited for, or it would be left running.
    await opening.catch(() => undefined);
    await opened.closeAll();
  });
  return (await opening).database;
}
