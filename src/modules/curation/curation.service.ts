import { notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type {
  Assigner,
  HiddenAs,
  IdentityChange,
  OperationFilter,
  OperationOrderField,
  OperationRecord,
} from '../../records/operation';
import type { PageRequest } from '../../records/page';
import type { MergePreview, MergeStore, Merged } from './merge.store';
import type { Named, NamedPerson, NamingStore } from './naming.store';
import type { OperationStore } from './operation.store';
import type { Undone, UndoStore } from './undo.store';

export interface CurationServiceDependencies {
  readonly merges: MergeStore;
  readonly namings: NamingStore;
  readonly undos: UndoStore;
  readonly operations: OperationStore;
  readonly tryCatchUp: (scope: TenantScope, collectionIds: readonly string[]) => Promise<void>;
}

/** Changes of who is who, each an operation that can be undone. */
export class CurationService {
  constructor(private readonly deps: CurationServiceDependencies) {}

  /** @throws DomainError as `MergeStore.preview`. */
  async previewMerge(scope: TenantScope, personId: string, mergedIds: readonly string[]): Promise<MergePreview> {
    assertPersons(personId, ...mergedIds);
    return this.deps.merges.preview(scope, { personId, mergedIds });
  }

  /** @throws DomainError as `MergeStore.merge`. */
  async merge(
    scope: TenantScope,
    merge: {
      readonly personId: string;
      readonly mergedIds: readonly string[];
      readonly evenIfRejected: boolean;
      readonly requestId: string;
    },
  ): Promise<Merged> {
    assertPersons(merge.personId, ...merge.mergedIds);
    return this.deps.merges.merge(scope, merge);
  }

  /** Takes faces from a person who is somebody else in truth. @throws DomainError as `NamingStore.name`. */
  async split(
    scope: TenantScope,
    personId: string,
    faceIds: readonly string[],
    into: NamedPerson,
    requestId: string,
  ): Promise<Named> {
    assertPersons(personId, ...('id' in into ? [into.id] : []));
    const naming = { kind: 'SPLIT_PERSON', faceIds, person: into, by: 'HUMAN', from: personId, requestId } as const;
    return this.deps.namings.name(scope, naming);
  }

  /** @throws DomainError as `NamingStore.name`. */
  async name(
    scope: TenantScope,
    faceIds: readonly string[],
    person: NamedPerson,
    by: Assigner,
    requestId: string,
  ): Promise<Named> {
    if ('id' in person) assertPersons(person.id);
    return this.deps.namings.name(scope, { kind: 'NAME_FACES', faceIds, person, by, requestId });
  }

  /** @throws DomainError NOT_FOUND. @returns an operation for each collection. */
  unassign(scope: TenantScope, faceIds: readonly string[], requestId: string): Promise<string[]> {
    return this.deps.namings.unassign(scope, faceIds, requestId);
  }

  /** @throws DomainError NOT_FOUND. @returns an operation for each collection. */
  hide(
    scope: TenantScope,
    faceIds: readonly string[],
    hiddenAs: HiddenAs | null,
    requestId: string,
  ): Promise<string[]> {
    return this.deps.namings.hide(scope, faceIds, hiddenAs, requestId);
  }

  /** @throws DomainError as `NamingStore.rejectMatch`. */
  async rejectMatch(
    scope: TenantScope,
    faceIds: readonly string[],
    personId: string,
    requestId: string,
  ): Promise<string | null> {
    assertPersons(personId);
    return this.deps.namings.rejectMatch(scope, faceIds, personId, requestId);
  }

  /** @throws DomainError as `NamingStore.rejectMerge`. */
  async rejectMerge(scope: TenantScope, personId: string, otherId: string, requestId: string): Promise<string | null> {
    assertPersons(personId, otherId);
    return this.deps.namings.rejectMerge(scope, [personId, otherId], requestId);
  }

  /** @throws DomainError as `UndoStore.undo`. */
  async undo(scope: TenantScope, operationId: string, partial: boolean, requestId: string): Promise<Undone> {
    if (!isId(operationId)) throw notFound('operation');
    const undone = await this.deps.undos.undo(scope, operationId, partial, requestId);
    if (undone.movedFaces) await this.deps.tryCatchUp(scope, [undone.collectionId]);
    return undone;
  }

  async find(scope: TenantScope, id: string): Promise<OperationRecord | null> {
    return isId(id) ? this.deps.operations.find(scope, id) : null;
  }

  /** @throws DomainError NOT_FOUND: it has just been deleted with its collection. */
  async get(scope: TenantScope, id: string): Promise<OperationRecord> {
    const operation = await this.deps.operations.find(scope, id);
    if (!operation) throw notFound('operation');
    return operation;
  }

  async list(
    scope: TenantScope,
    collectionId: string,
    filter: OperationFilter,
    page: PageRequest<OperationOrderField>,
  ): Promise<OperationRecord[]> {
    return hasIds(collectionId, filter) ? this.deps.operations.list(scope, collectionId, filter, page) : [];
  }

  /** At most `atMost`. */
  async count(scope: TenantScope, collectionId: string, filter: OperationFilter, atMost: number): Promise<number> {
    return hasIds(collectionId, filter) ? this.deps.operations.count(scope, collectionId, filter, atMost) : 0;
  }

  /** The first of what it changed, at most `limit`. */
  listChanges(scope: TenantScope, operationId: string, limit: number): Promise<IdentityChange[]> {
    return this.deps.operations.listChanges(scope, operationId, limit);
  }
}

function assertPersons(...ids: readonly string[]): void {
  if (!ids.every(isId)) throw notFound('person');
}

function hasIds(collectionId: string, { personId }: OperationFilter): boolean {
  return isId(collectionId) && (personId === undefined || isId(personId));
}
