import type { Database } from '../../database';
import { UsageStore } from './usage.store';
import { ViewerResolver } from './viewer.resolver';
import { ViewerService } from './viewer.service';

export function createViewer(database: Database) {
  const service = new ViewerService({ usage: new UsageStore(database) });
  return { service, resolvers: [new ViewerResolver(service)] };
}
