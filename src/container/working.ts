import { AuditSequencer } from '../modules/audit/audit-sequencer.service';
import { createDispatcher } from '../../workers/processors/job-dispatcher';
import { DeletionStore } from '../modules/deletion/deletion.store';
import { ForgottenTenants } from '../modules/deletion/forgotten-tenants.service';
import { createHandlers, jobKinds } from '../modules/jobs/job-kinds';
import { JobStore } from '../modules/jobs/job.store';
import { LostQueueWatch } from '../modules/jobs/lost-queue-watch.service';
import { StuckWorkSweeper } from '../modules/jobs/stuck-work-sweeper.service';
import { createErasureWriter } from './erasures';
import { createPruner } from './pruning';
import { createIndexReconciler } from './reconciling';
import { DirectUploadSweeper } from '../modules/images/direct-upload-sweeper.service';
import { UploadStore } from '../modules/images/upload.store';
import { KnownLimits } from '../modules/rates/known-limits';
import { EnrollmentMeter } from '../modules/usage/enrollment-meter.service';
import type { Closers } from './closers';
import type { Parts } from './parts';

/** Starts what works in the background: handlers, the outbox relay, the sweeper. */
export async function startWorking(parts: Parts, closers: Closers): Promise<void> {
  const { database, system, images, index, collectionIndex, analyzer, urls, clock, logger, relay, queue } = parts;
  const catchUpIndex = collectionIndex.catchUp.bind(collectionIndex);
  const meter = new EnrollmentMeter({
    usage: parts.usage,
    limiter: parts.limiter,
    limits: new KnownLimits(system.tenants),
    onError: (err) => logger.warn({ err }, 'faces of an enrolment were not charged to a rate'),
  });
  const handlers = createDispatcher({
    jobs: system.dispatch,
    messages: system.outbox,
    onSettled: () => relay.nudge(),
    runsInDeletion: (kind) => jobKinds.runsInDeletion(kind),
    handlers: createHandlers({
      database,
      system,
      index,
      images,
      urls,
      direct: parts.direct,
      analyzer,
      clock,
      collectionIndex,
      catchUpIndex,
      meter,
      inFlight: parts.imagesAtOnce,
      keptForMs: parts.config.keptFor.oldVectorsMs,
      onItemFault: (err, place) =>
        logger.error({ err, ...place }, 'an item failed for a reason that was not understood'),
    }),
  });
  await queue.consume(handlers);
  const lostQueue = new LostQueueWatch({
    queue,
    deployment: system.deployment,
    onLost: (messages) => {
      logger.warn({ messages }, 'the queue has lost what it was given; it is given it again');
      relay.nudge();
    },
    onTwoQueues: () =>
      logger.warn(
        'two queues are in use: another process was started later with another REDIS_URL. Give all of them the same; what the other queue was given is taken up within minutes',
      ),
    onError: (err) => logger.debug({ err }, 'the queue was not asked for its mark'),
  });
  lostQueue.start();
  closers.add('watch over the queue', () => lostQueue.stop());
  relay.start();
  closers.add('outbox relay', () => relay.stop());
  const sequencer = new AuditSequencer({
    sequence: system.audit,
    onError: (err) => logger.warn({ err }, 'rows of the audit were not numbered'),
  });
  sequencer.start();
  closers.add('audit sequencer', () => sequencer.stop());
  const sweeper = new StuckWorkSweeper({
    sweeps: system.sweeps,
    kinds: jobKinds,
    jobs: new JobStore(database, jobKinds),
    uploads: new UploadStore(database),
    forgottenTenants: new ForgottenTenants({ sweeps: system.sweeps, deletions: new DeletionStore(database) }),
    images,
    clock,
    onError: (err) => logger.warn({ err }, 'sweep failed'),
  });
  sweeper.start();
  closers.add('sweeper', () => sweeper.stop());
  if (parts.directUploads) {
    const unused = new DirectUploadSweeper({
      direct: parts.directUploads,
      clock,
      onError: (err) => logger.warn({ err }, 'uploads that nobody used were not removed'),
    });
    unused.start();
    closers.add('sweeper of direct uploads', () => unused.stop());
  }
  const erasures = createErasureWriter(parts);
  erasures.start();
  closers.add('erasure ledger', () => erasures.stop());
  const pruner = createPruner(parts);
  pruner.start();
  closers.add('pruner', () => pruner.stop());
  const { reconcileEveryMs } = parts.config;
  if (reconcileEveryMs !== undefined) {
    const reconciler = createIndexReconciler(parts, reconcileEveryMs);
    reconciler.start();
    closers.add('index reconciler', () => reconciler.stop());
  }
}
