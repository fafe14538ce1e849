import type { Database } from '../../database';
import { UsageDaysStore } from './usage-days.store';
import { UsageResolver } from './usage.resolver';
import { UsageService } from './usage.service';

export function createUsage(database: Database) {
  const service = new UsageService(new UsageDaysStore(database));
  return { service, resolvers: [new UsageResolver(service)] };
}
