import type { Bucket, Rate, RateHolder } from '../../domain/rates';
import type { RateLimiter } from '../../ports/rate-limiter';
import type { UsageRecorder } from '../usage/usage-recorder.service';
import { Bill, type RefusalCounts } from './bill';
import type { KnownLimits } from './known-limits';

export interface RatesDependencies {
  readonly limiter: RateLimiter;
  readonly limits: Pick<KnownLimits, 'of'>;
  readonly usage: Pick<UsageRecorder, 'add'>;
}

/** Rates of tenants and their keys. */
export class Rates {
  private readonly counts: RefusalCounts = new Map();

  constructor(private readonly deps: RatesDependencies) {}

  /** A bill for one operation. */
  bill(holder: RateHolder): Bill {
    return new Bill({ ...this.deps, refusals: this.counts }, holder);
  }

  /** A bill where only ids are known. @throws what the database throws. */
  async billOf(tenantId: string, apiKeyId: string | null): Promise<Bill> {
    return this.bill({ tenantId, apiKeyId, limits: await this.deps.limits.of(tenantId) });
  }

  /** Refusals since the start. */
  refusals(): { of: Bucket['of']; rate: Rate; count: number }[] {
    return [...this.counts].flatMap(([of, counts]) => [...counts].map(([rate, count]) => ({ of, rate, count })));
  }
}
