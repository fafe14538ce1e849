import type { Change } from '../../database';
import { CollectionMoved, isUniqueViolation, type Tx, txOf } from '../../database/sql';
import { DomainError } from '../../domain/errors';
import { newId } from '../../domain/ids';
import type { IdentityChange, Json, OperationKind } from '../../records/operation';
import { assertWithinQuota } from '../tenants/quota.store';
import { eventsOf } from './identity-events';
import type { IdentityState } from './identity-state';
import { writeIdentities } from './identity-state.store';

export interface NewOperation {
  readonly kind: OperationKind;
  readonly requestId: string;
  /** The operation that it undoes. */
  readonly revertsId?: string;
}

/**
 * Writes what was changed in the state, and the operation that tells of it.
 * @returns the operation's id; null when nothing was changed, which is no operation.
 * @throws DomainError QUOTA_EXCEEDED when more persons or faces would be seen than the tenant may have.
 */
export async function recordOperation(
  change: Change,
  state: IdentityState,
  { kind, requestId, revertsId }: NewOperation,
): Promise<string | null> {
  const tx = txOf(change);
  const { scope } = change;
  const { collectionId } = state;
  const changes = state.listChanges();
  if (changes.length === 0 && revertsId === undefined) return null;
  const gained = { persons: Math.max(0, state.gainedPersons), faces: Math.max(0, state.gainedFaces) };
  if (gained.persons + gained.faces > 0) await assertWithinQuota(tx, scope, gained);
  const found = await writeIdentities(change, state, changes);
  const id = newId();
  const faces = new Set(changes.flatMap((one) => (isOfFace(one) ? [one.id] : []))).size;
  await tx.$executeRaw`
    INSERT INTO operations (id, tenant_id, collection_id, kind, reverts_id, person_ids, face_count, request_id)
    VALUES (${id}::uuid, ${scope.tenantId}::uuid, ${collectionId}::uuid, ${kind}, ${revertsId ?? null}::uuid,
            ${personsOf(changes)}::uuid[], ${faces}, ${requestId})`;
  const rows = changes.map((one, ordinal) => ({ ...one, ordinal }));
  await tx.$executeRaw`
    INSERT INTO operation_changes (operation_id, ordinal, tenant_id, collection_id, entity, entity_id, other_id, field,
                                   before, after)
    SELECT ${id}::uuid, r.ordinal, ${scope.tenantId}::uuid, ${collectionId}::uuid, r.entity, r.id, r."otherId", r.field,
           COALESCE(r.before, 'null'), COALESCE(r.after, 'null')
      FROM json_to_recordset(${JSON.stringify(rows)}::json)
           AS r(ordinal int, entity text, id uuid, "otherId" uuid, field text, before jsonb, after jsonb)`;
  change.event(...eventsOf(collectionId, { id, kind }, changes, found));
  return id;
}

/**
 * Takes what recorded operations say of persons who are being deleted: their names do not come back. Faces are named by
 * their ids alone.
 */
export async function forgetInOperations(tx: Tx, personIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE operation_changes SET is_forgotten = true, before = 'null', after = 'null'
     WHERE collection_id IN (SELECT collection_id FROM persons WHERE id = ANY(${[...personIds]}::uuid[]))
       AND entity = 'PERSON' AND entity_id = ANY(${[...personIds]}::uuid[])`;
}

/** For `catch`: CONFLICT of an external id that another person of the collection has. Anything else passes. */
export function externalIdTaken(error: unknown): never {
  if (isUniqueViolation(error, 'persons_collection_id_external_id_key')) {
    throw new DomainError(
      'CONFLICT',
      'Another person of this collection has that externalId. Use it, or choose another.',
    );
  }
  throw error;
}

/** For `catch`: CONFLICT of a collection that has moved to another pack between the look and the commit. Anything else passes. */
export function movedMeanwhile(error: unknown): never {
  if (error instanceof CollectionMoved) {
    throw new DomainError('CONFLICT', 'This collection has moved to another model pack meanwhile. Try again.', {
      retryable: true,
      cause: error,
    });
  }
  throw error;
}

const isOfFace = ({ entity }: IdentityChange): boolean => entity === 'FACE' || entity === 'FACE_REJECTION';

/** Every person that the changes name. */
function personsOf(changes: readonly IdentityChange[]): string[] {
  const ids = changes.flatMap(({ entity, id, otherId, field, before, after }) => [
    ...(entity === 'PERSON' || entity === 'PERSON_REJECTION' ? [id] : []),
    ...(otherId === null ? [] : [otherId]),
    ...(field === 'assignment' ? [before, after].flatMap(personOf) : []),
    ...(field === 'mergedIntoId' ? [before, after].flatMap((one) => (typeof one === 'string' ? [one] : [])) : []),
  ]);
  return [...new Set(ids)].sort();
}

/** The person of an assignment. */
export function personOf(assignment: Json): string[] {
  const isAssignment = typeof assignment === 'object' && assignment !== null && 'personId' in assignment;
  return isAssignment && typeof assignment.personId === 'string' ? [assignment.personId] : [];
}
