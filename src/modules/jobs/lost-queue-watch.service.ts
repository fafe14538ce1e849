import type { Deployment } from '../../database/system';
import type { JobQueue } from '../../ports/job-queue';

export interface LostQueueWatchDependencies {
  readonly queue: Pick<JobQueue, 'mark'>;
  readonly deployment: Pick<Deployment, 'meetQueue'>;
  /** Told how many messages the queue had lost, when it had. */
  readonly onLost: (messages: number) => void;
  /** Told once when this queue is in use beside another one. */
  readonly onTwoQueues: () => void;
  readonly onError: (error: unknown) => void;
  /** @default 2000 */
  readonly intervalMs?: number;
}

/**
 * Notices that the queue's server has lost what it was given (a Redis that keeps nothing was started again, or another one
 * took its place), and lets it all wait for another turn at once.
 */
export class LostQueueWatch {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private wasBesideAnother = false;

  constructor(private readonly deps: LostQueueWatchDependencies) {}

  /** Looks at once, then again and again. */
  start(): void {
    if (this.timer) return;
    const look = (): void => {
      this.running ??= this.runOnce()
        .catch(this.deps.onError)
        .finally(() => (this.running = undefined));
    };
    this.timer = setInterval(look, this.deps.intervalMs ?? 2_000).unref();
    look();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** @throws what the queue or the database throws; the next look goes on from there. */
  async runOnce(): Promise<void> {
    const { lost, isBesideAnother } = await this.deps.deployment.meetQueue(await this.deps.queue.mark());
    if (lost > 0) this.deps.onLost(lost);
    if (isBesideAnother && !this.wasBesideAnother) this.deps.onTwoQueues();
    this.wasBesideAnother = isBesideAnother;
  }
}
