import { bucketsOf } from '../../domain/rates';
import type { TenantScope } from '../../domain/tenant-scope';
import type { RateLimiter } from '../../ports/rate-limiter';
import type { KnownLimits } from '../rates/known-limits';
import type { UsageRecorder } from './usage-recorder.service';

export interface EnrollmentMeterDependencies {
  readonly usage: Pick<UsageRecorder, 'add'>;
  readonly limiter: Pick<RateLimiter, 'settle'>;
  readonly limits: Pick<KnownLimits, 'of'>;
  readonly onError: (error: unknown) => void;
}

/** What recorded items of an enrolment were. */
export interface EnrolledWork {
  /** Faces that were analysed; an image that was looked at counts as one at least. */
  readonly faces: number;
  /** Images that were not there before. */
  readonly images: number;
  /** Of these images. */
  readonly storedBytes: number;
}

/** Counts enrolments where they are recorded: an item is never refused for a rate, and is counted once however often it was tried. */
export class EnrollmentMeter {
  constructor(private readonly deps: EnrollmentMeterDependencies) {}

  /** @param apiKeyId of the key that asked for the job; null: it is not known. */
  enrolled({ tenantId }: TenantScope, apiKeyId: string | null, { faces, images, storedBytes }: EnrolledWork): void {
    if (faces === 0 && images === 0) return;
    this.deps.usage.add({ tenantId, apiKeyId }, { facesAnalyzed: faces, imagesEnrolled: images, storedBytes });
    this.settle(tenantId, apiKeyId, faces).catch(this.deps.onError);
  }

  private async settle(tenantId: string, apiKeyId: string | null, faces: number): Promise<void> {
    const limits = await this.deps.limits.of(tenantId);
    const buckets = bucketsOf('FACES', { tenantId, apiKeyId, limits }).filter(({ capacity }) => capacity > 0);
    this.deps.limiter.settle(buckets.map((bucket) => ({ bucket, amount: faces })));
  }
}
