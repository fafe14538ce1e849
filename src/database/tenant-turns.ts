import { DomainError } from '../domain/errors';
import { SharedGate } from '../domain/weighted-gate';

const RETRY_AFTER_MS = 1_000;

/**
 * Lets one tenant have a part of the connections only, and tenants that wait for one take turns: whatever some ask for at
 * once, the others still get theirs.
 */
export class TenantTurns {
  private readonly gate: SharedGate;

  /**
   * @param most transactions of one tenant at one time.
   * @param total transactions of all tenants at one time.
   * @param patienceMs how long one waits for its turn.
   */
  constructor(
    most: number,
    total: number,
    private readonly patienceMs: number,
  ) {
    this.gate = new SharedGate(total, most);
  }

  /** @throws DomainError RATE_LIMITED when the tenant's turn has not come in time. */
  async run<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    const patience = AbortSignal.timeout(this.patienceMs);
    try {
      return await this.gate.run(tenantId, 1, work, patience);
    } catch (error) {
      if (!patience.aborted || error !== patience.reason) throw error;
      throw new DomainError(
        'RATE_LIMITED',
        'Too much is asked of the database at once. Repeat the request in a moment, or ask for less.',
        { details: { retryAfterMs: RETRY_AFTER_MS } },
      );
    }
  }
}
