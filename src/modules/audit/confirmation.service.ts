import { currentTrail } from '../../database';
import type { AuditContent } from '../../domain/audit';
import { DomainError, notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import { contentOf } from '../../records/audit';
import type { AuditStore } from './audit.store';
import { auditUnavailable } from './audit-unavailable';
import type { ConfirmationStore } from './confirmation.store';

const SEARCHES: ReadonlySet<string> = new Set(['searchFaces', 'verifyPerson']);

/** That somebody has looked at a match and says that it is right: written down, for whoever asks later who decided. */
export class ConfirmationService {
  constructor(
    private readonly entries: Pick<AuditStore, 'add'>,
    private readonly searches: Pick<ConfirmationStore, 'areOneParty' | 'findSearch'>,
  ) {}

  /**
   * @returns the id of the row of the audit.
   * @throws DomainError NOT_FOUND (no such search of this key's collections, or it did not find this person), FORBIDDEN (the tenant wants a second
   * key), DEPENDENCY_UNAVAILABLE when the row cannot be written.
   */
  async confirm(scope: TenantScope, apiKeyId: string, searchId: string, personId: string): Promise<string> {
    const stored = isId(searchId) ? await this.searches.findSearch(scope, searchId) : null;
    const search = stored && contentOf(stored);
    if (!stored || !search || !SEARCHES.has(search.operation) || !isWithin(scope, search)) throw notFound('search');
    if (!hasFound(search, personId)) {
      throw notFound('match of this person in that search; confirm one that it answered');
    }
    if (stored.secondKeyConfirms && (await this.isSearcher(scope, apiKeyId, search))) {
      throw new DomainError(
        'FORBIDDEN',
        'This tenant wants matches confirmed by another key than the one that searched, also after a rotation. Confirm with the key of a second person.',
      );
    }
    const fact = {
      collectionIds: search.collectionIds,
      subjectIds: [personId],
      details: { searchId, searchedBy: search.apiKeyId },
    };
    try {
      const caller = currentTrail()?.caller;
      if (!caller) throw new Error('A confirmation is somebody’s operation');
      const [id] = await this.entries.add(scope, [{ caller, fact }]);
      return id!;
    } catch (cause) {
      throw auditUnavailable(cause, 'nothing is confirmed');
    }
  }

  private async isSearcher(scope: TenantScope, apiKeyId: string, search: AuditContent): Promise<boolean> {
    if (search.apiKeyId === null) return false;
    return search.apiKeyId === apiKeyId || this.searches.areOneParty(scope, apiKeyId, search.apiKeyId);
  }
}

/** A key that is bound to collections knows of no search beyond them. */
function isWithin({ collectionIds }: TenantScope, search: AuditContent): boolean {
  return collectionIds === null || search.collectionIds.every((id) => collectionIds.includes(id));
}

/** Whom was searched by is named in the row, too, and is no match. */
function hasFound({ results, subjectIds, details }: AuditContent, personId: string): boolean {
  return results !== null && results > 0 && subjectIds.includes(personId) && details['personId'] !== personId;
}
