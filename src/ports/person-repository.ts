import type { NewPerson, PersonFilter, PersonRecord } from '../records/person';
import type { TenantScope } from '../domain/tenant-scope';
import type { PageRequest } from '../records/page';

export interface PersonRepository {
  /** @throws DomainError NOT_FOUND (collection), CONFLICT (externalId taken). */
  create(scope: TenantScope, person: NewPerson): Promise<PersonRecord>;
  /** @throws DomainError NOT_FOUND, CONFLICT. */
  update(scope: TenantScope, id: string, changes: Partial<Omit<NewPerson, 'collectionId'>>): Promise<PersonRecord>;
  find(scope: TenantScope, id: string): Promise<PersonRecord | null>;
  list(scope: TenantScope, collectionId: string, filter: PersonFilter, page: PageRequest): Promise<PersonRecord[]>;
  /** Indexed faces of each person, in the order asked. */
  countFaces(scope: TenantScope, personIds: readonly string[]): Promise<number[]>;
  /**
   * Deletes persons, and their faces (or leaves the faces unassigned). Invisible to every search from the commit on.
   * @returns the ids that were deleted, the collections that have new ops, and the clean-up job when faces went.
   */
  delete(
    scope: TenantScope,
    personIds: readonly string[],
    options: { keepFaces: boolean; requestId: string },
  ): Promise<{ deletedIds: string[]; collectionIds: string[]; jobId: string | null }>;
}
