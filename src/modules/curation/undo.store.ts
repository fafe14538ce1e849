import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../../database';
import { type Tx, txOf } from '../../database/sql';
import { DomainError, notFound } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import type { ChangedEntity, IdentityChange, Json, OperationKind, Skipped } from '../../records/operation';
import { RETAINED_OPERATION } from '../collections/retained.store';
import type { IdentityState } from './identity-state';
import { lockIdentities } from './identity-state.store';
import { movedMeanwhile, personOf, recordOperation } from './ledger.store';
import { isOfTrash, skip, type Reversal } from './reversal';
import { keepFacesInUse, keepImages, keepPlaces, keepUnsaid } from './undo-trash.store';

export interface Undone {
  readonly operationId: string;
  readonly collectionId: string;
  /** Whether searches find other faces than before. */
  readonly movedFaces: boolean;
  /** What was left as it is; empty unless `partial`. */
  readonly skipped: readonly Skipped[];
}

/** Changes that a refusal names. */
const MAX_NAMED = 20;

/** Takes operations back. */
export class UndoStore {
  constructor(private readonly database: Database) {}

  /**
   * Gives everything that the operation changed the value it had before, in an operation of its own: undoing that one is redo.
   * Each value must still be the one that the operation gave.
   * @param partial leaves what has changed since as it is, and undoes the rest.
   * @throws DomainError NOT_FOUND, CONFLICT when it was undone already, or with what has changed since as `details.changed`
   * (at most 20, `details.count` in all); QUOTA_EXCEEDED.
   */
  async undo(scope: TenantScope, id: string, partial: boolean, requestId: string): Promise<Undone> {
    return this.database
      .change(scope, async (change) => {
        const tx = txOf(change);
        const operation = await lockOperation(tx, id);
        if (operation.reverted_by_id !== null) {
          throw new DomainError('CONFLICT', 'This operation has been undone already.', {
            details: { reason: 'UNDONE_ALREADY', operationId: operation.reverted_by_id },
          });
        }
        const reversals = await readReversals(tx, id);
        const state = await lockIdentities(tx, operation.collection_id, {
          personIds: [...new Set(reversals.flatMap(personsOf))],
          faceIds: [...new Set(reversals.flatMap(facesOf))],
          placesOf: reversals.filter((one) => isOfTrash(one)).map((one) => one.id),
        });
        const skipped = [
          ...revert(state, reversals),
          ...keepFacesInUse(state, reversals),
          ...(await keepInUse(tx, state, reversals)),
          ...(await keepImages(tx, state, reversals)),
          ...(await keepPlaces(tx, state, reversals)),
          ...keepUnsaid(state, reversals),
        ];
        const taken = await findTakenIds(tx, state, reversals);
        for (const one of taken) state.set(one, one.before);
        const left = await nameChangers(tx, operation.collection_id, id, [
          ...skipped,
          ...taken.map((one) => skip(one, 'EXTERNAL_ID_TAKEN')),
        ]);
        if (left.length > 0 && (!partial || left.length === reversals.length)) throw changedSince(left);
        const operationId = await recordOperation(change, state, {
          kind: kindOfUndo(operation.kind),
          requestId,
          revertsId: id,
        });
        await markReverted(tx, id, operationId!, operation.reverts_id);
        return {
          operationId: operationId!,
          collectionId: operation.collection_id,
          movedFaces: state.gainedFaces !== 0,
          skipped: left,
        };
      })
      .catch(movedMeanwhile);
  }
}

interface LockedOperation {
  readonly collection_id: string;
  readonly kind: OperationKind;
  readonly reverts_id: string | null;
  readonly reverted_by_id: string | null;
}

async function lockOperation(tx: Tx, id: string): Promise<LockedOperation> {
  const [operation] = await tx.$queryRaw<LockedOperation[]>`
    SELECT o.collection_id, o.kind, o.reverts_id, o.reverted_by_id
      FROM operations o JOIN collections c ON c.id = o.collection_id AND c.state = 'ACTIVE'
     WHERE o.id = ${id}::uuid AND ${RETAINED_OPERATION} FOR UPDATE OF o`;
  if (!operation) throw notFound('operation');
  return operation;
}

/** @param revertsId what the operation itself had undone: that is done again, and can be undone again. */
async function markReverted(tx: Tx, id: string, byId: string, revertsId: string | null): Promise<void> {
  await tx.$executeRaw`UPDATE operations SET reverted_by_id = ${byId}::uuid WHERE id = ${id}::uuid`;
  if (revertsId === null) return;
  await tx.$executeRaw`UPDATE operations SET reverted_by_id = NULL WHERE id = ${revertsId}::uuid`;
}

function kindOfUndo(kind: OperationKind): OperationKind {
  return kind === 'UNDO' ? 'REDO' : 'UNDO';
}

/** The changes of an operation, turned round, the last one first. */
async function readReversals(tx: Tx, operationId: string): Promise<Reversal[]> {
  const rows = await tx.$queryRaw<
    {
      entity: ChangedEntity;
      entity_id: string;
      other_id: string | null;
      field: string;
      before: Json;
      after: Json;
      is_forgotten: boolean;
    }[]
  >`
    SELECT entity, entity_id, other_id, field, before, after, is_forgotten FROM operation_changes
     WHERE operation_id = ${operationId}::uuid ORDER BY ordinal DESC`;
  return rows.map((row) => ({
    entity: row.entity,
    id: row.entity_id,
    otherId: row.other_id,
    field: row.field,
    before: row.after,
    after: row.before,
    isForgotten: row.is_forgotten,
  }));
}

/** Sets back what can be set back. @returns what cannot. */
function revert(state: IdentityState, reversals: readonly Reversal[]): Skipped[] {
  const skipped: Skipped[] = [];
  const reverted: Reversal[] = [];
  for (const one of reversals) {
    const current = state.valueOf(one);
    if (one.isForgotten || current === undefined) skipped.push(skip(one, 'DELETED'));
    else if (!isDeepStrictEqual(current, one.before)) skipped.push(skip(one, 'CHANGED_SINCE'));
    else reverted.push(one);
  }
  for (const one of reverted) state.set(one, one.after);
  // Looked at when the persons are as they will be: those of an undone merge are there again.
  for (const one of reverted) {
    if (personsAfter(one).every((id) => isThere(state, one, id))) continue;
    state.set(one, one.before);
    skipped.push(skip(one, 'PERSON_GONE'));
  }
  return skipped;
}

/** A person who is to be out of sight must have no face but those that go with this, and nobody merged into them. */
async function keepInUse(tx: Tx, state: IdentityState, reversals: readonly Reversal[]): Promise<Skipped[]> {
  const hiding = reversals.filter(
    ({ entity, id, field, after }) =>
      entity === 'PERSON' && field === 'isTrashed' && after === true && state.person(id)?.isTrashed === true,
  );
  const skipped: Skipped[] = [];
  for (const one of hiding) {
    const own = state.faceIds.filter((id) => state.face(id)!.assignment?.personId !== one.id);
    const [used] = await tx.$queryRaw<{ used: boolean }[]>`
      SELECT EXISTS (SELECT 1 FROM faces WHERE person_id = ${one.id}::uuid AND state <> 'DELETED'
                                           AND id <> ALL(${own}::uuid[]))
          OR EXISTS (SELECT 1 FROM persons WHERE merged_into_id = ${one.id}::uuid) AS used`;
    if (used?.used !== true) continue;
    const ofPerson = reversals.filter(({ entity, id }) => entity === 'PERSON' && id === one.id);
    for (const field of ofPerson.filter((each) => isDeepStrictEqual(state.valueOf(each), each.after))) {
      state.set(field, field.before);
      skipped.push(skip(field, 'IN_USE'));
    }
  }
  return skipped;
}

/** External ids that another person has got meanwhile. */
async function findTakenIds(tx: Tx, state: IdentityState, reversals: readonly Reversal[]): Promise<Reversal[]> {
  const wanted = reversals.filter(
    (one) => one.field === 'externalId' && one.after !== null && state.valueOf(one) === one.after,
  );
  if (wanted.length === 0) return [];
  const rows = await tx.$queryRaw<{ id: string; external_id: string | null }[]>`
    SELECT id, external_id FROM persons
     WHERE collection_id = ${state.collectionId}::uuid AND external_id = ANY(${wanted.map(({ after }) => after as string)}::text[])`;
  return wanted.filter((one) =>
    rows.some((row) => row.id !== one.id && row.external_id === one.after && !isLeaving(state, row)),
  );
}

/** Whether the same undo takes the external id from that person. */
function isLeaving(state: IdentityState, row: { readonly id: string; readonly external_id: string | null }): boolean {
  const person = state.person(row.id);
  return person !== undefined && person.externalId !== row.external_id;
}

/** Finds, for what has changed since, which operation did it last. */
async function nameChangers(
  tx: Tx,
  collectionId: string,
  operationId: string,
  skipped: readonly Skipped[],
): Promise<Skipped[]> {
  if (skipped.length === 0) return [];
  const rows = await tx.$queryRaw<{ operation_id: string; entity_id: string; field: string }[]>`
    SELECT DISTINCT ON (entity_id, field) operation_id, entity_id, field FROM operation_changes
     WHERE collection_id = ${collectionId}::uuid AND operation_id > ${operationId}::uuid
       AND entity_id = ANY(${[...new Set(skipped.map(({ id }) => id))]}::uuid[])
     ORDER BY entity_id, field, operation_id DESC`;
  const changerOf = (id: string, field: string) =>
    rows.find((row) => row.entity_id === id && row.field === field)?.operation_id;
  // What took it out of sight kept all of it from being changed.
  return skipped.map((one) => ({
    ...one,
    operationId: changerOf(one.id, one.field) ?? changerOf(one.id, 'isTrashed') ?? null,
  }));
}

function changedSince(skipped: readonly Skipped[]): DomainError {
  return new DomainError(
    'CONFLICT',
    `${skipped.length} of the things that this operation changed cannot be set back: details.changed names them. Undo what came later first, or say partial to undo the rest.`,
    { details: { reason: 'CHANGED_SINCE', changed: skipped.slice(0, MAX_NAMED), count: skipped.length } },
  );
}

/** Persons who must be there for the value to make sense. */
function personsAfter({ field, after }: IdentityChange): string[] {
  if (field === 'assignment') return personOf(after);
  return field === 'mergedIntoId' && typeof after === 'string' ? [after] : [];
}

function isThere(state: IdentityState, change: IdentityChange, personId: string): boolean {
  return state.isVisible(personId) && personId !== change.id;
}

function personsOf({ entity, id, otherId, field, before, after }: IdentityChange): string[] {
  return [
    ...(entity === 'PERSON' || entity === 'PERSON_REJECTION' ? [id] : []),
    ...(otherId === null ? [] : [otherId]),
    ...(field === 'assignment' ? [before, after].flatMap(personOf) : []),
    ...(field === 'mergedIntoId' && typeof after === 'string' ? [after] : []),
  ];
}

function facesOf({ entity, id }: IdentityChange): string[] {
  return entity === 'FACE' || entity === 'FACE_REJECTION' ? [id] : [];
}
