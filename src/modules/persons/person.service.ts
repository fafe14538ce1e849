import { badInput, DomainError, notFound } from '../../domain/errors';
import { HIGHEST_ID, isId, LOWEST_ID } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Order, PageRequest, Placed, Position } from '../../records/page';
import type { NewPerson, PersonChanges, PersonFilter, PersonOrderField, PersonRecord } from '../../records/person';
import type { PersonStore } from './person.store';

export interface PersonServiceDependencies {
  readonly persons: PersonStore;
  /** Brings the indexes up to the ops just committed; what fails is logged and made up for later. Never throws. */
  readonly tryCatchUp: (scope: TenantScope, collectionIds: readonly string[]) => Promise<void>;
}

export class PersonService {
  constructor(private readonly deps: PersonServiceDependencies) {}

  /**
   * @returns who was made with the same token before, if anybody was.
   * @throws DomainError NOT_FOUND (collection), CONFLICT (externalId; who was made with the token was taken back).
   */
  async create(scope: TenantScope, person: NewPerson): Promise<PersonRecord> {
    if (!isId(person.collectionId)) throw notFound('collection');
    const { clientRequestToken: token } = person;
    const earlier = token ? await this.findByToken(scope, person.collectionId, token) : null;
    return earlier ?? this.deps.persons.create(scope, person);
  }

  private async findByToken(scope: TenantScope, collectionId: string, token: string): Promise<PersonRecord | null> {
    const id = await this.deps.persons.findIdByToken(scope, collectionId, token);
    if (id === null) return null;
    const person = await this.deps.persons.find(scope, id);
    if (person) return person;
    throw new DomainError(
      'CONFLICT',
      'Who was made with this clientRequestToken was taken back since. Undo that, or use another token.',
    );
  }

  /** @throws DomainError NOT_FOUND, CONFLICT. */
  async update(
    scope: TenantScope,
    id: string,
    changes: PersonChanges,
    requestId: string,
  ): Promise<{ person: PersonRecord; operationId: string | null }> {
    if (!isId(id)) throw notFound('person');
    const operationId = await this.deps.persons.update(scope, id, changes, requestId);
    const person = await this.deps.persons.find(scope, id);
    if (!person) throw notFound('person');
    return { person, operationId };
  }

  async find(scope: TenantScope, id: string): Promise<PersonRecord | null> {
    return isId(id) ? this.deps.persons.find(scope, id) : null;
  }

  /** Those that are there, in no order. */
  findMany(scope: TenantScope, ids: readonly string[]): Promise<PersonRecord[]> {
    return this.deps.persons.findMany(scope, ids.filter(isId));
  }

  async list(
    scope: TenantScope,
    collectionId: string,
    filter: PersonFilter,
    page: PageRequest<PersonOrderField>,
  ): Promise<Placed<PersonRecord>[]> {
    return isId(collectionId) ? this.deps.persons.list(scope, collectionId, filter, page) : [];
  }

  /**
   * The place in an order before all that is at `text` or comes after it.
   * @throws DomainError BAD_USER_INPUT for what is no time, or no number, where the order is by such.
   */
  async placeOf(scope: TenantScope, { field, direction }: Order<PersonOrderField>, text: string): Promise<Position> {
    const isRising = direction === 'ASC';
    const id = isRising ? LOWEST_ID : HIGHEST_ID;
    if (field === 'CREATED_AT') return { id, key: timeOf(text) };
    if (field === 'FACE_COUNT') return { id, key: numberOf(text) };
    const name = await this.deps.persons.sortNameOf(scope, text);
    // From Z to A, names that go on after these letters come before them.
    return { id, key: isRising ? name : `${name}\u{10ffff}` };
  }

  /** At most `atMost`. */
  async count(scope: TenantScope, collectionId: string, filter: PersonFilter, atMost: number): Promise<number> {
    return isId(collectionId) ? this.deps.persons.count(scope, collectionId, filter, atMost) : 0;
  }

  countFaces(scope: TenantScope, personIds: readonly string[]): Promise<number[]> {
    return this.deps.persons.countFaces(scope, personIds);
  }

  /** Deletes those that exist; the answer names them. */
  async delete(
    scope: TenantScope,
    personIds: readonly string[],
    options: { keepFaces: boolean; requestId: string },
  ): Promise<{ deletedIds: string[]; jobId: string | null }> {
    const { deletedIds, collectionIds, jobId } = await this.deps.persons.delete(scope, personIds.filter(isId), options);
    await this.deps.tryCatchUp(scope, collectionIds);
    return { deletedIds, jobId };
  }
}

function timeOf(text: string): string {
  const time = new Date(text);
  const year = time.getUTCFullYear();
  if (year >= 1 && year <= 9999) return time.toISOString();
  throw badInput({
    path: 'startAt',
    rule: 'must be a time such as 2026-11-29T12:00:00Z where the order is by CREATED_AT',
  });
}

function numberOf(text: string): string {
  if (/^\d{1,9}$/.test(text)) return text;
  throw badInput({
    path: 'startAt',
    rule: 'must be a whole number of at most 9 digits where the order is by FACE_COUNT',
  });
}
