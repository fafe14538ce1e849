import { setTimeout as delay } from 'node:timers/promises';
import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Config } from './config';
import { AddressSigner } from './http/address-signer';
import { Authenticator } from './http/authentication';
import { createImageRouter } from './http/image-routes';
import { assertCanListen, isEveryAddress } from './http/listening';
import { createApiServer, type ApiServer } from './http/server';
import { createUploadRouter } from './http/upload-routes';
import { Closers } from './container/closers';
import { openFaceAnalyzer, openVectorIndex } from './container/engines';
import { openFoundation, takeDataFolder } from './container/foundation';
import { serveNeededPacks } from './container/packs';
import { createStores } from './container/stores';
import { createResolvers, createServices, type Services } from './container/services';
import { stopAsked } from './container/stop-signal';
import { warmUp } from './container/warm-up';
import { jobDefinitions, startWorking } from './container/working';
import { BullmqEventBus } from './infra/bullmq/bullmq-event-bus';
import { BullmqJobQueue } from './infra/bullmq/bullmq-job-queue';
import type { Database } from './database';
import { UndiciUrlFetcher } from './infra/http-fetch/undici-url-fetcher';
import { SharpImageCropper } from './infra/sharp/sharp-image-cropper';
import { FileImageStore } from './infra/storage/file-image-store';
import { CursorCodec } from './domain/cursor';
import { ChangeNotifier } from './modules/events/change-notifier.service';
import { MAX_PICTURE_BYTES, PictureLoader } from './modules/pictures/picture-loader.service';
import { OutboxRelay } from './modules/jobs/outbox-relay.service';
import { VectorSync } from './modules/vector-sync/vector-sync.service';
import { systemClock } from './ports/clock';
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
  readonly services: Services | null;
  /** Stops accepting, finishes or hands back what runs, closes sockets, flushes, lets go. Idempotent. */
  close(): Promise<void>;
}

/** How long running jobs may take to finish when the process is asked to stop. */
const DRAIN_MS = 10_000;
/** How long fetching a picture from its address may take, redirects included. */
const URL_TIMEOUT_MS = 20_000;
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
  await takeDataFolder(config, closers);
  if (config.role !== 'worker') await assertCanListen(config.port, config.host);
  // Loading nets takes as long as starting PostgreSQL: side by side, and neither failure may leave the other open.
  const analyzerOpening = openFaceAnalyzer(config, logger);
  // It is awaited below; a failure before that must not end the process with PostgreSQL half started.
  analyzerOpening.catch(() => undefined);
  closers.add('recognition', () => analyzerOpening.then((analyzer) => analyzer.close()).catch(() => undefined));
  const { secrets, database, queueBackend } = await openFoundation(config, logger, closers);
  const analyzer = await analyzerOpening;

  const clock = systemClock;
  const stores = createStores(database);
  const { system } = stores;
  await serveNeededPacks(analyzer, system.packs, logger);
  const images = new FileImageStore({ directory: config.imagesDir });
  const index = openVectorIndex(config, database, logger);
  closers.add('vector index', () => index.close());
  const vectorSync = new VectorSync({
    ops: stores.vectorOps,
    index,
    sharedBetweenProcesses: config.milvus !== undefined,
  });
  const onQueueError = (err: unknown, where: object): void => logger.warn({ err, ...where }, 'queue trouble');
  const queue = new BullmqJobQueue({ backend: queueBackend, definitions: jobDefinitions, onError: onQueueError });
  closers.add('queue', () => queue.close(DRAIN_MS));
  const events = new BullmqEventBus({ backend: queueBackend, onError: onQueueError });
  closers.add('event bus', () => events.close());
  const relay = new OutboxRelay({
    outbox: system.outbox,
    queue,
    definitions: jobDefinitions,
    onError: (err) => logger.warn({ err }, 'outbox not delivered'),
  });
  const urls = new UndiciUrlFetcher({ allowCidrs: config.urlAllowCidrs, timeoutMs: URL_TIMEOUT_MS });
  if (config.urlAllowCidrs.length > 0) {
    logger.warn({ cidrs: config.urlAllowCidrs }, 'url pictures may come from these private ranges');
  }

  const notifier = new ChangeNotifier({
    bus: events,
    nudgeRelay: () => relay.nudge(),
    onError: (err) => logger.debug({ err }, 'hint not published'),
  });
  database.onChange(notifier.committed);
  const parts = { config, logger, clock, database, system, stores, images, index, vectorSync, events, analyzer, urls };

  if (config.role !== 'api') await startWorking({ ...parts, queue, relay, closers });
  let server: ApiServer | undefined;
  let url: string | null = null;
  let services: Services | null = null;
  if (config.role !== 'worker') {
    const authenticator = new Authenticator({
      credentials: system.credentials,
      pepper: secrets.keyPepper,
      operatorKey: secrets.operatorKey,
      clock,
    });
    // Every address of this machine reaches it: which one a client can use, the client has shown.
    const isEverywhere = isEveryAddress(config.host);
    const addresses = new AddressSigner({
      publicUrl: (clientOrigin) => config.publicUrl ?? (isEverywhere ? clientOrigin : undefined) ?? url ?? '',
      keys: [secrets.signingKey],
      clock,
      ttlMs: config.addressTtlMs,
    });
    const cursors = new CursorCodec(secrets.signingKey);
    const pictures = new PictureLoader({ uploads: stores.uploads, images, urls, clock });
    services = createServices({
      ...parts,
      pictures,
      cursors,
      pepper: secrets.keyPepper,
      onKeyRevoked: (key) => {
        authenticator.forget(key.keyId);
        server?.disconnectKey(key.id);
      },
    });
    const shared = { imageStore: images, signingKeys: [secrets.signingKey], clock, logger };
    const routers: Router[] = [
      createUploadRouter({ ...shared, uploads: stores.uploads, maxBytes: MAX_PICTURE_BYTES }),
      createImageRouter({ ...shared, images: stores.imageAccess, cropper: new SharpImageCropper() }),
    ];
    server = await createApiServer({
      resolvers: createResolvers({ ...services, cursors, addresses, packs: analyzer }),
      authenticator,
      events: services.events,
      logger,
      production: config.environment === 'production',
      corsOrigins: config.corsOrigins,
      dependencies: [
        { name: 'database', check: () => database.ping() },
        { name: 'queue', check: () => queue.ping() },
        { name: 'events', check: () => events.ping() },
        { name: 'vectorIndex', check: () => index.ping() },
        { name: 'imageStore', check: () => images.ping() },
      ],
      routers,
    });
    const listening = server;
    closers.add('API', () => listening.close());
    url = await server.start(config.port, config.host);
    logger.info({ url }, 'API is listening');
  }
  const warming = new AbortController();
  const warmed = warmUp(system.collections, stores.vectorOps, vectorSync, logger, warming.signal).catch(
    (err: unknown) => logger.warn({ err }, 'indexes were not opened ahead'),
  );
  closers.add('warm-up', () => {
    warming.abort();
    return warmed;
  });
  return {
    url,
    operatorKey: secrets.operatorKey,
    operatorKeyIsNew: secrets.operatorKeyIsNew,
    database,
    packs: () => analyzer.packs(),
    services,
    close: () => closers.closeAll(),
  };
}
