import type { Database } from '../../database';
import type { TenantScope } from '../../domain/tenant-scope';
import { MEGABYTE } from '../../domain/units';
import type { TenantUsage } from '../../records/tenant';
import { heldBy } from '../tenants/quota.store';

/** What a tenant sees of itself. */
export class UsageStore {
  constructor(private readonly database: Database) {}

  async usage(scope: TenantScope): Promise<TenantUsage> {
    const { imageBytes, uploadBytes, ...counts } = await this.database.read(scope, (tx) => heldBy(tx, scope));
    return {
      ...counts,
      imageMegabytes: Math.ceil(imageBytes / MEGABYTE),
      openUploadMegabytes: Math.ceil(uploadBytes / MEGABYTE),
    };
  }
}
