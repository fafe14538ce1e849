import type { TenantScope } from '../../domain/tenant-scope';

export interface EventWatchDependencies {
  /** The number of each tenant's newest event, in one look-up; of a tenant that is gone nothing. */
  readonly newestOf: (tenantIds: readonly string[]) => Promise<ReadonlyMap<string, bigint>>;
  /** @default 2000 */
  readonly pollMs?: number;
}

/** A reader that has read up to `position` and waits for more. */
interface Waiter {
  readonly position: bigint;
  readonly wake: () => void;
}

/** Notices what a lost hint would have told: one slow look-up for all readers of this process, however many wait. */
export class EventWatch {
  private readonly waiting = new Map<string, Set<Waiter>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly deps: EventWatchDependencies) {}

  /** Calls `wake` once the tenant has events after `position`, or is gone. @returns what ends the wait; to be called in any case. */
  wait({ tenantId }: TenantScope, position: bigint, wake: () => void): () => void {
    const waiter = { position, wake };
    const ofTenant = this.waiting.get(tenantId) ?? new Set();
    this.waiting.set(tenantId, ofTenant.add(waiter));
    this.timer ??= this.lookLater();
    return () => {
      ofTenant.delete(waiter);
      if (ofTenant.size === 0 && this.waiting.get(tenantId) === ofTenant) this.waiting.delete(tenantId);
    };
  }

  private lookLater(): NodeJS.Timeout {
    return setTimeout(() => void this.look(), this.deps.pollMs ?? 2_000).unref();
  }

  private async look(): Promise<void> {
    try {
      const newest = await this.deps.newestOf([...this.waiting.keys()]);
      for (const [tenantId, waiters] of this.waiting) {
        const seq = newest.get(tenantId);
        for (const { position, wake } of [...waiters]) if (seq === undefined || seq > position) wake();
      }
    } catch {
      // The database is away: whoever reads hears it from its own look-up, those that wait go on waiting.
    } finally {
      this.timer = this.waiting.size > 0 ? this.lookLater() : undefined;
    }
  }
}
