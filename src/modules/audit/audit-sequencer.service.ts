import { setTimeout as delay } from 'node:timers/promises';
import type { AuditSequence } from '../../database/system';

export interface AuditSequencerDependencies {
  readonly sequence: Pick<AuditSequence, 'advance' | 'isBehind'>;
  readonly onError: (error: unknown) => void;
  /** How long it looks away when all rows have their numbers. @default 300 */
  readonly pollMs?: number;
}

const MAX_BACKOFF_MS = 5_000;

/** Gives the rows of every tenant's audit their numbers, within a second. Any number of processes may run one: they take turns. */
export class AuditSequencer {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly deps: AuditSequencerDependencies) {}

  start(): void {
    this.running = this.loop();
  }

  /** Lets the batch in work end. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async loop(): Promise<void> {
    const { pollMs = 300 } = this.deps;
    let waitMs = 0;
    while (!this.stopping.signal.aborted) {
      try {
        const numbered = (await this.deps.sequence.isBehind()) ? await this.deps.sequence.advance() : 0;
        waitMs = numbered > 0 ? 0 : pollMs;
      } catch (error) {
        this.deps.onError(error);
        waitMs = Math.min(Math.max(waitMs * 2, pollMs), MAX_BACKOFF_MS);
      }
      await delay(waitMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }
}
