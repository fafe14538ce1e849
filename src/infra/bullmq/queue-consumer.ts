import { type Job, WaitingError } from 'bullmq';
import { PermanentJobError, type RegisteredHandler } from '../../ports/job-queue';
import type { JobPayload } from '../../records/job-definition';
import { bounded, pause } from './bounded';
import { type ConsumerWorker, type OnQueueError, type QueueConnections, type QueueErrorPlace } from './connections';
import { type QueueHandlers } from './handler-table';
import { toStoredError } from './stored-error';

/** A killed worker's job is free again after its lock and at most two rounds of the stalled check: 25 s. */
const LOCK_DURATION_MS = 15_000;
const STALLED_INTERVAL_MS = 5_000;
const MAX_STALLED_COUNT = 3;
const RUN_RETRY_DELAY_MS = 1_000;
const READY_TIMEOUT_MS = 5_000;
/** How long an aborted handler may take to stop before it is left to the lock. */
const ABORT_GRACE_MS = 3_000;
const CLOSE_TIMEOUT_MS = 5_000;
const PING_TIMEOUT_MS = 2_000;

interface Delivery {
  readonly controller: AbortController;
  lockTimer: NodeJS.Timeout;
}

export interface QueueConsumerOptions {
  readonly group: QueueHandlers;
  readonly connections: QueueConnections;
  readonly onError: OnQueueError;
}

/** One queue's worker: keeps one running through outages, parses what it gets, and watches each delivery's lock. */
export class QueueConsumer {
  private readonly stopping = new AbortController();
  private readonly deliveries = new Map<string, Delivery>();
  private readonly reported = new WeakSet<Error>();
  private worker: ConsumerWorker | undefined;
  private idle: (() => void) | undefined;
  private drained = false;

  constructor(private readonly options: QueueConsumerOptions) {}

  /** @throws DEPENDENCY_UNAVAILABLE when no worker got ready within `timeoutMs`. */
  async start(timeoutMs: number): Promise<void> {
    const worker = await this.open(Date.now() + timeoutMs);
    void this.keepRunning(worker);
  }

  /** Takes no more jobs, waits for running handlers up to `graceMs`, then aborts them and hands their jobs back. */
  async drain(graceMs: number): Promise<void> {
    this.stopping.abort();
    const worker = this.worker;
    if (!worker) return;
    await bounded(worker.pause(true), CLOSE_TIMEOUT_MS, 'The worker did not pause.').catch(this.report);
    await this.settled(graceMs);
    for (const { controller } of this.deliveries.values()) controller.abort(new Error('The process is stopping.'));
    await this.settled(ABORT_GRACE_MS);
    // With its server away BullMQ waits for ever for what it cannot finish, and renews locks meanwhile.
    const away = await bounded(this.options.connections.ping(), PING_TIMEOUT_MS, 'No answer.').then(
      () => false,
      () => true,
    );
    await this.discard(worker, away || this.deliveries.size > 0);
    this.drained = true;
    for (const { lockTimer } of this.deliveries.values()) clearTimeout(lockTimer);
  }

  private readonly report = (error: unknown): void =>
    this.options.onError(error, { part: 'worker', queue: this.options.group.queue });

  /** A worker made while its server is away never recovers by itself: try with new ones until the deadline. */
  private async open(deadline: number): Promise<ConsumerWorker> {
    for (;;) {
      const worker = this.create();
      try {
        const message = `${this.options.connections.server} did not answer the worker of ${this.options.group.queue}.`;
        await bounded(worker.waitUntilReady(), READY_TIMEOUT_MS, message, this.stopping.signal);
        this.worker = worker;
        return worker;
      } catch (error) {
        void this.discard(worker, true);
        if (this.stopping.signal.aborted || Date.now() + RUN_RETRY_DELAY_MS > deadline) throw error;
        this.report(error);
        await pause(RUN_RETRY_DELAY_MS, this.stopping.signal);
      }
    }
  }

  private create(): ConsumerWorker {
    const { group, connections } = this.options;
    const worker = connections.worker(group.queue, (job, token) => this.process(job, token ?? ''), {
      autorun: false,
      concurrency: group.concurrency,
      lockDuration: LOCK_DURATION_MS,
      stalledInterval: STALLED_INTERVAL_MS,
      maxStalledCount: MAX_STALLED_COUNT,
      runRetryDelay: RUN_RETRY_DELAY_MS,
    });
    // What a closed worker had open may be cut when its server stops: no news any more.
    worker.on('error', (error) => {
      if (!this.drained) this.report(error);
    });
    worker.on('failed', (job, error) => {
      if (!this.reported.has(error)) this.options.onError(error, this.place(job));
    });
    worker.on('lockRenewalFailed', (ids) => ids.forEach((id) => this.loseLock(id)));
    worker.on('locksRenewed', ({ jobIds }) => jobIds.forEach((id) => this.deliveries.get(id)?.lockTimer.refresh()));
    return worker;
  }

  private async keepRunning(first: ConsumerWorker): Promise<void> {
    let worker = first;
    while (!this.stopping.signal.aborted) {
      try {
        await worker.run();
        if (this.stopping.signal.aborted) return;
        throw new Error(`The worker of ${this.options.group.queue} ended by itself; a new one takes over.`);
      } catch (error) {
        this.report(error);
        await this.discard(worker, true);
        const next = await this.open(Infinity).catch(() => undefined);
        if (!next) return;
        worker = next;
      }
    }
  }

  private async discard(worker: ConsumerWorker, force: boolean): Promise<void> {
    await bounded(worker.close(force), CLOSE_TIMEOUT_MS, 'The worker did not close.').catch(this.report);
  }

  private async process(job: Job, token: string): Promise<null> {
    // A worker told to stop may still fetch the job it was waiting for.
    if (this.stopping.signal.aborted) return this.handBack(job, token);
    const handler = this.options.group.handlers.get(job.name);
    if (!handler) throw this.fail(job, new Error(`This process has no handler for job ${job.name}.`), false);
    const parsed = handler.definition.schema.safeParse(job.data);
    if (!parsed.success) {
      const paths = parsed.error.issues.map((issue) => issue.path.join('.') || 'payload').join(', ');
      throw this.fail(job, new Error(`Job ${job.name} carries a payload that its schema refuses at: ${paths}.`), true);
    }
    return this.deliver(job, token, handler, parsed.data);
  }

  private async deliver(job: Job, token: string, handler: RegisteredHandler, payload: JobPayload): Promise<null> {
    const id = job.id!;
    // The same job again in this process: the earlier delivery has lost its lock without knowing.
    this.loseLock(id);
    const delivery: Delivery = {
      controller: new AbortController(),
      lockTimer: setTimeout(() => this.loseLock(id), LOCK_DURATION_MS).unref(),
    };
    this.deliveries.set(id, delivery);
    const attempt = job.attemptsMade + 1;
    try {
      const isLastAttempt = attempt >= (job.opts.attempts ?? 1);
      await handler.handle({ id, payload, attempt, isLastAttempt, signal: delivery.controller.signal });
      return null;
    } catch (error) {
      if (delivery.controller.signal.aborted && this.stopping.signal.aborted) return await this.handBack(job, token);
      throw this.fail(job, error, error instanceof PermanentJobError);
    } finally {
      clearTimeout(delivery.lockTimer);
      if (this.deliveries.get(id) === delivery) this.deliveries.delete(id);
      if (this.deliveries.size === 0) this.idle?.();
    }
  }

  private loseLock(id: string): void {
    this.deliveries
      .get(id)
      ?.controller.abort(new Error('The lock of this delivery is lost: another worker may run it.'));
  }

  /** Back to the front of the queue, without counting an attempt. */
  private async handBack(job: Job, token: string): Promise<never> {
    await job.moveToWait(token);
    throw new WaitingError();
  }

  private fail(job: Job, error: unknown, permanent: boolean): Error {
    this.options.onError(error, this.place(job));
    const stored = toStoredError(error, permanent);
    this.reported.add(stored);
    return stored;
  }

  private place(job: Job | undefined): QueueErrorPlace {
    const queue = this.options.group.queue;
    if (!job) return { part: 'job', queue };
    const data: { jobId?: unknown; requestId?: unknown } = Object(job.data);
    return {
      part: 'job',
      queue,
      job: job.name,
      deliveryId: job.id,
      jobId: typeof data.jobId === 'string' ? data.jobId : undefined,
      requestId: typeof data.requestId === 'string' ? data.requestId : undefined,
      attempt: job.attemptsMade + 1,
    };
  }

  private async settled(timeoutMs: number): Promise<void> {
    if (this.deliveries.size === 0) return;
    const done = new AbortController();
    this.idle = () => done.abort();
    await pause(timeoutMs, done.signal);
  }
}
