import { type Job, type JobsOptions, type Relay, type WorkerOptions } from 'bullmq';

/** Where the queue and the bus live. */
export type QueueBackend =
  | {
      readonly kind: 'postgres';
      /** As a role that `migrateQueueSchema` has given rights to. */
      readonly url: string;
      /** @default 'bullmq' */
      readonly schema?: string;
    }
  | {
      readonly kind: 'redis';
      readonly url: string;
      /** What every key begins with. @default 'likeness' */
      readonly prefix?: string;
    };

/** Where an error came from, for the log. Ids only. */
export interface QueueErrorPlace {
  readonly part: 'queue' | 'worker' | 'job' | 'event-bus';
  readonly queue?: string;
  readonly job?: string;
  readonly deliveryId?: string;
  readonly jobId?: string;
  readonly requestId?: string;
  readonly attempt?: number;
}

export type OnQueueError = (error: unknown, where: QueueErrorPlace) => void;

/** What is used of BullMQ's Queue, on either backend. */
export interface ProducerQueue {
  add(name: string, data: unknown, options: JobsOptions): Promise<unknown>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What is used of BullMQ's Worker, on either backend. */
export interface ConsumerWorker {
  run(): Promise<void>;
  waitUntilReady(): Promise<void>;
  pause(doNotWaitActive: boolean): Promise<void>;
  close(force: boolean): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'failed', listener: (job: Job | undefined, error: Error) => void): unknown;
  on(event: 'lockRenewalFailed', listener: (ids: string[]) => void): unknown;
  on(event: 'locksRenewed', listener: (renewed: { jobIds: string[] }) => void): unknown;
}

export type Processor = (job: Job, token?: string) => Promise<null>;
export type WorkerSettings = Omit<WorkerOptions, 'connection' | 'prefix'>;
export type RelayEvents = Pick<Relay, 'waitUntilReady' | 'subscribe' | 'publish' | 'getCounts' | 'close'> & {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'recovered', listener: () => void): unknown;
};

/** Makes BullMQ's objects on one backend, so that the adapters know neither PostgreSQL nor Redis. */
export interface QueueConnections {
  /** For sentences: PostgreSQL or Redis. */
  readonly server: string;
  /** Refuses a server that cannot serve. */
  check(): Promise<void>;
  ping(): Promise<void>;
  /** Stays as long as the server keeps its jobs; made where there is none. */
  mark(): Promise<string>;
  queue(name: string): ProducerQueue;
  worker(name: string, processor: Processor, settings: WorkerSettings): ConsumerWorker;
  relay(settings: { namespace: string; leaseDuration: number }): RelayEvents;
  /** Last: ends every connection that is left. */
  close(): Promise<void>;
}
