import { DomainError } from '../domain/errors';

interface Turns {
  running: number;
  readonly waiting: (() => void)[];
}

/** Lets one tenant have a part of the connections only: whatever it asks for at once, the others still get theirs. */
export class TenantTurns {
  private readonly tenants = new Map<string, Turns>();

  /** @param most transactions of one tenant at one time. */
  constructor(
    private readonly most: number,
    private readonly patienceMs: number,
  ) {}

  /** @throws DomainError DEPENDENCY_UNAVAILABLE when the tenant's turn has not come in time. */
  async run<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    const turns = this.tenants.get(tenantId) ?? { running: 0, waiting: [] };
    this.tenants.set(tenantId, turns);
    if (turns.running >= this.most) await this.wait(turns);
    else turns.running += 1;
    try {
      return await work();
    } finally {
      // A turn goes on to who waits longest, or ends.
      const next = turns.waiting.shift();
      if (next) next();
      else if (--turns.running === 0) this.tenants.delete(tenantId);
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
        reject(
          new DomainError(
            'DEPENDENCY_UNAVAILABLE',
            'Too much is asked of the database at once for this tenant. Repeat the request in a moment, or ask for less.',
          ),
        );
      }, this.patienceMs);
      turns.waiting.push(begin);
    });
  }
}
