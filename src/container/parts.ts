import type { Logger } from 'pino';
import type { Config } from '../config';
import type { Database } from '../database';
import type { System } from '../database/system';
import { BullmqEventBus } from '../infra/bullmq/bullmq-event-bus';
import { BullmqJobQueue } from '../infra/bullmq/bullmq-job-queue';
import { UndiciUrlFetcher } from '../infra/http-fetch/undici-url-fetcher';
import type { DiskRoom } from '../infra/storage/disk-room';
import { ChangeHints } from '../modules/events/change-hints.service';
import { createDirectUploads } from '../modules/images';
import type { DirectUploadService } from '../modules/images/direct-upload.service';
import { jobKinds } from '../modules/jobs/job-kinds';
import { OutboxRelay } from '../modules/jobs/outbox-relay.service';
import { UsageRecorder } from '../modules/usage/usage-recorder.service';
import { VectorOpStore } from '../modules/collection-index/vector-op.store';
import { CollectionIndex } from '../modules/collection-index/collection-index.service';
import { systemClock, type Clock } from '../ports/clock';
import type { ThreadedFaceAnalyzer } from '../../workers/inference/threaded-face-analyzer';
import { ThreadedImageAnalyzer } from '../../workers/inference/threaded-image-analyzer';
import type { DirectUploads } from '../ports/direct-uploads';
import type { ImageAnalyzer } from '../ports/image-analyzer';
import type { ImageStore } from '../ports/image-store';
import type { RateLimiter } from '../ports/rate-limiter';
import type { UrlFetcher } from '../ports/url-fetcher';
import type { VectorIndex } from '../ports/vector-index';
import type { Closers } from './closers';
import { openVectorIndex } from './engines';
import type { Foundation } from './foundation';
import { openRateLimiter } from './rates';

/** What both the API and the workers are made of. */
export interface Parts {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly database: Database;
  readonly system: System;
  readonly images: ImageStore;
  /** null: all bytes come through this server. */
  readonly directUploads: DirectUploads | null;
  readonly direct: DirectUploadService;
  readonly room: DiskRoom;
  readonly index: VectorIndex;
  readonly vectorOps: VectorOpStore;
  readonly collectionIndex: CollectionIndex;
  readonly queue: BullmqJobQueue;
  readonly relay: OutboxRelay;
  readonly events: BullmqEventBus;
  readonly analyzer: ThreadedFaceAnalyzer;
  /** On the threads of `analyzer`. */
  readonly imageAnalyzer: ImageAnalyzer;
  readonly urls: UrlFetcher;
  readonly limiter: RateLimiter;
  readonly usage: UsageRecorder;
  /** Images of enrolments in work at once in this process. */
  readonly imagesAtOnce: number;
}

/** Images in work at once, a thread: two batches of four in its hands, as many again that are read or stored. */
const IMAGES_PER_THREAD = 12;
/** How long running jobs may take to finish when the process is asked to stop. */
const DRAIN_MS = 10_000;
/** How long fetching an image from its address may take, redirects included. */
const URL_TIMEOUT_MS = 20_000;

/** Opens the engines, and lets commits wake subscribers and the relay. */
export function openParts(
  given: Pick<Parts, 'analyzer' | 'config' | 'directUploads' | 'images' | 'logger' | 'room' | 'system'>,
  { database, queueBackend }: Foundation,
  closers: Closers,
): Parts {
  const { config, logger, system } = given;
  const clock = systemClock;
  const index = openVectorIndex(config, database, logger);
  closers.add('vector index', () => index.close());
  const limiter = openRateLimiter(config, system, logger, closers);
  const usage = new UsageRecorder({
    counts: system.usage,
    clock,
    onError: (err) => logger.warn({ err }, 'use of tenants was not written; it is with the next'),
  });
  closers.add('usage', () => usage.flush());
  const direct = createDirectUploads({
    database,
    images: given.images,
    direct: given.directUploads,
    holders: system.credentials,
    usage,
    clock,
  });
  const vectorOps = new VectorOpStore(database);
  const collectionIndex = new CollectionIndex({
    ops: vectorOps,
    index,
    sharedBetweenProcesses: config.milvus !== undefined,
  });
  const imagesAtOnce = IMAGES_PER_THREAD * config.inferenceThreads;
  const definitions = jobKinds.all.map(({ definition }) => definition);
  const onQueueError = (err: unknown, where: object): void => logger.warn({ err, ...where }, 'queue trouble');
  const queue = new BullmqJobQueue({ backend: queueBackend, definitions, onError: onQueueError });
  closers.add('queue', () => queue.close(DRAIN_MS));
  const events = new BullmqEventBus({ backend: queueBackend, onError: onQueueError });
  closers.add('event bus', () => events.close());
  const relay = new OutboxRelay({
    outbox: system.outbox,
    queue,
    lanes: jobKinds.all.map((kind) => ({
      definition: kind.definition,
      window: kind.window(imagesAtOnce),
      split: kind.split,
      runsInDeletion: kind.runsInDeletion,
    })),
    // What runs would take the room that is kept; it can wait for more.
    mayAdmit: ({ runsInDeletion }) => runsInDeletion || given.room.level === 'OK',
    onError: (err) => logger.warn({ err }, 'outbox not delivered'),
  });
  const urls = new UndiciUrlFetcher({ allowCidrs: config.urlAllowCidrs, timeoutMs: URL_TIMEOUT_MS });
  if (config.urlAllowCidrs.length > 0) {
    logger.warn({ cidrs: config.urlAllowCidrs }, 'url images may come from these private ranges');
  }
  const hints = new ChangeHints({
    bus: events,
    nudgeRelay: () => relay.nudge(),
    onError: (err) => logger.debug({ err }, 'hint not published'),
  });
  database.onChange(hints.committed);
  return {
    ...given,
    imageAnalyzer: new ThreadedImageAnalyzer(given.analyzer),
    clock,
    database,
    direct,
    index,
    vectorOps,
    collectionIndex,
    queue,
    relay,
    events,
    urls,
    limiter,
    usage,
    imagesAtOnce,
  };
}
