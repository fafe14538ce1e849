import type { Database } from '../../database';
import type { AuditSecrets } from '../../domain/audit-secrets';
import type { Pager } from '../../graphql/pager';
import { AuditResolver } from './audit.resolver';
import { AuditService } from './audit.service';
import { AuditStore } from './audit.store';
import { ConfirmationResolver } from './confirmation.resolver';
import { ConfirmationService } from './confirmation.service';
import { ConfirmationStore } from './confirmation.store';
import { ImageReadAudit } from './image-read-audit.service';
import { SearchAudit } from './search-audit.service';

export interface AuditParts {
  readonly database: Database;
  readonly pager: Pager;
  readonly secrets: AuditSecrets;
}

export function createAudit({ database, pager, secrets }: AuditParts) {
  const entries = new AuditStore(database);
  const service = new AuditService(entries, secrets.checkpointSigner());
  return {
    entries,
    searches: new SearchAudit(entries, secrets),
    reads: new ImageReadAudit(entries),
    resolvers: [
      new AuditResolver(service, pager),
      new ConfirmationResolver(new ConfirmationService(entries, new ConfirmationStore(database))),
    ],
  };
}
