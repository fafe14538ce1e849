import { createDispatcher } from '../../workers/processors/job-dispatcher';
import type { BullmqJobQueue } from '../infra/bullmq/bullmq-job-queue';
import { DeletionHandler, removeDeletedJob } from '../modules/deletion/deletion.jobs';
import { enrollImagesJob, EnrollImagesHandler } from '../modules/enrollment/enrollment.jobs';
import type { OutboxRelay } from '../modules/jobs/outbox-relay.service';
import { StuckWorkSweeper } from '../modules/jobs/stuck-work-sweeper.service';
import type { Closers } from './closers';
import type { Parts } from './services';

/** Every job of the product. */
export const jobDefinitions = [enrollImagesJob, removeDeletedJob];

/** Pictures in work at once, a thread: two batches of four in its hands, as many again that are read or stored. */
const PICTURES_PER_THREAD = 12;

export interface WorkingParts extends Parts {
  readonly queue: BullmqJobQueue;
  readonly relay: OutboxRelay;
  readonly closers: Closers;
}

/** Starts what works in the background: handlers, the outbox relay, the sweeper. */
export async function startWorking(parts: WorkingParts): Promise<void> {
  const { system, stores, images, index, vectorSync, analyzer, urls, clock, logger, relay, queue } = parts;
  const syncVectors = vectorSync.apply.bind(vectorSync);
  const handlers = createDispatcher({
    jobs: system.dispatch,
    handlers: [
      new EnrollImagesHandler({
        enrollments: stores.enrollments,
        uploads: stores.uploads,
        images,
        urls,
        analyzer,
        syncVectors,
        clock,
        inFlight: PICTURES_PER_THREAD * parts.config.inferenceThreads,
        onError: (err, place) => logger.error({ err, ...place }, 'an item failed for a reason that was not understood'),
      }),
      new DeletionHandler({ deletions: stores.deletions, tenants: system.tenants, index, images, syncVectors }),
    ],
  });
  await queue.consume(handlers);
  relay.start();
  parts.closers.add('outbox relay', () => relay.stop());
  const sweeper = new StuckWorkSweeper({
    sweeps: system.sweeps,
    jobs: stores.jobs,
    uploads: stores.uploads,
    deletions: stores.deletions,
    images,
    clock,
    onError: (err) => logger.warn({ err }, 'sweep failed'),
  });
  sweeper.start();
  parts.closers.add('sweeper', () => sweeper.stop());
}
