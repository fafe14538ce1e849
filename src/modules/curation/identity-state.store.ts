import type { Change } from '../../database';
import { type Tx, txOf } from '../../database/sql';
import type { IdentityChange, Json } from '../../records/operation';
import { RETAINED_FACE } from '../collections/retained.store';
import { lockPlacesOf } from './face-places.store';
import { moveFaces } from './face-trash.store';
import { IdentityState, pairOf, type FaceState, type PersonState } from './identity-state';

export interface Touched {
  readonly personIds: readonly string[];
  readonly faceIds?: readonly string[];
  /** Persons whose faces are touched, too. */
  readonly facesOf?: readonly string[];
  /** Faces that go out of sight or come back: which faces stand in their images stays as it is until the commit. */
  readonly placesOf?: readonly string[];
}

/**
 * Persons before images before faces, each by id: the order of all locks. Whose the faces are is locked with the persons, since the number of their
 * faces follows; and whom the persons are merged into, since these are found by their names. Those of other collections are passed over.
 */
export async function lockIdentities(
  tx: Tx,
  collectionId: string,
  { personIds, faceIds = [], facesOf = [], placesOf = [] }: Touched,
): Promise<IdentityState> {
  const persons = await lockPersons(tx, collectionId, personIds, faceIds);
  await lockPlacesOf(tx, collectionId, placesOf);
  const faces = await lockFaces(tx, collectionId, faceIds, facesOf);
  const rejections = await readRejections(tx, [...persons.keys()], [...faces.keys()]);
  return new IdentityState(collectionId, persons, faces, rejections);
}

/** @returns those of `ids`. */
async function lockPersons(
  tx: Tx,
  collectionId: string,
  ids: readonly string[],
  faceIds: readonly string[],
): Promise<Map<string, PersonState>> {
  if (ids.length + faceIds.length === 0) return new Map();
  const rows = await tx.$queryRaw<
    {
      id: string;
      display_name: string;
      external_id: string | null;
      metadata: Json;
      aliases: string[];
      born_on: string | null;
      died_on: string | null;
      merged_into_id: string | null;
      is_trashed: boolean;
    }[]
  >`
    SELECT id, display_name, external_id, metadata, aliases, born_on::text AS born_on, died_on::text AS died_on, merged_into_id,
           is_trashed FROM persons
     WHERE (id = ANY(${[...ids]}::uuid[])
            OR id = ANY(ARRAY(SELECT merged_into_id FROM persons WHERE id = ANY(${[...ids]}::uuid[])))
            OR id = ANY(ARRAY(SELECT person_id FROM faces WHERE id = ANY(${[...faceIds]}::uuid[]))))
       AND collection_id = ${collectionId}::uuid ORDER BY id FOR UPDATE`;
  const asked = new Set(ids);
  return new Map(
    rows
      .filter(({ id }) => asked.has(id))
      .map((row) => [
        row.id,
        {
          displayName: row.display_name,
          externalId: row.external_id,
          metadata: row.metadata,
          aliases: row.aliases,
          bornOn: row.born_on,
          diedOn: row.died_on,
          mergedIntoId: row.merged_into_id,
          isTrashed: row.is_trashed,
        },
      ]),
  );
}

async function lockFaces(
  tx: Tx,
  collectionId: string,
  ids: readonly string[],
  facesOf: readonly string[],
): Promise<Map<string, FaceState>> {
  if (ids.length + facesOf.length === 0) return new Map();
  const rows = await tx.$queryRaw<
    {
      id: string;
      person_id: string | null;
      assigned_by: string | null;
      hidden_as: string | null;
      is_trashed: boolean;
    }[]
  >`
    SELECT f.id, f.person_id, f.assigned_by, f.hidden_as, f.state = 'TRASHED' AS is_trashed FROM faces f JOIN collections c ON c.id = f.collection_id
     WHERE (f.id = ANY(${[...ids]}::uuid[]) OR f.person_id = ANY(${[...facesOf]}::uuid[]))
       AND f.collection_id = ${collectionId}::uuid AND f.state <> 'DELETED' AND ${RETAINED_FACE}
     ORDER BY f.id FOR UPDATE OF f`;
  return new Map(
    rows.map(({ id, person_id: personId, assigned_by: by, hidden_as: hiddenAs, is_trashed: isTrashed }) => [
      id,
      { assignment: personId === null ? null : { personId, by }, hiddenAs, isTrashed },
    ]),
  );
}

/** Rejections of these faces, and between these persons. */
async function readRejections(tx: Tx, personIds: readonly string[], faceIds: readonly string[]): Promise<Set<string>> {
  const rows = await tx.$queryRaw<{ id: string; other_id: string }[]>`
    SELECT face_id AS id, person_id AS other_id FROM face_rejections WHERE face_id = ANY(${[...faceIds]}::uuid[])
     UNION ALL
    SELECT person_id, other_id FROM person_rejections
     WHERE person_id = ANY(${[...personIds]}::uuid[]) AND other_id = ANY(${[...personIds]}::uuid[])`;
  return new Set(rows.map((row) => pairOf(row.id, row.other_id)));
}

/** Writes what was changed, and keeps the number of the collection's persons. @returns the ids of faces that have come back and are found. */
export async function writeIdentities(
  change: Change,
  state: IdentityState,
  changes: readonly IdentityChange[],
): Promise<string[]> {
  const tx = txOf(change);
  const idsOf = (entity: IdentityChange['entity']) => [
    ...new Set(changes.filter((one) => one.entity === entity).map(({ id }) => id)),
  ];
  await writePersons(tx, state, idsOf('PERSON'));
  await writeFaces(tx, state, idsOf('FACE'));
  const trashing = changes.filter(({ entity, field }) => entity === 'FACE' && field === 'isTrashed');
  const found = trashing.length > 0 ? await moveFaces(change, state.collectionId, trashing) : [];
  for (const entity of ['FACE_REJECTION', 'PERSON_REJECTION'] as const) {
    const pairs = changes.filter((one) => one.entity === entity);
    if (pairs.length > 0) await writeRejections(change, state.collectionId, entity, pairs);
  }
  change.persons(state.collectionId, state.gainedPersons, { requireActive: true });
  return found;
}

async function writePersons(tx: Tx, state: IdentityState, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = ids.map((id) => {
    const person = state.person(id)!;
    return {
      id,
      display_name: person.displayName,
      external_id: person.externalId,
      metadata: person.metadata,
      aliases: person.aliases,
      born_on: person.bornOn,
      died_on: person.diedOn,
      merged_into_id: person.mergedIntoId,
      is_trashed: person.isTrashed,
    };
  });
  await tx.$executeRaw`
    UPDATE persons p
       SET display_name = r.display_name, external_id = r.external_id, metadata = r.metadata, aliases = r.aliases,
           born_on = r.born_on, died_on = r.died_on, merged_into_id = r.merged_into_id, is_trashed = r.is_trashed, updated_at = CURRENT_TIMESTAMP
      FROM json_to_recordset(${JSON.stringify(rows)}::json)
           AS r(id uuid, display_name text, external_id text, metadata jsonb, aliases text[], born_on date, died_on date, merged_into_id uuid,
                is_trashed boolean)
     WHERE p.id = r.id`;
}

async function writeFaces(tx: Tx, state: IdentityState, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = ids.map((id) => {
    const { assignment, hiddenAs } = state.face(id)!;
    return { id, person_id: assignment?.personId ?? null, assigned_by: assignment?.by ?? null, hidden_as: hiddenAs };
  });
  await tx.$executeRaw`
    UPDATE faces f SET person_id = r.person_id, assigned_by = r.assigned_by, hidden_as = r.hidden_as
      FROM json_to_recordset(${JSON.stringify(rows)}::json)
           AS r(id uuid, person_id uuid, assigned_by text, hidden_as text)
     WHERE f.id = r.id`;
}

async function writeRejections(
  change: Change,
  collectionId: string,
  entity: 'FACE_REJECTION' | 'PERSON_REJECTION',
  pairs: readonly IdentityChange[],
): Promise<void> {
  const tx = txOf(change);
  const { tenantId } = change.scope;
  const rowsOf = (isRejected: boolean) =>
    JSON.stringify(
      pairs.filter(({ after }) => after === isRejected).map(({ id, otherId }) => ({ id, other_id: otherId })),
    );
  if (entity === 'FACE_REJECTION') {
    await tx.$executeRaw`
      INSERT INTO face_rejections (face_id, person_id, tenant_id, collection_id)
      SELECT r.id, r.other_id, ${tenantId}::uuid, ${collectionId}::uuid
        FROM json_to_recordset(${rowsOf(true)}::json) AS r(id uuid, other_id uuid)`;
    await tx.$executeRaw`
      DELETE FROM face_rejections d USING json_to_recordset(${rowsOf(false)}::json) AS r(id uuid, other_id uuid)
       WHERE d.face_id = r.id AND d.person_id = r.other_id`;
    return;
  }
  await tx.$executeRaw`
    INSERT INTO person_rejections (person_id, other_id, tenant_id, collection_id)
    SELECT r.id, r.other_id, ${tenantId}::uuid, ${collectionId}::uuid
      FROM json_to_recordset(${rowsOf(true)}::json) AS r(id uuid, other_id uuid)`;
  await tx.$executeRaw`
    DELETE FROM person_rejections d USING json_to_recordset(${rowsOf(false)}::json) AS r(id uuid, other_id uuid)
     WHERE d.person_id = r.id AND d.other_id = r.other_id`;
}
