import type { TenantScope } from '../../domain/tenant-scope';
import type { EventBus } from '../../ports/event-bus';

export interface ChangeHintsDependencies {
  readonly bus: Pick<EventBus, 'publish'>;
  /** Wakes this process' outbox relay, where it runs one. */
  readonly nudgeRelay: () => void;
  /** A hint that was not given; readers' slow poll makes up for it. */
  readonly onError: (error: unknown) => void;
}

/** Says "look" after a change: to subscribers everywhere, and to the relay of this process. */
export class ChangeHints {
  private readonly publishing = new Set<string>();
  private readonly again = new Set<string>();

  constructor(private readonly deps: ChangeHintsDependencies) {}

  /** What `Database.onChange` calls after each commit. Never throws and never waits. */
  readonly committed = (
    scope: TenantScope,
    flushed: { readonly events: boolean; readonly messages: boolean },
  ): void => {
    if (flushed.messages) this.deps.nudgeRelay();
    if (flushed.events) this.hint(scope);
  };

  /** Hints of one tenant that come while one is being given become a single one after it. */
  private hint(scope: TenantScope): void {
    if (this.publishing.has(scope.tenantId)) this.again.add(scope.tenantId);
    else void this.publish(scope.tenantId);
  }

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
