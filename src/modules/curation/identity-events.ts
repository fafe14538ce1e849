import type { NewEvent } from '../../domain/events';
import type { IdentityChange, OperationKind } from '../../records/operation';

/** Faces of one event. */
const FACES_OF_EVENT = 1_000;

/**
 * What subscribers are told of an operation: ids alone.
 * @param foundIds faces that it has brought to searches.
 */
export function eventsOf(
  collectionId: string,
  { id: operationId, kind }: { readonly id: string; readonly kind: OperationKind },
  changes: readonly IdentityChange[],
  foundIds: readonly string[],
): NewEvent[] {
  return [
    ...personEvents(collectionId, changes),
    ...faceEvents(collectionId, changes, foundIds),
    { type: 'OPERATION_RECORDED', collectionId, payload: { operationId, kind } },
  ];
}

function personEvents(collectionId: string, changes: readonly IdentityChange[]): NewEvent[] {
  const fields = new Map<string, IdentityChange[]>();
  for (const one of changes) {
    if (one.entity === 'PERSON') fields.set(one.id, [...(fields.get(one.id) ?? []), one]);
  }
  return [...fields].map(([personId, ofPerson]) => {
    const trashed = ofPerson.find(({ field }) => field === 'isTrashed');
    if (trashed?.after === false) return { type: 'PERSON_CREATED', collectionId, payload: { personId } };
    if (trashed) return { type: 'PERSONS_DELETED', collectionId, payload: { personIds: [personId] } };
    const changed = ofPerson.map(({ field }) => field);
    return { type: 'PERSON_UPDATED', collectionId, payload: { personId, changed } };
  });
}

function faceEvents(collectionId: string, changes: readonly IdentityChange[], foundIds: readonly string[]): NewEvent[] {
  const byPerson = new Map<string | null, string[]>();
  const hiddenIds = changes
    .filter(({ entity, field, after }) => entity === 'FACE' && field === 'isTrashed' && after === true)
    .map(({ id }) => id);
  for (const { entity, id, field, after } of changes) {
    if (entity !== 'FACE' || field !== 'assignment') continue;
    const personId = after === null ? null : (after as { personId: string }).personId;
    const known = byPerson.get(personId);
    if (known) known.push(id);
    else byPerson.set(personId, [id]);
  }
  const assigned = [...byPerson].flatMap(([personId, all]) => {
    const events: NewEvent[] = [];
    for (let from = 0; from < all.length; from += FACES_OF_EVENT) {
      const faceIds = all.slice(from, from + FACES_OF_EVENT);
      events.push(
        personId === null
          ? { type: 'FACES_UNASSIGNED', collectionId, payload: { faceIds } }
          : { type: 'FACES_ASSIGNED', collectionId, payload: { faceIds, personId } },
      );
    }
    return events;
  });
  const told = (
    type: 'FACES_INDEXED' | 'FACES_DELETED',
    payload: { readonly faceIds: readonly string[]; readonly reason?: 'UNDONE' },
  ): NewEvent[] => (payload.faceIds.length === 0 ? [] : [{ type, collectionId, payload }]);
  return [
    ...told('FACES_INDEXED', { faceIds: foundIds }),
    ...assigned,
    ...told('FACES_DELETED', { faceIds: hiddenIds, reason: 'UNDONE' }),
  ];
}
