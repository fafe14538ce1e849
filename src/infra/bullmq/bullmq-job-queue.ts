import { setMaxListeners } from 'node:events';
import { type JobsOptions } from 'bullmq';
import { DomainError } from '../../domain/errors';
import { type JobQueue, type RegisteredHandler } from '../../ports/job-queue';
import type { JobDefinition, JobOptions, JobPayload } from '../../records/job-definition';
import { bounded, unavailable } from './bounded';
import { connect } from './connect';
import { type OnQueueError, type ProducerQueue, type QueueBackend, type QueueConnections } from './connections';
import { assertDefinitions, groupHandlers } from './handler-table';
import { QueueConsumer } from './queue-consumer';

const ENQUEUE_TIMEOUT_MS = 5_000;
const START_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 5_000;
/** Dedup by id lasts this long after a job is done; what a job did is in our own tables in any case. */
const KEEP_COMPLETED_SECONDS = 3_600;
const KEEP_FAILED_SECONDS = 7 * 86_400;
/** BullMQ's bound of a priority. */
const MAX_PRIORITY = 2_097_152;

export interface BullmqJobQueueOptions {
  readonly backend: QueueBackend;
  /** Every job of the product: what is not here is neither enqueued nor consumed. */
  readonly definitions: readonly JobDefinition[];
  /** Every failed delivery and every trouble of a connection; must not throw. */
  readonly onError: OnQueueError;
  /** How long `consume` waits for the server. @default 15000 */
  readonly startTimeoutMs?: number;
}

/** JobQueue over BullMQ, on PostgreSQL or Redis. */
export class BullmqJobQueue implements JobQueue {
  private readonly connections: QueueConnections;
  private readonly queues = new Map<string, Promise<ProducerQueue>>();
  private readonly closed = new AbortController();
  private consumers: QueueConsumer[] | undefined;
  private closing: Promise<void> | undefined;

  /** @throws Error when the definitions contradict each other. */
  constructor(private readonly options: BullmqJobQueueOptions) {
    assertDefinitions(options.definitions);
    // Every call under way listens.
    setMaxListeners(0, this.closed.signal);
    this.connections = connect(options.backend, options.onError);
  }

  /**
   * @throws Error when the job is not defined, or its payload or id is not what BullMQ can carry.
   * @throws DEPENDENCY_UNAVAILABLE within 10 s when the server is away or the queue is closed.
   */
  async enqueue<Payload extends JobPayload>(
    definition: JobDefinition<Payload>,
    id: string,
    payload: Payload,
    priority = 0,
  ): Promise<void> {
    if (!this.options.definitions.includes(definition)) throw new Error(`Job ${definition.name} is not defined.`);
    if (!/^(?!\d+$)[A-Za-z0-9_-]+$/.test(id)) throw new Error('A job is enqueued under the UUID of its outbox row.');
    if (!Number.isInteger(priority) || priority < 0 || priority > MAX_PRIORITY) {
      throw new Error(`A priority is an integer from 0 to ${MAX_PRIORITY}.`);
    }
    const data = definition.schema.parse(payload);
    assertStorable(definition.name, data);
    const options = jobOptions(definition.options, id, priority);
    try {
      const queue = await this.queue(definition.queue);
      await this.bound(queue.add(definition.name, data, options));
    } catch (error) {
      if (error instanceof DomainError) throw error;
      throw unavailable(
        `${this.connections.server} did not take the job ${definition.name}; it will be tried again.`,
        error,
      );
    }
  }

  async consume(handlers: readonly RegisteredHandler[]): Promise<void> {
    const groups = groupHandlers(this.options.definitions, handlers);
    if (this.consumers || this.closing) throw new Error('A queue is consumed once, and not after it was closed.');
    const { connections } = this;
    const { onError, startTimeoutMs = START_TIMEOUT_MS } = this.options;
    this.consumers = groups.map((group) => new QueueConsumer({ group, connections, onError }));
    const started = Promise.all(this.consumers.map((consumer) => consumer.start(startTimeoutMs)));
    try {
      await started;
      await this.bound(connections.check());
    } catch (error) {
      await Promise.all(this.consumers.map((consumer) => consumer.drain(0)));
      if (error instanceof DomainError) throw error;
      throw unavailable(
        `${connections.server} cannot serve the job queue. Check that it is running and set up.`,
        error,
      );
    }
  }

  async ping(): Promise<void> {
    try {
      await this.bound(this.connections.ping());
    } catch (error) {
      if (error instanceof DomainError) throw error;
      throw unavailable(`${this.connections.server} does not answer for the job queue.`, error);
    }
  }

  async mark(): Promise<string> {
    try {
      return await this.bound(this.connections.mark());
    } catch (error) {
      if (error instanceof DomainError) throw error;
      throw unavailable(`${this.connections.server} does not answer for the job queue.`, error);
    }
  }

  close(graceMs: number): Promise<void> {
    this.closing ??= this.shutDown(graceMs);
    return this.closing;
  }

  private async shutDown(graceMs: number): Promise<void> {
    await Promise.all((this.consumers ?? []).map((consumer) => consumer.drain(graceMs)));
    this.closed.abort(unavailable('The job queue is closed.'));
    const closures = [...this.queues.values()].map((queue) => queue.then((open) => open.close()));
    const message = `The connections to ${this.connections.server} did not close in time.`;
    for (const step of [() => Promise.allSettled(closures), () => this.connections.close()]) {
      await bounded<unknown>(step(), CLOSE_TIMEOUT_MS, message).catch((error: unknown) =>
        this.options.onError(error, { part: 'queue' }),
      );
    }
  }

  private bound<T>(work: Promise<T>): Promise<T> {
    const message = `${this.connections.server} did not answer the job queue within ${ENQUEUE_TIMEOUT_MS / 1000} s.`;
    return bounded(work, ENQUEUE_TIMEOUT_MS, message, this.closed.signal);
  }

  /** A queue made while its server is away never recovers by itself: it is forgotten and made anew by the next call. */
  private queue(name: string): Promise<ProducerQueue> {
    const known = this.queues.get(name);
    if (known) return this.bound(known);
    const opening = this.open(name);
    this.queues.set(name, opening);
    opening.catch(() => this.queues.delete(name));
    return opening;
  }

  private async open(name: string): Promise<ProducerQueue> {
    this.closed.signal.throwIfAborted();
    const queue = this.connections.queue(name);
    const report = (error: unknown) => this.options.onError(error, { part: 'queue', queue: name });
    queue.on('error', report);
    try {
      await this.bound(queue.waitUntilReady());
      return queue;
    } catch (error) {
      queue.close().catch(report);
      throw error;
    }
  }
}

function jobOptions({ attempts, backoffMs }: JobOptions, id: string, priority: number): JobsOptions {
  return {
    jobId: id,
    attempts,
    ...(backoffMs > 0 ? { backoff: { type: 'exponential', delay: backoffMs } } : {}),
    ...(priority > 0 ? { priority } : {}),
    removeOnComplete: { age: KEEP_COMPLETED_SECONDS },
    removeOnFail: { age: KEEP_FAILED_SECONDS },
    stackTraceLimit: 1,
  };
}

/** PostgreSQL's jsonb takes neither NUL nor a lone surrogate. */
function assertStorable(name: string, payload: unknown): void {
  if (/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(JSON.stringify(payload))) {
    throw new Error(`Job ${name}: the payload holds characters that cannot be stored.`);
  }
}
