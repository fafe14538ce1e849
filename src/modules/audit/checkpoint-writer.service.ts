import type { AuditSequence } from '../../database/system';
import type { AuditHead } from '../../domain/audit-chain';
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

  /** Writes those that are missing of today. @throws the first of what the disk threw, when all others are written; what the database throws. */
  async runOnce(): Promise<void> {
    const { heads } = this.deps;
    const errors: unknown[] = [];
    for (let after: string | null = null; ;) {
      const page = await heads.listHeads(after, TENANTS);
      for (const { tenantId, ...head } of page) {
        if (this.stopping) return;
        await this.write(tenantId, head).catch((error: unknown) => errors.push(error));
      }
      if (page.length < TENANTS) break;
      after = page.at(-1)!.tenantId;
    }
    if (errors.length > 0) throw errors[0];
  }

  private async write(tenantId: string, head: AuditHead): Promise<void> {
    const { signer, store, clock } = this.deps;
    const now = clock.now();
    if (!(await store.has(tenantId, now.toISOString().slice(0, 10)))) await store.put(signer.sign(tenantId, head, now));
  }

  private run(): void {
    this.running ??= this.runOnce()
      .catch(this.deps.onError)
      .finally(() => (this.running = undefined));
  }
}
