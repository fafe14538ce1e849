import type { Clock } from '../../ports/clock';
import type { DirectUploads } from '../../ports/direct-uploads';

export interface DirectUploadSweeperDependencies {
  readonly direct: Pick<DirectUploads, 'discardBefore'>;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

const EVERY_MS = 3_600_000;
/** An upload's own day, and an hour. */
const KEPT_MS = 25 * 3_600_000;

/** Removes what was sent directly and never used: also what came when its upload, or its tenant, had gone. */
export class DirectUploadSweeper {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly deps: DirectUploadSweeperDependencies) {}

  start(): void {
    this.timer ??= setInterval(() => {
      this.running ??= this.runOnce()
        .then(() => undefined, this.deps.onError)
        .finally(() => (this.running = undefined));
    }, EVERY_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** @returns how many it removed. */
  runOnce(): Promise<number> {
    return this.deps.direct.discardBefore(new Date(this.deps.clock.now().getTime() - KEPT_MS));
  }
}
