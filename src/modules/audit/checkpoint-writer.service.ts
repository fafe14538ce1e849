import type { AuditSequence } from '../../database/system';
import type { CheckpointSigner } from '../../domain/audit-checkpoint';
import type { CheckpointStore } from '../../ports/checkpoint-store';
import type { Clock } from '../../ports/clock';

export interface CheckpointWriterDependencies {
  readonly heads: Pick<AuditSequence, 'listHeads'>;
  readonly signer: CheckpointSigner;
  readonly store: CheckpointStore;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  /** Between two looks whether a tenant has none of today. @default 600000 */
  readonly intervalMs?: number;
}

const TENANTS = 500;

/** Gives out a checkpoint of every tenant's audit each day (UTC). */
export class CheckpointWriter {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private stopping = false;

  constructor(private readonly deps: CheckpointWriterDependencies) {}

  start(): void {
    this.run();
    this.timer ??= setInterval(() => this.run(), this.deps.intervalMs ?? 600_000).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping = true;
    await this.running;
  }

  /** Writes those that are missing of today. @throws what the database or the disk throws; the next look goes on. */
  async runOnce(): Promise<void> {
    const { heads, signer, store, clock } = this.deps;
    for (let after: string | null = null; ;) {
      const page = await heads.listHeads(after, TENANTS);
      for (const { tenantId, ...head } of page) {
        if (this.stopping) return;
        const now = clock.now();
        if (!(await store.has(tenantId, now.toISOString().slice(0, 10))))
          await store.put(signer.sign(tenantId, head, now));
      }
      if (page.length < TENANTS) return;
      after = page.at(-1)!.tenantId;
    }
  }

  private run(): void {
    this.running ??= this.runOnce()
      .catch(this.deps.onError)
      .finally(() => (this.running = undefined));
  }
}
