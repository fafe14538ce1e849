import { setTimeout as delay } from 'node:timers/promises';
import type { Erasures } from '../../database/system';
import type { ErasureLedger } from '../../ports/erasure-ledger';

export interface ErasureWriterDependencies {
  readonly erasures: Pick<Erasures, 'next' | 'written'>;
  readonly ledger: Pick<ErasureLedger, 'append'>;
  readonly onError: (error: unknown) => void;
  /** @default 300 */
  readonly pollMs?: number;
}

const MAX_BACKOFF_MS = 10_000;

/**
 * Carries what was erased into the ledger, within a second. What the disk does not take stays in the database, and is tried again. Two processes
 * may write the same line: who reads it does no more for that.
 */
export class ErasureWriter {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly deps: ErasureWriterDependencies) {}

  start(): void {
    this.running = this.loop();
  }

  /** Writes what there is, and ends. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.writeAll();
  }

  /** Until nothing is left. @throws what disk and database throw. */
  async writeAll(): Promise<void> {
    for (let batch = await this.deps.erasures.next(); batch; batch = await this.deps.erasures.next()) {
      const bytes = await this.deps.ledger.append(batch.records);
      await this.deps.erasures.written(batch.ids, bytes);
    }
  }

  private async loop(): Promise<void> {
    const { pollMs = 300 } = this.deps;
    let waitMs = pollMs;
    while (!this.stopping.signal.aborted) {
      try {
        await this.writeAll();
        waitMs = pollMs;
      } catch (error) {
        this.deps.onError(error);
        waitMs = Math.min(waitMs * 2, MAX_BACKOFF_MS);
      }
      await delay(waitMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }
}
