import { setMaxListeners } from 'node:events';
import { type EventBus } from '../../ports/event-bus';
import { bounded, pause, unavailable } from './bounded';
import { connect } from './connect';
import { type OnQueueError, type QueueBackend, type QueueConnections, type RelayEvents } from './connections';

const ANSWER_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 5_000;
const RETRY_DELAY_MS = 1_000;
/** A third of this passes before a node that its server has forgotten notices and registers again. */
const LEASE_MS = 15_000;
const TOPIC = 'tenants.';

export interface BullmqEventBusOptions {
  readonly backend: QueueBackend;
  readonly onError: OnQueueError;
  /** Keeps buses on one server apart. @default 'likeness' */
  readonly namespace?: string;
}

/**
 * EventBus over BullMQ's Relay. A process that listens at all holds one subscription to the hints of every tenant and
 * picks its own: a subscriber then costs no round trip, and a tenant's id is all that a hint carries.
 */
export class BullmqEventBus implements EventBus {
  private readonly connections: QueueConnections;
  private readonly listeners = new Map<string, Set<() => void>>();
  private readonly closed = new AbortController();
  private opening: Promise<RelayEvents> | undefined;
  private listening: Promise<void> | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: BullmqEventBusOptions) {
    // Every call under way listens.
    setMaxListeners(0, this.closed.signal);
    this.connections = connect(options.backend, options.onError);
  }

  /** @throws DEPENDENCY_UNAVAILABLE within 10 s when the hint could not be given; readers' slow poll makes up for it. */
  async publish(tenantId: string): Promise<void> {
    if (!/^[A-Za-z0-9-]+$/.test(tenantId)) throw new Error('A hint is published under a tenant id.');
    try {
      const relay = await this.relay();
      await this.bound(relay.publish(TOPIC + tenantId, null));
    } catch (error) {
      throw unavailable(`${this.connections.server} did not take an event's hint.`, error);
    }
  }

  subscribe(tenantId: string, listener: () => void): () => void {
    this.closed.signal.throwIfAborted();
    // The same function may be given twice; each subscription is its own.
    const own = () => listener();
    const listeners = this.listeners.get(tenantId) ?? new Set();
    this.listeners.set(tenantId, listeners.add(own));
    this.listening ??= this.listen();
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.listeners.get(tenantId) === listeners) this.listeners.delete(tenantId);
    };
  }

  async ping(): Promise<void> {
    try {
      await this.bound(this.connections.ping());
    } catch (error) {
      throw unavailable(`${this.connections.server} does not answer for the event bus.`, error);
    }
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    this.closed.abort(unavailable('The event bus is closed.'));
    this.listeners.clear();
    await this.listening;
    const relay = await this.opening?.catch(() => undefined);
    const message = `The event bus' connections to ${this.connections.server} did not close in time.`;
    for (const step of [async () => relay?.close(), () => this.connections.close()]) {
      await bounded(step(), CLOSE_TIMEOUT_MS, message).catch((error: unknown) =>
        this.options.onError(error, { part: 'event-bus' }),
      );
    }
  }

  private readonly report = (error: unknown): void => {
    if (!this.closed.signal.aborted) this.options.onError(error, { part: 'event-bus' });
  };

  private bound<T>(work: Promise<T>): Promise<T> {
    const message = `${this.connections.server} did not answer the event bus within ${ANSWER_TIMEOUT_MS / 1000} s.`;
    return bounded(work, ANSWER_TIMEOUT_MS, message, this.closed.signal);
  }

  /** A relay made while its server is away never recovers by itself: it is forgotten and made anew by the next call. */
  private relay(): Promise<RelayEvents> {
    if (!this.opening) {
      const opening = this.open();
      this.opening = opening;
      opening.catch(() => (this.opening = undefined));
    }
    return this.opening;
  }

  private async open(): Promise<RelayEvents> {
    this.closed.signal.throwIfAborted();
    const relay = this.connections.relay({ namespace: this.options.namespace ?? 'likeness', leaseDuration: LEASE_MS });
    relay.on('error', this.report);
    relay.on('recovered', () => this.hintAll());
    try {
      await this.bound(relay.waitUntilReady());
      return relay;
    } catch (error) {
      relay.close().catch(this.report);
      throw error;
    }
  }

  private async listen(): Promise<void> {
    while (!this.closed.signal.aborted) {
      try {
        const relay = await this.relay();
        await this.bound(relay.subscribe(`${TOPIC}*`, ({ topic }) => this.hint(topic.slice(TOPIC.length))));
        // What was published before now has reached nobody.
        this.hintAll();
        return;
      } catch (error) {
        this.report(error);
        await pause(RETRY_DELAY_MS, this.closed.signal);
      }
    }
  }

  private hintAll(): void {
    for (const tenantId of [...this.listeners.keys()]) this.hint(tenantId);
  }

  private hint(tenantId: string): void {
    for (const listener of [...(this.listeners.get(tenantId) ?? [])]) {
      try {
        listener();
      } catch (error) {
        this.report(error);
      }
    }
  }
}
