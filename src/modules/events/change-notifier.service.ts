import type { TenantScope } from '../../domain/tenant-scope';
import type { EventBus } from '../../ports/event-bus';

export interface ChangeNotifierDependencies {
  readonly bus: Pick<EventBus, 'publish'>;
  /** Wakes this process' outbox relay, where it runs one. */
  readonly nudgeRelay: () => void;
  /** A hint that was not given; readers' slow poll makes up for it. */
  readonly onError: (error: unknown) => void;
}

/** Says "look" after a commit: to subscribers everywhere, and to the relay of this process. */
export class ChangeNotifier {
  private readonly publishing = new Set<string>();
  private readonly again = new Set<string>();

  constructor(private readonly deps: ChangeNotifierDependencies) {}

  /** Call after each commit that may have appended outbox messages. Never throws and never waits. */
  readonly notify = (scope: TenantScope): void => {
    this.deps.nudgeRelay();
    this.hint(scope);
  };

  /**
   * Call after each commit that appended events only. Never throws and never waits; hints of one tenant that come while
   * one is being given become a single one after it.
   */
  readonly hint = (scope: TenantScope): void => {
    if (this.publishing.has(scope.tenantId)) this.again.add(scope.tenantId);
    else void this.publish(scope.tenantId);
  };

  private async publish(tenantId: string): Promise<void> {
    this.publishing.add(tenantId);
    try {
      do {
        this.again.delete(tenantId);
        await this.deps.bus.publish(tenantId);
      } while (this.again.has(tenantId));
    } catch (error) {
      this.deps.onError(error);
    } finally {
      this.publishing.delete(tenantId);
    }
  }
}
