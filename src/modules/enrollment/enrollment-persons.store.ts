import { Prisma, type Tx } from '../../database/sql';
import { DomainError } from '../../domain/errors';
import type { TenantScope } from '../../domain/tenant-scope';
import type { PersonTarget } from './enrollment-shapes';

/** The columns of `job_items` that say whom an image is for. */
export interface TargetColumns {
  person_id: string | null;
  person_external_id: string | null;
  person_create: { displayName: string; externalId: string | null; metadata: Readonly<Record<string, unknown>> } | null;
}

export function targetOf(row: TargetColumns): PersonTarget | null {
  if (row.person_create && row.person_id) {
    return { kind: 'CREATE', personId: row.person_id, ...row.person_create };
  }
  if (row.person_external_id !== null) return { kind: 'EXTERNAL_ID', externalId: row.person_external_id };
  return row.person_id === null ? null : { kind: 'ID', personId: row.person_id };
}

export function columnsOfTarget(target: PersonTarget | null): TargetColumns {
  switch (target?.kind) {
    case undefined:
      return { person_id: null, person_external_id: null, person_create: null };
    case 'ID':
      return { person_id: target.personId, person_external_id: null, person_create: null };
    case 'EXTERNAL_ID':
      return { person_id: null, person_external_id: target.externalId, person_create: null };
    case 'CREATE': {
      const { personId, displayName, externalId, metadata } = target;
      const create = { displayName, externalId, metadata };
      return { person_id: personId, person_external_id: null, person_create: create };
    }
  }
}

/**
 * Leaves an item nothing of what was said of a person, nor the address of their image, which only a retry needs, nor what
 * was seen in it, such as where the faces are that may be theirs.
 */
export const FORGET_INPUT = Prisma.sql`person_external_id = NULL, person_create = NULL, faces = NULL, url = NULL, error_details = NULL`;

/** The condition of `job_items_input_idx`, for items as `i`: few of a long history. */
const HOLDS_INPUT = Prisma.sql`
  (i.person_external_id IS NOT NULL OR i.person_create IS NOT NULL OR i.url IS NOT NULL OR i.error_details IS NOT NULL)`;

/**
 * Takes these persons out of the items of their collections that still hold something of them. Such an item names only
 * an id from then on, so it ends NOT_FOUND when it is worked on or retried: a deleted person does not come back with it.
 * Items of others no longer say that their face is like one of these.
 * Locks items, so it goes before every lock on persons.
 */
export async function forgetPersons(tx: Tx, personIds: readonly string[]): Promise<void> {
  const gone = Prisma.sql`(SELECT id, collection_id, external_id FROM persons WHERE id = ANY(${[...personIds]}::uuid[]))`;
  await tx.$executeRaw`
    UPDATE job_items t SET person_id = held.gone_id, ${FORGET_INPUT}
      FROM (SELECT i.id, COALESCE(named.id, meant.id) AS gone_id
              FROM jobs j JOIN job_items i ON i.job_id = j.id
              LEFT JOIN ${gone} meant ON meant.collection_id = j.collection_id AND meant.id = i.person_id
              LEFT JOIN ${gone} named ON named.collection_id = j.collection_id
                   AND named.external_id = COALESCE(i.person_external_id, i.person_create->>'externalId')
             WHERE j.collection_id IN (SELECT collection_id FROM ${gone} g) AND ${HOLDS_INPUT}
               AND (meant.id IS NOT NULL OR named.id IS NOT NULL)
             ORDER BY i.job_id, i.ordinal FOR UPDATE OF i) held
     WHERE t.id = held.id`;
  await forgetInFaces(tx, gone);
  // Of anybody's item: that its face is like theirs is said of them, too.
  await tx.$executeRaw`
    UPDATE job_items t SET known_person_id = NULL, known_similarity = NULL
      FROM (SELECT id FROM job_items WHERE known_person_id = ANY(${[...personIds]}::uuid[])
             ORDER BY job_id, ordinal FOR UPDATE) held
     WHERE t.id = held.id`;
}

/** Whether the face `e.face` of an item says that it is the person `g`'s. */
const MEANT_BY_FACE = Prisma.sql`
  (g.id::text = e.face->>'person_id'
   OR g.external_id = COALESCE(e.face->>'person_external_id', e.face->'person_create'->>'externalId'))`;

/** A face of theirs among those that an item places names only an id, as a whole item does. */
async function forgetInFaces(tx: Tx, gone: Prisma.Sql): Promise<void> {
  await tx.$executeRaw`
    UPDATE job_items t SET error_details = NULL, faces = (
           SELECT jsonb_agg(CASE WHEN meant.id IS NULL THEN e.face ELSE e.face || jsonb_build_object(
                    'person_id', meant.id, 'person_external_id', NULL, 'person_create', NULL) END ORDER BY e.place)
             FROM jsonb_array_elements(t.faces) WITH ORDINALITY AS e(face, place)
             LEFT JOIN LATERAL (SELECT g.id FROM ${gone} g
                                 WHERE g.collection_id = held.collection_id AND ${MEANT_BY_FACE} LIMIT 1) meant ON true)
      FROM (SELECT i.id, j.collection_id FROM jobs j JOIN job_items i ON i.job_id = j.id AND i.faces IS NOT NULL
             WHERE j.collection_id IN (SELECT collection_id FROM ${gone} g)
               AND EXISTS (SELECT 1 FROM jsonb_array_elements(i.faces) AS e(face) JOIN ${gone} g
                              ON g.collection_id = j.collection_id AND ${MEANT_BY_FACE})
             ORDER BY i.job_id, i.ordinal FOR UPDATE OF i) held
     WHERE t.id = held.id`;
}

/** Persons of one collection as one transaction sees them. */
export class KnownPersons {
  private constructor(
    private readonly tx: Tx,
    private readonly collectionId: string,
    /** The person that each id leads to. */
    private readonly idOf: Map<string, string>,
    private readonly idByExternalId: Map<string, string>,
  ) {}

  /**
   * Reads everyone the targets may mean.
   * @param lock keeps them from being deleted until the commit.
   */
  static async read(
    tx: Tx,
    collectionId: string,
    targets: readonly (PersonTarget | null)[],
    lock: boolean,
  ): Promise<KnownPersons> {
    const known = new KnownPersons(tx, collectionId, new Map(), new Map());
    await known.add(targets, lock);
    return known;
  }

  /** The id of the target's person; null when there is no such person (yet). */
  find(target: PersonTarget): string | null {
    if (target.kind === 'EXTERNAL_ID') return this.idByExternalId.get(target.externalId) ?? null;
    const byExternalId =
      target.kind === 'CREATE' && target.externalId !== null ? this.idByExternalId.get(target.externalId) : undefined;
    return byExternalId ?? this.idOf.get(target.personId) ?? null;
  }

  /**
   * Makes the persons that are still missing; one that another transaction made meanwhile under the same externalId is
   * used instead.
   * @returns the ids of those made here.
   */
  async create(scope: TenantScope, targets: readonly (PersonTarget & { kind: 'CREATE' })[]): Promise<string[]> {
    const missing = new Map<string, PersonTarget & { kind: 'CREATE' }>();
    for (const target of targets) if (!this.find(target)) missing.set(target.personId, target);
    if (missing.size === 0) return [];
    // One order for all transactions that insert several, so that none waits for another in a circle.
    const rows = [...missing.values()].sort((a, b) =>
      (a.externalId ?? a.personId) < (b.externalId ?? b.personId) ? -1 : 1,
    );
    const created = await this.tx.$queryRaw<{ id: string }[]>`
      INSERT INTO persons (id, tenant_id, collection_id, display_name, external_id, metadata)
      SELECT r."personId", ${scope.tenantId}::uuid, ${this.collectionId}::uuid, r."displayName", r."externalId",
             r.metadata
        FROM json_to_recordset(${JSON.stringify(rows)}::json)
             AS r("personId" uuid, "displayName" text, "externalId" text, metadata jsonb)
      ON CONFLICT DO NOTHING RETURNING id`;
    for (const { id } of created) this.idOf.set(id, id);
    const raced = rows.filter((target) => !this.find(target));
    if (raced.length > 0) {
      await this.add(raced, true);
      if (raced.some((target) => !this.find(target))) {
        throw new DomainError('CONFLICT', 'A person was made and deleted at the same time.', { retryable: true });
      }
    }
    return created.map((row) => row.id);
  }

  private async add(targets: readonly (PersonTarget | null)[], lock: boolean): Promise<void> {
    const ids: string[] = [];
    const externalIds: string[] = [];
    for (const target of targets) {
      if (!target) continue;
      if (target.kind !== 'EXTERNAL_ID') ids.push(target.personId);
      if (target.kind !== 'ID' && target.externalId !== null) externalIds.push(target.externalId);
    }
    if (ids.length === 0 && externalIds.length === 0) return;
    // Who was merged into somebody is that one now. Both rows are locked, so that it stays so: faces will be that one's.
    const named = Prisma.sql`(id = ANY(${ids}::uuid[]) OR external_id = ANY(${externalIds}::text[]))`;
    const rows = await this.tx.$queryRaw<{ id: string; external_id: string | null; leads_to: string }[]>`
      SELECT id, external_id, COALESCE(merged_into_id, id) AS leads_to FROM persons
       WHERE NOT is_trashed AND collection_id = ${this.collectionId}::uuid
         AND (${named} OR id = ANY(ARRAY(SELECT merged_into_id FROM persons
                                          WHERE collection_id = ${this.collectionId}::uuid AND merged_into_id IS NOT NULL
                                            AND ${named})))
       ORDER BY id ${lock ? Prisma.sql`FOR KEY SHARE` : Prisma.empty}`;
    for (const row of rows) {
      this.idOf.set(row.id, row.leads_to);
      if (row.external_id !== null) this.idByExternalId.set(row.external_id, row.leads_to);
    }
  }
}
