import { currentTrail } from '../../database';
import type { AuditCaller } from '../../domain/audit';
import type { AuditSecrets } from '../../domain/audit-secrets';
import type { TenantScope } from '../../domain/tenant-scope';
import type { AuditStore } from './audit.store';
import { auditUnavailable } from './audit-unavailable';

/** What the audit is told of a search, a verification or a comparison. */
export interface SearchedFact {
  readonly collectionIds: readonly string[];
  /** Who was asked about, and who was found: persons, or faces of nobody. */
  readonly subjectIds: readonly string[];
  /** SHA-256 of the images that were sent in. */
  readonly probes: readonly Uint8Array[];
  /** Matches that are answered. */
  readonly results: number;
  readonly startedAt: Date;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A search that no operation of the API asked for. */
const INSIDE: AuditCaller = {
  by: 'JOB',
  apiKeyId: null,
  actor: null,
  address: null,
  requestId: null,
  operation: 'search',
};

/** Writes down each biometric search before it is answered: no row, no answer. */
export class SearchAudit {
  constructor(
    private readonly entries: AuditStore,
    private readonly secrets: AuditSecrets,
  ) {}

  /**
   * @returns the id of the row, which names the search.
   * @throws DomainError DEPENDENCY_UNAVAILABLE when the row cannot be written, or STORAGE_FULL: the search must not be answered then.
   */
  async record(scope: TenantScope, { probes, ...fact }: SearchedFact): Promise<string> {
    const digests = probes.map((sha256) => this.secrets.probeDigest(scope.tenantId, sha256));
    try {
      const caller = currentTrail()?.caller ?? INSIDE;
      const [id] = await this.entries.add(scope, [{ caller, fact: { ...fact, probes: digests } }]);
      return id!;
    } catch (cause) {
      throw auditUnavailable(cause, 'no search is answered');
    }
  }
}
