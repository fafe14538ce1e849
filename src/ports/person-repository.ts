import type { TenantScope } from '../domain/tenant-scope';
import type { PageRequest } from '../records/page';

export interface PersonRecord {
  readonly id: string;
  readonly collectionId: string;
  readonly displayName: string;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewPerson {
  readonly collectionId: string;
  readonly displayName: string;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface PersonFilter {
  /** Part of the display name or the external id, case-insensitive. */
  readonly text?: string;
  readonly externalId?: string;
  /** A JSON object that the person's metadata must contain. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

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
