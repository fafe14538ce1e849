import type { TenantScope } from '../../domain/tenant-scope';
import type { TenantUsage } from '../../records/tenant';
import type { UsageStore } from './usage.store';

export interface ViewerServiceDependencies {
  readonly usage: UsageStore;
}

/** What a tenant may know about itself. */
export class ViewerService {
  constructor(private readonly deps: ViewerServiceDependencies) {}

  usage(scope: TenantScope): Promise<TenantUsage> {
    return this.deps.usage.usage(scope);
  }
}
