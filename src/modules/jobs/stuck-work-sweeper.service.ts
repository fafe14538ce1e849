import type { Sweeps, UnneededUpload } from '../../database/system';
import { uploadKey } from '../../domain/image-keys';
import type { Clock } from '../../ports/clock';
import type { ImageStore } from '../../ports/image-store';
import type { ForgottenTenants } from '../deletion/forgotten-tenants.service';
import type { UploadStore } from '../images/upload.store';
import type { JobKinds } from './job-kind';
import type { JobStore } from './job.store';

export interface StuckWorkSweeperDependencies {
  readonly sweeps: Pick<Sweeps, 'listStaleUploads' | 'listStuckJobs' | 'listUsedUploads'>;
  readonly kinds: JobKinds;
  readonly jobs: Pick<JobStore, 'requeue'>;
  readonly uploads: Pick<UploadStore, 'remove'>;
  readonly forgottenTenants: Pick<ForgottenTenants, 'resume'>;
  readonly images: Pick<ImageStore, 'delete'>;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  /** A job is stuck when nothing of it has moved for this long. @default 300000 */
  readonly quietMs?: number;
  /** @default 60000 */
  readonly intervalMs?: number;
}

/** What one sweep did. */
export interface SweepReport {
  readonly requeuedJobs: number;
  readonly messages: number;
  /** Deletions of tenants that had been begun and never asked for. */
  readonly resumedTenantDeletions: number;
  readonly removedUploads: number;
}

const JOBS_PER_SWEEP = 100;
const UPLOADS_PER_SWEEP = 1_000;

/**
 * The net under the queue and under every crash: jobs that nothing moves any more get new messages, deletions of
 * tenants that were left half begun go on, and uploads that nobody needs any more go, bytes first.
 */
export class StuckWorkSweeper {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly deps: StuckWorkSweeperDependencies) {}

  start(): void {
    this.timer ??= setInterval(() => {
      this.running ??= this.runOnce()
        .then(() => undefined, this.deps.onError)
        .finally(() => (this.running = undefined));
    }, this.deps.intervalMs ?? 60_000).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** @throws what the database or the store throws; a later sweep goes on from there. */
  async runOnce(): Promise<SweepReport> {
    const now = this.deps.clock.now();
    const quietMs = this.deps.quietMs ?? 300_000;
    let requeuedJobs = 0;
    let messages = 0;
    for (const job of await this.deps.sweeps.listStuckJobs(now, quietMs, this.deps.kinds, JOBS_PER_SWEEP)) {
      const written = await this.deps.jobs.requeue(job, now, quietMs);
      if (written > 0) requeuedJobs += 1;
      messages += written;
    }
    const resumedTenantDeletions = await this.deps.forgottenTenants.resume();
    const used = await this.deps.sweeps.listUsedUploads(UPLOADS_PER_SWEEP);
    const stale = await this.deps.sweeps.listStaleUploads(now, UPLOADS_PER_SWEEP);
    const removedUploads = await this.removeUploads([...used, ...stale]);
    return { requeuedJobs, messages, resumedTenantDeletions, removedUploads };
  }

  private async removeUploads(uploads: readonly UnneededUpload[]): Promise<number> {
    const unique = new Map(uploads.map((upload) => [upload.id, upload]));
    for (const { scope, id } of unique.values()) {
      await this.deps.images.delete(uploadKey(scope, id));
      await this.deps.uploads.remove(scope, [id]);
    }
    return unique.size;
  }
}
