import type { Change, Database } from '../../database';
import {
  between,
  CollectionGone,
  directionOf,
  Prisma,
  isForeignKeyViolation,
  isUniqueViolation,
  txOf,
} from '../../database/sql';
import { DomainError, notFound } from '../../domain/errors';
import { newId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import { COUNTING_TIMEOUT_MS, OLDEST_FIRST, type PageRequest, type Placed } from '../../records/page';
import type { Json } from '../../records/operation';
import type { NewPerson, PersonChanges, PersonFilter, PersonOrderField, PersonRecord } from '../../records/person';
import { lockIdentities } from '../curation/identity-state.store';
import { externalIdTaken, forgetInOperations, recordOperation } from '../curation/ledger.store';
import { findPeople } from '../curation/people.store';
import { addDeletionJob } from '../deletion/deletion-job.store';
import { forgetPersons } from '../enrollment/enrollment-persons.store';
import { deleteFaces } from '../faces/face-deletion.store';
import { assertWithinQuota } from '../tenants/quota.store';
import { personCondition } from './person-filter.store';
import { ALIASES, leadsTo, personRecordOf } from './person-rows.store';

function keyOf(field: PersonOrderField): Prisma.Sql {
  if (field === 'NAME') return Prisma.sql`p.sort_name`;
  return field === 'CREATED_AT' ? Prisma.sql`p.created_at` : Prisma.sql`p.face_count`;
}

function keyTypeOf(field: PersonOrderField): Prisma.Sql {
  if (field === 'NAME') return Prisma.sql`text`;
  return field === 'CREATED_AT' ? Prisma.sql`timestamptz` : Prisma.sql`integer`;
}

/** A day as the database takes it. */
const midnightOf = (day: string | null): Date | null => (day === null ? null : new Date(`${day}T00:00:00Z`));

function conditionOf(collectionId: string, filter: PersonFilter): Prisma.Sql {
  const conditions = [
    Prisma.sql`p.collection_id = ${collectionId}::uuid`,
    Prisma.sql`c.state = 'ACTIVE' AND p.merged_into_id IS NULL AND NOT p.is_trashed`,
    personCondition([collectionId], filter),
  ];
  return Prisma.join(conditions, ' AND ');
}

export class PersonStore {
  constructor(private readonly database: Database) {}

  /** Of whoever was made with the token, whatever became of them since. */
  async findIdByToken(scope: TenantScope, collectionId: string, token: string): Promise<string | null> {
    const found = await this.database.read(scope, (tx) =>
      tx.person.findFirst({ where: { collectionId, clientRequestToken: token }, select: { id: true } }),
    );
    return found?.id ?? null;
  }

  /** @throws DomainError NOT_FOUND (collection), CONFLICT (externalId taken; another request with this token came just now). */
  async create(
    scope: TenantScope,
    { aliases = [], bornOn = null, diedOn = null, metadata, ...person }: NewPerson,
  ): Promise<PersonRecord> {
    return this.database
      .change(scope, async (change) => {
        const tx = txOf(change);
        const open = await tx.collection.count({ where: { id: person.collectionId, state: 'ACTIVE' } });
        if (open === 0) throw notFound('collection');
        await assertWithinQuota(tx, scope, { persons: 1 });
        const created = await tx.person.create({
          data: {
            id: newId(),
            tenantId: scope.tenantId,
            ...person,
            metadata: metadata as Prisma.InputJsonObject,
            aliases: [...aliases],
            bornOn: midnightOf(bornOn),
            diedOn: midnightOf(diedOn),
          },
        });
        change.persons(person.collectionId, 1, { requireActive: true });
        const payload = { personId: created.id };
        change.event({ type: 'PERSON_CREATED', collectionId: person.collectionId, payload });
        return personRecordOf(created);
      })
      .catch((error: unknown) => {
        // The collection went between the look at it and the write.
        if (error instanceof CollectionGone || isForeignKeyViolation(error)) throw notFound('collection');
        if (isUniqueViolation(error, 'persons_client_request_token_key')) {
          const message = 'Another request with this clientRequestToken made the person just now. Repeat the request.';
          throw new DomainError('CONFLICT', message, { retryable: true });
        }
        return externalIdTaken(error);
      });
  }

  /**
   * @returns the operation that it is; null when nothing changed.
   * @throws DomainError NOT_FOUND, CONFLICT (externalId taken).
   */
  async update(scope: TenantScope, id: string, changes: PersonChanges, requestId: string): Promise<string | null> {
    return this.database
      .change(scope, async (change) => {
        const tx = txOf(change);
        const person = (await findPeople(tx, [id])).get(id);
        // Locked, so that a deletion comes before this change or after it, never in between.
        const state = await lockIdentities(tx, person.collectionId, { personIds: [person.id] });
        if (!state.isVisible(person.id)) throw notFound('person');
        const { displayName, externalId, metadata, aliases, bornOn, diedOn } = changes;
        if (displayName !== undefined) state.setPerson(person.id, 'displayName', displayName);
        if (externalId !== undefined) state.setPerson(person.id, 'externalId', externalId);
        if (metadata !== undefined) state.setPerson(person.id, 'metadata', metadata as Json);
        if (aliases !== undefined) state.setPerson(person.id, 'aliases', aliases);
        if (bornOn !== undefined) state.setPerson(person.id, 'bornOn', bornOn);
        if (diedOn !== undefined) state.setPerson(person.id, 'diedOn', diedOn);
        return recordOperation(change, state, { kind: 'UPDATE_PERSON', requestId });
      })
      .catch((error: unknown) => {
        if (error instanceof CollectionGone) throw notFound('person');
        return externalIdTaken(error);
      });
  }

  async find(scope: TenantScope, id: string): Promise<PersonRecord | null> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<PersonRow[]>`
      SELECT ${PERSON_COLUMNS} FROM ${PERSON_JOINS}
       WHERE p.id = ${leadsTo(id)} AND NOT p.is_trashed AND c.state = 'ACTIVE'`,
    );
    return rows[0] ? personRecordOf(rows[0]) : null;
  }

  /** Those that are to be seen, in no order. */
  async findMany(scope: TenantScope, ids: readonly string[]): Promise<PersonRecord[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<PersonRow[]>`
        SELECT ${PERSON_COLUMNS} FROM ${PERSON_JOINS}
         WHERE p.id = ANY(${[...ids]}::uuid[]) AND p.merged_into_id IS NULL AND NOT p.is_trashed AND c.state = 'ACTIVE'`,
    );
    return rows.map(personRecordOf);
  }

  /** Who a person was said not to be; what was said of those who were merged holds for who stays. */
  async findRejected(scope: TenantScope, id: string): Promise<string[]> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ rejected_id: string }[]>`
        WITH own AS (SELECT o.id FROM persons o WHERE o.id = ${id}::uuid OR o.merged_into_id = ${id}::uuid)
        SELECT COALESCE(p.merged_into_id, p.id) AS rejected_id
          FROM (SELECT r.other_id AS id FROM person_rejections r JOIN own ON own.id = r.person_id
                 UNION SELECT r.person_id FROM person_rejections r JOIN own ON own.id = r.other_id) AS rejected
          JOIN persons p ON p.id = rejected.id`,
    );
    return rows.map(({ rejected_id }) => rejected_id);
  }

  /** The oldest first unless the page says otherwise. */
  async list(
    scope: TenantScope,
    collectionId: string,
    filter: PersonFilter,
    page: PageRequest<PersonOrderField>,
  ): Promise<Placed<PersonRecord>[]> {
    const order = page.order ?? OLDEST_FIRST;
    const key = keyOf(order.field);
    const places = between(key, keyTypeOf(order.field), Prisma.sql`p.id`, page, order);
    const direction = directionOf(page, order);
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<(PersonRow & { sort_key: string })[]>`
      SELECT ${PERSON_COLUMNS}, (${key})::text AS sort_key FROM ${PERSON_JOINS}
       WHERE ${conditionOf(collectionId, filter)} ${places}
       ORDER BY ${key} ${direction}, p.id ${direction} LIMIT ${page.first + 1}`,
    );
    return rows.map((row) => ({ ...personRecordOf(row), sortKey: row.sort_key }));
  }

  /** At most `atMost`. */
  async count(scope: TenantScope, collectionId: string, filter: PersonFilter, atMost: number): Promise<number> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count
          FROM (SELECT 1 FROM ${PERSON_JOINS} WHERE ${conditionOf(collectionId, filter)} LIMIT ${atMost}) AS listed`,
      { timeoutMs: COUNTING_TIMEOUT_MS },
    );
    return rows[0]?.count ?? 0;
  }

  /** A name as names are ordered. */
  async sortNameOf(scope: TenantScope, name: string): Promise<string> {
    const [row] = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ sort_name: string }[]>`SELECT left(fold_text(${name}), 64) AS sort_name`,
    );
    return row!.sort_name;
  }

  /** Indexed faces of each person, in the order asked. */
  async countFaces(scope: TenantScope, personIds: readonly string[]): Promise<number[]> {
    const rows = await this.database.read(scope, (tx) =>
      tx.person.findMany({ where: { id: { in: [...personIds] } }, select: { id: true, faceCount: true } }),
    );
    const counts = new Map(rows.map(({ id, faceCount }) => [id, faceCount]));
    return personIds.map((id) => counts.get(id) ?? 0);
  }

  /**
   * Deletes persons with whoever was merged into them, and their faces (or leaves the faces unassigned). Invisible to every search from the commit on.
   * @param options.alone exactly these: who is merged with one of them and not named is a person of their own from then on.
   * @returns the ids that were deleted, the collections that have new ops, and the clean-up job when faces went.
   */
  async delete(scope: TenantScope, personIds: readonly string[], options: DeletionOptions) {
    return this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const family = options.alone ? [] : (await findPeople(tx, personIds)).ids;
      const asked = [...new Set([...family, ...personIds])];
      await forgetPersons(tx, asked);
      const persons = await tx.$queryRaw<{ id: string; collection_id: string; is_counted: boolean }[]>`
        SELECT id, collection_id, (merged_into_id IS NULL AND NOT is_trashed) AS is_counted FROM persons
         WHERE id = ANY(${asked}::uuid[]) ORDER BY id FOR UPDATE`;
      if (persons.length === 0) return { deletedIds: [], collectionIds: [], jobId: null };
      const deletedIds = persons.map((person) => person.id);
      const collectionIds = [...new Set(persons.map((person) => person.collection_id))].sort();
      // Theirs too are the images sent in for them whose faces were not good enough to be given to them, and what is in the trash of
      // faces that were said to be theirs.
      const faces = options.keepFaces
        ? []
        : await tx.$queryRaw<{ id: string }[]>`
            SELECT id FROM faces WHERE person_id = ANY(${deletedIds}::uuid[]) AND state <> 'DELETED'
             UNION
            SELECT f.id FROM images i JOIN faces f ON f.image_id = i.id AND f.state = 'UNINDEXED'
             WHERE i.collection_id = ANY(${collectionIds}::uuid[])
               AND i.subject_id = ANY(${deletedIds}::uuid[])
             UNION
            SELECT f.id FROM faces f JOIN operation_changes o ON o.collection_id = f.collection_id AND o.entity_id = f.id
             WHERE f.collection_id = ANY(${collectionIds}::uuid[]) AND f.state = 'TRASHED' AND o.field = 'assignment'
               AND (o.before->>'personId' = ANY(${deletedIds}::text[]) OR o.after->>'personId' = ANY(${deletedIds}::text[]))`;
      for (const collectionId of collectionIds) {
        const gone = persons.filter((one) => one.collection_id === collectionId);
        const personIds = gone.map((one) => one.id);
        change.persons(collectionId, -gone.filter((one) => one.is_counted).length);
        change.event({ type: 'PERSONS_DELETED', collectionId, payload: { personIds } });
      }
      const deletion = await deleteFaces(
        change,
        faces.map((face) => face.id),
      );
      await forgetInOperations(tx, deletedIds);
      if (options.alone) await partFrom(change, deletedIds);
      await tx.person.deleteMany({ where: { id: { in: deletedIds } } });
      const jobId =
        deletion.faceIds.length > 0
          ? await addDeletionJob(change, { kind: 'FACES', collectionIds }, options.requestId)
          : null;
      return { deletedIds, collectionIds, jobId };
    });
  }
}

interface DeletionOptions {
  readonly keepFaces: boolean;
  readonly requestId: string;
  readonly alone?: boolean;
}

/** Takes whoever was merged into these persons, and is none of them, out again: their rows would go along. */
async function partFrom(change: Change, personIds: readonly string[]): Promise<void> {
  const ids = [...personIds];
  const parted = await txOf(change).$queryRaw<{ collection_id: string; is_trashed: boolean }[]>`
    UPDATE persons SET merged_into_id = NULL
     WHERE id IN (SELECT id FROM persons WHERE merged_into_id = ANY(${ids}::uuid[]) AND id <> ALL(${ids}::uuid[])
                   ORDER BY id FOR UPDATE)
    RETURNING collection_id, is_trashed`;
  for (const one of parted) if (!one.is_trashed) change.persons(one.collection_id, 1);
}

const PERSON_COLUMNS = Prisma.sql`
  p.id, p.collection_id AS "collectionId", p.display_name AS "displayName", p.external_id AS "externalId", p.metadata,
  ${ALIASES} AS aliases, p.born_on AS "bornOn", p.died_on AS "diedOn",
  p.created_at AS "createdAt", p.updated_at AS "updatedAt"`;
const PERSON_JOINS = Prisma.sql`persons p JOIN collections c ON c.id = p.collection_id`;
type PersonRow = Parameters<typeof personRecordOf>[0];
