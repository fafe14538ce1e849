import type { Change, Database } from '../../database';
import { type Prisma, txOf } from '../../database/sql';
import { badInput, DomainError, notFound } from '../../domain/errors';
import { newId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Assigner, CurationWarning, HiddenAs, OperationKind } from '../../records/operation';
import type { IdentityState } from './identity-state';
import { lockIdentities } from './identity-state.store';
import { externalIdTaken, recordOperation } from './ledger.store';
import {
  findCollectionOf,
  findCollectionsOf,
  findPeople,
  findRejectedMatches,
  findSamePhotographs,
} from './people.store';

/** Who somebody is that is not on record yet. */
export interface NewSomebody {
  readonly displayName: string;
  readonly externalId: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export type NamedPerson = { readonly id: string } | { readonly create: NewSomebody };

export interface Naming {
  readonly kind: OperationKind;
  readonly faceIds: readonly string[];
  readonly person: NamedPerson;
  readonly by: Assigner;
  /** Whose all of the faces must be before. */
  readonly from?: string;
  readonly requestId: string;
}

export interface Named {
  readonly personId: string;
  /** Null: they were that person's already. */
  readonly operationId: string | null;
  readonly warnings: readonly CurationWarning[];
}

/** Saying of faces whose they are, whose they are not, and that they are nobody's to ask about. */
export class NamingStore {
  constructor(private readonly database: Database) {}

  /**
   * Gives faces to a person, all or none. A face that was said not to be theirs, or was hidden, is so no longer.
   * @throws DomainError NOT_FOUND, CONFLICT (another collection's person or faces, an external id that is taken).
   */
  async name(scope: TenantScope, naming: Naming): Promise<Named> {
    return this.database
      .change(scope, async (change) => {
        const tx = txOf(change);
        const { faceIds, person } = naming;
        const people = await findPeople(tx, [
          ...('id' in person ? [person.id] : []),
          ...(naming.from === undefined ? [] : [naming.from]),
        ]);
        const target = 'id' in person ? people.get(person.id) : null;
        const collectionId = await findCollectionOf(tx, faceIds);
        if (target && target.collectionId !== collectionId) {
          throw new DomainError('CONFLICT', 'A face can only be given to a person of its own collection.');
        }
        const created = 'create' in person ? await addTrashed(change, collectionId, person.create) : null;
        const personId = target?.id ?? created!;
        const state = await lockIdentities(tx, collectionId, { personIds: [...people.ids, personId], faceIds });
        if (target && !state.isVisible(personId)) throw notFound('person');
        assertAllThere(state, faceIds);
        if (naming.from !== undefined) assertTheirs(state, people.get(naming.from).id);
        if ('create' in person) show(state, personId, person.create.externalId);
        const family = target ? people.familyOf(personId) : [];
        const warnings = [
          ...(await findSamePhotographs(tx, [personId], faceIds)),
          ...(await findRejectedMatches(tx, family, faceIds)),
        ];
        for (const faceId of state.faceIds) give(state, faceId, personId, naming.by);
        for (const faceId of state.faceIds) for (const id of family) state.setFaceRejection(faceId, id, false);
        const operationId = await recordOperation(change, state, naming);
        return { personId, operationId, warnings };
      })
      .catch(externalIdTaken);
  }

  /** Gives faces to a person on record. @throws DomainError as `name`. */
  assign(scope: TenantScope, faceIds: readonly string[], personId: string, requestId: string): Promise<Named> {
    return this.name(scope, { kind: 'ASSIGN_FACES', faceIds, person: { id: personId }, by: 'HUMAN', requestId });
  }

  /** Leaves faces to nobody, all or none. @returns an operation for each collection. @throws DomainError NOT_FOUND. */
  async unassign(scope: TenantScope, faceIds: readonly string[], requestId: string): Promise<string[]> {
    return this.changeFaces(scope, faceIds, { kind: 'UNASSIGN_FACES', requestId }, (state, faceId) =>
      state.setFace(faceId, 'assignment', null),
    );
  }

  /** Nobody is asked about these faces again, and they are nobody's; null: they are faces like others. */
  async hide(
    scope: TenantScope,
    faceIds: readonly string[],
    hiddenAs: HiddenAs | null,
    requestId: string,
  ): Promise<string[]> {
    return this.changeFaces(scope, faceIds, { kind: 'HIDE_FACES', requestId }, (state, faceId) => {
      state.setFace(faceId, 'hiddenAs', hiddenAs);
      if (hiddenAs !== null) state.setFace(faceId, 'assignment', null);
    });
  }

  /** "Not this person": faces that are theirs become nobody's. @throws DomainError NOT_FOUND, CONFLICT. */
  async rejectMatch(
    scope: TenantScope,
    faceIds: readonly string[],
    personId: string,
    requestId: string,
  ): Promise<string | null> {
    return this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const people = await findPeople(tx, [personId]);
      const person = people.get(personId);
      const collectionId = await findCollectionOf(tx, faceIds);
      if (person.collectionId !== collectionId) {
        throw new DomainError('CONFLICT', 'Face and person must be of one collection.');
      }
      const state = await lockIdentities(tx, collectionId, { personIds: people.ids, faceIds });
      if (!state.isVisible(person.id)) throw notFound('person');
      assertAllThere(state, faceIds);
      for (const faceId of state.faceIds) {
        state.setFaceRejection(faceId, person.id, true);
        if (state.face(faceId)!.assignment?.personId === person.id) state.setFace(faceId, 'assignment', null);
      }
      return recordOperation(change, state, { kind: 'REJECT_MATCH', requestId });
    });
  }

  /** "Two different people." @throws DomainError NOT_FOUND, BAD_USER_INPUT (one person), CONFLICT. */
  async rejectMerge(
    scope: TenantScope,
    [one, other]: readonly [string, string],
    requestId: string,
  ): Promise<string | null> {
    return this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const people = await findPeople(tx, [one, other]);
      const [first, second] = [people.get(one), people.get(other)];
      if (first.id === second.id) throw badInput({ path: 'input.otherId', rule: 'must be of another person' });
      if (first.collectionId !== second.collectionId) {
        throw new DomainError('CONFLICT', 'The persons must be of one collection.');
      }
      const state = await lockIdentities(tx, first.collectionId, { personIds: [first.id, second.id] });
      if (![first.id, second.id].every((id) => state.isVisible(id))) throw notFound('person');
      state.setPersonRejection(first.id, second.id, true);
      return recordOperation(change, state, { kind: 'REJECT_MERGE', requestId });
    });
  }

  private async changeFaces(
    scope: TenantScope,
    faceIds: readonly string[],
    operation: { readonly kind: OperationKind; readonly requestId: string },
    changeOne: (state: IdentityState, faceId: string) => void,
  ): Promise<string[]> {
    return this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const operationIds: string[] = [];
      for (const [collectionId, ids] of [...(await findCollectionsOf(tx, faceIds))].sort()) {
        const state = await lockIdentities(tx, collectionId, { personIds: [], faceIds: ids });
        assertAllThere(state, ids);
        for (const id of ids) changeOne(state, id);
        const operationId = await recordOperation(change, state, operation);
        if (operationId !== null) operationIds.push(operationId);
      }
      return operationIds;
    });
  }
}

function give(state: IdentityState, faceId: string, personId: string, by: Assigner): void {
  // Who said so first stays, as long as it is the same person.
  if (state.face(faceId)!.assignment?.personId !== personId) state.setFace(faceId, 'assignment', { personId, by });
  state.setFace(faceId, 'hiddenAs', null);
}

/** A new person is a row that is out of sight until the operation shows it: undoing that hides it again. */
async function addTrashed(change: Change, collectionId: string, somebody: NewSomebody): Promise<string> {
  const id = newId();
  await txOf(change).person.create({
    data: {
      id,
      tenantId: change.scope.tenantId,
      collectionId,
      displayName: somebody.displayName,
      metadata: somebody.metadata as Prisma.InputJsonObject,
      isTrashed: true,
    },
  });
  return id;
}

function show(state: IdentityState, personId: string, externalId: string | null): void {
  state.setPerson(personId, 'isTrashed', false);
  state.setPerson(personId, 'externalId', externalId);
}

/** They may have gone between the look and the lock. */
function assertAllThere(state: IdentityState, faceIds: readonly string[]): void {
  if (!faceIds.every((id) => state.face(id)?.isTrashed === false)) throw notFound('face, one of those given');
}

function assertTheirs(state: IdentityState, personId: string): void {
  if (state.faceIds.every((id) => state.face(id)!.assignment?.personId === personId)) return;
  throw new DomainError('CONFLICT', 'Not all of these faces are that person’s any more. Look again.');
}
