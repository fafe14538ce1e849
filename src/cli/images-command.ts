import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { loadConfig, type Config } from '../config';
import { Closers } from '../container/closers';
import { openFoundation, takeDataFolder } from '../container/foundation';
import { openImageStore } from '../container/image-store';
import { createLogger } from '../container/logging';
import { stopSignal } from '../container/stop-signal';
import { createSystem } from '../database/system';
import { DomainError } from '../domain/errors';
import { MEGABYTE } from '../domain/units';
import { StoreCopy, type StoreCopyReport } from '../modules/images/store-copy.service';
import { StoredObjectStore } from '../modules/images/stored-object.store';
import type { ImageStore } from '../ports/image-store';
import { endWith, interrupted } from './ending';

const USAGE = `Usage: npm run images -- copy --from files|s3 --to s3|files [--prune]

Copies all images from one store to the other: files are those of LIKENESS_IMAGES_DIR, s3 is the bucket of the LIKENESS_S3_ settings.
What is there already is not sent again, so a copy that was cut short goes on.

--prune  removes from the store that is copied to what was deleted since; only while Likeness is stopped

Stop Likeness first where PostgreSQL is embedded, or a secret is kept in the data folder: one process owns it.`;

const PLACES = ['files', 's3'] as const;
type Place = (typeof PLACES)[number];
const PROGRESS_MS = 1_000;

interface Order {
  readonly from: Place;
  readonly to: Place;
  readonly prune: boolean;
}

/**
 * `npm run images -- copy`. Exit status 0; 1 when an image is missing or damaged; 2 on wrong usage; 130 or 143 when it was
 * interrupted.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      prune: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  const [from, to] = [placeOf(values.from), placeOf(values.to)];
  if (values.help || positionals.join() !== 'copy' || !from || !to || from === to) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const config = loadConfig();
  const stopping = stopSignal(() => process.stderr.write('\nstopping\n'));
  const logger = createLogger({ level: 'warn', to: 2 });
  const closers = new Closers((err, name) => logger.error({ err }, `${name} did not close cleanly`), stopping);
  try {
    return await Promise.race([
      copy(config, { from, to, prune: values.prune }, closers, stopping),
      interrupted(stopping),
    ]);
  } catch (error) {
    if (!stopping.aborted) throw error;
    return await interrupted(stopping);
  } finally {
    await closers.closeAll();
  }
}

const placeOf = (text: string | undefined): Place | undefined => PLACES.find((place) => place === text);

async function copy(config: Config, order: Order, closers: Closers, signal: AbortSignal): Promise<number> {
  if (!config.s3) {
    throw new DomainError(
      'BAD_USER_INPUT',
      'Set LIKENESS_S3_BUCKET and what else names the bucket, then run the copy again.',
    );
  }
  const logger = createLogger({ level: 'warn', to: 2 });
  await takeDataFolder(config, closers);
  const { database } = await openFoundation(config, logger, closers);
  const system = createSystem(database);
  const open = async (place: Place): Promise<ImageStore> => {
    const chosen = { imagesDir: config.imagesDir, s3: place === 's3' ? config.s3 : undefined };
    return (await openImageStore(chosen, system, logger, closers)).images;
  };
  const [from, to] = [await open(order.from), await open(order.to)];
  const objects = new StoredObjectStore(database);
  const scopes = await system.tenants.listScopes();
  let total = 0;
  for (const scope of scopes) total += await objects.count(scope);
  let toldAt = 0;
  const copying = new StoreCopy({
    objects,
    from,
    to,
    onFault: (key, why) => console.log(`${why === 'MISSING' ? 'missing' : 'damaged'}  ${key}`),
    onProgress: (report) => {
      if (performance.now() - toldAt < PROGRESS_MS) return;
      toldAt = performance.now();
      process.stderr.write(`${lookedAt(report)} of ${total}, ${Math.floor(report.copiedBytes / MEGABYTE)} MB copied\n`);
    },
  });
  for (const scope of scopes) {
    await copying.copy(scope, signal);
    if (order.prune) await copying.prune(scope, signal);
  }
  const { copied, copiedBytes, alreadyThere, missing, damaged, removed } = copying.report;
  console.log(
    `${copied} copied (${Math.ceil(copiedBytes / MEGABYTE)} MB), ${alreadyThere} already there, ${missing} missing, ${damaged} damaged${order.prune ? `, ${removed} removed` : ''}`,
  );
  return missing + damaged > 0 ? 1 : 0;
}

const lookedAt = ({ copied, alreadyThere, missing, damaged }: StoreCopyReport): number =>
  copied + alreadyThere + missing + damaged;

endWith(main());
