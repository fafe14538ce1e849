import type { TenantScope } from '../../domain/tenant-scope';
import type { TenantUsage, TenantUsageRepository } from '../../ports/tenant-repository';

export interface ViewerServiceDependencies {
  readonly usage: TenantUsageRepository;
}

/** What a tenant may know about itself. */
export class ViewerService {
  constructor(private readonly deps: ViewerServiceDependencies) {}

  usage(scope: TenantScope): Promise<TenantUsage> {
    return this.deps.usage.usage(scope);
  }
}
