import { DomainError } from '../domain/errors';
import { WeightedGate } from '../domain/weighted-gate';

interface Turns {
  running: number;
  readonly waiting: (() => void)[];
}

/**
 * Lets one tenant have a part of the connections only, and tenants that wait for one take turns: whatever some ask for at
 * once, the others still get theirs.
 */
export class TenantTurns {
  private readonly tenants = new Map<string, Turns>();

  private readonly connections: WeightedGate;

  /**
   * @param most transactions of one tenant at one time.
   * @param total transactions of all tenants at one time.
   */
  constructor(
    private readonly most: number,
    total: number,
    private readonly patienceMs: number,
  ) {
    this.connections = new WeightedGate(total);
  }

  /** @throws DomainError DEPENDENCY_UNAVAILABLE when the tenant's turn has not come in time. */
  async run<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    const turns = this.tenants.get(tenantId) ?? { running: 0, waiting: [] };
    this.tenants.set(tenantId, turns);
    if (turns.running >= this.most) await this.wait(turns);
    else turns.running += 1;
    try {
      return await this.connect(tenantId, work);
    } finally {
      // A turn goes on to who waits longest, or ends.
      const next = turns.waiting.shift();
      if (next) next();
      else if (--turns.running === 0) this.tenants.delete(tenantId);
    }
  }

  private async connect<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    const patience = this.connections.full ? AbortSignal.timeout(this.patienceMs) : undefined;
    try {
      return await this.connections.run(1, work, tenantId, patience);
    } catch (error) {
      if (patience?.aborted && error === patience.reason) throw tooMuch('');
      throw error;
    }
  }

  private wait(turns: Turns): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        turns.waiting.splice(turns.waiting.indexOf(begin), 1);
        reject(tooMuch(' for this tenant'));
      }, this.patienceMs);
      turns.waiting.push(begin);
    });
  }
}

function tooMuch(forWhom: string): DomainError {
  return new DomainError(
    'DEPENDENCY_UNAVAILABLE',
    `Too much is asked of the database at once${forWhom}. Repeat the request in a moment, or ask for less.`,
  );
}
