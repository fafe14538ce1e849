import type { AuditCheckpoint, CheckpointSigner } from '../../domain/audit-checkpoint';
import { FIRST_CHAIN } from '../../domain/audit-chain';
import type { TenantScope } from '../../domain/tenant-scope';
import type { AuditFilter, AuditRecord } from '../../records/audit';
import type { PageRequest } from '../../records/page';
import type { AuditStore } from './audit.store';

/** Reads a tenant's audit. */
export class AuditService {
  constructor(
    private readonly entries: Pick<AuditStore, 'count' | 'head' | 'list'>,
    private readonly signer: CheckpointSigner,
  ) {}

  /** Rows that have their number, by it. */
  list(scope: TenantScope, filter: AuditFilter, page: PageRequest): Promise<AuditRecord[]> {
    return this.entries.list(scope, filter, page);
  }

  /** At most `atMost`. */
  count(scope: TenantScope, filter: AuditFilter, atMost: number): Promise<number> {
    return this.entries.count(scope, filter, atMost);
  }

  /** How far the audit has come now. */
  async checkpoint(scope: TenantScope): Promise<AuditCheckpoint> {
    const head = (await this.entries.head(scope)) ?? { seq: 0n, chain: FIRST_CHAIN };
    return this.signer.sign(scope.tenantId, head, new Date());
  }
}
