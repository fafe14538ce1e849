import type { Lane, Outbox } from '../../database/system';
import { newId } from '../../domain/ids';
import type { JobQueue } from '../../ports/job-queue';
import type { JobDefinition } from '../../records/job-definition';
import type { OutboxMessage } from '../../records/outbox';

/** A job of the queue, and how much of it may be at its turn at once by this relay. */
export interface RelayLane extends Omit<Lane, 'jobName'> {
  readonly definition: JobDefinition;
}

export interface OutboxRelayDependencies {
  readonly outbox: Pick<Outbox, 'admit' | 'listOtherJobNames' | 'listWaiting'>;
  readonly queue: Pick<JobQueue, 'enqueue'>;
  /** Every job that this version knows, with what its workers here take; messages for others stay where they are. */
  readonly lanes: readonly RelayLane[];
  /** Whether messages of this job may be admitted now; those that wait are looked at again. @default always */
  readonly mayAdmit?: (lane: RelayLane) => boolean;
  /** Trouble with the database or the queue; the messages stay and are tried again. */
  readonly onError: (error: unknown) => void;
  /** @default 500 */
  readonly pollMs?: number;
}

const SEND_TIMEOUT_MS = 5_000;
const MAX_BACKOFF_MS = 10_000;

/**
 * Lets messages of the outbox go to the queue: tenants in turns, and only as much as the workers hold, so that the backlog
 * stays where turns are given out. Each relay admits what one process works on, whoever takes it from the queue. The row
 * locks are held while a small batch is sent, for at most five seconds: a lock dies with its holder, where a lease would
 * keep a killed relay's messages back until it ran out. What was sent but not marked is sent again; the queue knows its
 * id, and every handler may run twice.
 */
export class OutboxRelay {
  private running: Promise<void> | undefined;
  private readonly stopping = new AbortController();
  private wake: (() => void) | undefined;
  private nudged = false;
  /** Whose window a message takes room of. A process that starts anew begins with an empty one. */
  private readonly id = newId();
  private readonly lanes: ReadonlyMap<string, RelayLane>;

  constructor(private readonly deps: OutboxRelayDependencies) {
    this.lanes = new Map(deps.lanes.map((lane) => [lane.definition.name, lane]));
  }

  /** Looks at the outbox at once, then whenever nudged and every half second, until stopped. */
  start(): void {
    this.running ??= this.loop();
  }

  /** Says that messages have been committed, or that one is done and has left room. Never throws; costs nothing when the relay is at work or not here. */
  nudge(): void {
    this.nudged = true;
    this.wake?.();
  }

  /**
   * Sends what waits in the outbox now and has room. @returns how many messages went.
   * @throws what the database or the queue throws.
   */
  async drain(): Promise<number> {
    let total = 0;
    const failures: unknown[] = [];
    const { mayAdmit = () => true } = this.deps;
    const open = [...this.lanes].filter(([, lane]) => mayAdmit(lane)).map(([name]) => name);
    for (const name of await this.deps.outbox.listWaiting(open)) {
      total += await this.drainLane(this.lanes.get(name)!, failures);
    }
    if (failures.length > 0) throw failures[0];
    return total;
  }

  private async drainLane({ definition, ...lane }: RelayLane, failures: unknown[]): Promise<number> {
    for (let total = 0; ;) {
      const { taken, sent } = await this.deps.outbox.admit(
        this.id,
        { ...lane, jobName: definition.name },
        SEND_TIMEOUT_MS,
        (messages) => this.send(definition, messages, failures),
      );
      total += sent;
      // A message that cannot go does not keep the others back; when none can, the queue is away.
      if (taken === 0 || sent === 0) return total;
    }
  }

  /** Lets the batch in work end. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake?.();
    await this.running;
  }

  private async send(
    definition: JobDefinition,
    messages: readonly OutboxMessage[],
    failures: unknown[],
  ): Promise<string[]> {
    const sent: string[] = [];
    const work = Promise.all(
      messages.map(async (message) => {
        try {
          await this.deps.queue.enqueue(definition, message.id, message.payload, message.priority);
          sent.push(message.id);
        } catch (error) {
          failures.push(error);
        }
      }),
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        failures.push(new Error('The queue did not take the messages in time'));
        resolve();
      }, SEND_TIMEOUT_MS);
    });
    await Promise.race([work, late]);
    clearTimeout(timer);
    return [...sent];
  }

  private async loop(): Promise<void> {
    const pollMs = this.deps.pollMs ?? 500;
    let backoffMs = 0;
    await this.reportOthers();
    while (!this.stopping.signal.aborted) {
      this.nudged = false;
      try {
        await this.drain();
        backoffMs = 0;
      } catch (error) {
        this.deps.onError(error);
        backoffMs = Math.min(backoffMs * 2 || pollMs, MAX_BACKOFF_MS);
      }
      // After a failure a nudge does not shorten the wait: what failed would fail again.
      if (backoffMs > 0) await this.sleep(backoffMs, false);
      else if (!this.nudged) await this.sleep(pollMs, true);
    }
  }

  /** Says once what waits for another version: nothing else would tell that it does. */
  private async reportOthers(): Promise<void> {
    try {
      const others = await this.deps.outbox.listOtherJobNames([...this.lanes.keys()]);
      if (others.length === 0) return;
      this.deps.onError(new Error(`Messages wait for jobs that this version does not know: ${others.join(', ')}`));
    } catch (error) {
      this.deps.onError(error);
    }
  }

  private sleep(ms: number, wakeable: boolean): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wake = () => (wakeable || this.stopping.signal.aborted ? done() : undefined);
      if (this.stopping.signal.aborted) done();
    });
  }
}
