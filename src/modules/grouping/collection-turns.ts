import { DomainError } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import { SharedGate } from '../../domain/weighted-gate';

/** Collections that are looked through at one time: each holds the thread and up to 5,000 vectors. One tenant has half. */
const AT_ONCE = 2;
const MAX_WAIT_MS = 15_000;
const RETRY_AFTER_MS = 5_000;

/** Whose turn it is to have a whole collection looked through: tenants wait for each other. */
export class CollectionTurns {
  private readonly gate = new SharedGate(AT_ONCE);

  /** @throws DomainError RATE_LIMITED when the turn does not come; what `work` throws. */
  async run<T>(scope: TenantScope, work: () => Promise<T>): Promise<T> {
    const patience = AbortSignal.timeout(MAX_WAIT_MS);
    try {
      return await this.gate.run(scope.tenantId, 1, work, patience);
    } catch (error) {
      throw error === patience.reason ? tooMany() : error;
    }
  }
}

function tooMany(): DomainError {
  return new DomainError('RATE_LIMITED', 'Too many collections are looked through just now. Ask again in a moment.', {
    details: { retryAfterMs: RETRY_AFTER_MS },
  });
}
