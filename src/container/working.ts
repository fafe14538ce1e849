import { createDispatcher } from '../../workers/processors/job-dispatcher';
import type { BullmqJobQueue } from '../infra/bullmq/bullmq-job-queue';
import { createHandlers, jobKinds } from '../modules/jobs/job-kinds';
import type { OutboxRelay } from '../modules/jobs/outbox-relay.service';
import { StuckWorkSweeper } from '../modules/jobs/stuck-work-sweeper.service';
import type { Closers } from './closers';
import type { Parts } from './services';

/** Every job of the product. */
export const jobDefinitions = jobKinds.all.map(({ definition }) => definition);

/** Pictures in work at once, a thread: two batches of four in its hands, as many again that are read or stored. */
const PICTURES_PER_THREAD = 12;

export interface WorkingParts extends Parts {
  readonly queue: BullmqJobQueue;
  readonly relay: OutboxRelay;
  readonly closers: Closers;
}

/** Starts what works in the background: handlers, the outbox relay, the sweeper. */
export async function startWorking(parts: WorkingParts): Promise<void> {
  const { database, system, stores, images, index, vectorSync, analyzer, urls, clock, logger, relay, queue } = parts;
  const syncVectors = vectorSync.apply.bind(vectorSync);
  const handlers = createDispatcher({
    jobs: system.dispatch,
    runsInDeletion: (kind) => jobKinds.runsInDeletion(kind),
    handlers: createHandlers({
      database,
      system,
      index,
      images,
      urls,
      analyzer,
      clock,
      syncVectors,
      inFlight: PICTURES_PER_THREAD * parts.config.inferenceThreads,
      onItemFault: (err, place) =>
        logger.error({ err, ...place }, 'an item failed for a reason that was not understood'),
    }),
  });
  await queue.consume(handlers);
  relay.start();
  parts.closers.add('outbox relay', () => relay.stop());
  const sweeper = new StuckWorkSweeper({
    sweeps: system.sweeps,
    kinds: jobKinds,
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
