import type { Tx } from '../../database/sql';
import { DomainError, notFound } from '../../domain/errors';
import type { CurationWarning } from '../../records/operation';
import { RETAINED_FACE, SHOWN_FACE } from '../collections/retained.store';

/** Persons with those who were merged into them; an id of either leads to the one who is to be seen. */
export class People {
  constructor(
    private readonly rows: readonly {
      readonly id: string;
      readonly collection_id: string;
      readonly leads_to: string;
    }[],
  ) {}

  /** @throws DomainError NOT_FOUND. */
  get(id: string): { readonly id: string; readonly collectionId: string } {
    const row = this.rows.find((one) => one.id === id);
    if (!row) throw notFound('person');
    return { id: row.leads_to, collectionId: row.collection_id };
  }

  /** A person and all who were merged into them. */
  familyOf(id: string): string[] {
    return this.rows.filter((one) => one.leads_to === id).map((one) => one.id);
  }

  get ids(): string[] {
    return this.rows.map(({ id }) => id);
  }
}

/** Reads, without a lock, these persons and whoever shares an id with them. */
export async function findPeople(tx: Tx, ids: readonly string[]): Promise<People> {
  const rows = await tx.$queryRaw<{ id: string; collection_id: string; leads_to: string }[]>`
    SELECT p.id, p.collection_id, COALESCE(p.merged_into_id, p.id) AS leads_to
      FROM persons p JOIN collections c ON c.id = p.collection_id AND c.state = 'ACTIVE'
     WHERE NOT p.is_trashed
       AND COALESCE(p.merged_into_id, p.id) IN (SELECT COALESCE(asked.merged_into_id, asked.id) FROM persons asked
                                                 WHERE asked.id = ANY(${[...ids]}::uuid[]) AND NOT asked.is_trashed)`;
  return new People(rows);
}

/** The faces by their collections. @throws DomainError NOT_FOUND when one is not there. */
export async function findCollectionsOf(tx: Tx, faceIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await tx.$queryRaw<{ id: string; collection_id: string }[]>`
    SELECT f.id, f.collection_id FROM faces f JOIN collections c ON c.id = f.collection_id AND c.state = 'ACTIVE'
     WHERE f.id = ANY(${[...faceIds]}::uuid[]) AND ${SHOWN_FACE} AND ${RETAINED_FACE}`;
  if (rows.length !== new Set(faceIds).size) throw notFound('face, one of those given');
  const byCollection = new Map<string, string[]>();
  for (const { id, collection_id: collectionId } of rows) {
    byCollection.set(collectionId, [...(byCollection.get(collectionId) ?? []), id]);
  }
  return byCollection;
}

/** The one collection of the faces. @throws DomainError NOT_FOUND, CONFLICT when they are of several. */
export async function findCollectionOf(tx: Tx, faceIds: readonly string[]): Promise<string> {
  const [collectionId, another] = [...(await findCollectionsOf(tx, faceIds)).keys()];
  if (another !== undefined) throw new DomainError('CONFLICT', 'These faces are of different collections.');
  return collectionId!;
}

/** Photographs that are told of. */
const MAX_TOLD = 20;

/**
 * Photographs in which several of these faces are: no two faces of one photograph are one person's. The same face of the same
 * bytes that were sent twice is one face.
 * @param faceIds to be given to the persons; a photograph counts where it has one of these, or faces of several persons.
 */
export async function findSamePhotographs(
  tx: Tx,
  personIds: readonly string[],
  faceIds: readonly string[],
): Promise<CurationWarning[]> {
  const rows = await tx.$queryRaw<{ image_ids: string[]; face_ids: string[] }[]>`
    SELECT array_agg(DISTINCT f.image_id::text) AS image_ids, array_agg(f.id::text ORDER BY f.id) AS face_ids
      FROM faces f JOIN images i ON i.id = f.image_id
     WHERE (f.person_id = ANY(${[...personIds]}::uuid[]) OR f.id = ANY(${[...faceIds]}::uuid[])) AND ${SHOWN_FACE}
     GROUP BY i.received_sha256
    HAVING count(DISTINCT f.bounding_box) > 1
       AND (count(DISTINCT f.person_id) > 1 OR bool_or(f.id = ANY(${[...faceIds]}::uuid[])))
     LIMIT ${MAX_TOLD}`;
  return rows.map(({ image_ids: imageIds, face_ids: faces }) => ({
    code: 'SAME_PHOTOGRAPH',
    message: 'These faces stand in one photograph: they are hardly one person’s.',
    faceIds: faces,
    imageIds,
  }));
}

/** Faces of which it was said that they are not one of these persons', though they are to be. */
export async function findRejectedMatches(
  tx: Tx,
  personIds: readonly string[],
  faceIds: readonly string[],
): Promise<CurationWarning[]> {
  const rows = await tx.$queryRaw<{ face_id: string }[]>`
    SELECT DISTINCT r.face_id FROM face_rejections r JOIN faces f ON f.id = r.face_id AND ${SHOWN_FACE}
     WHERE r.person_id = ANY(${[...personIds]}::uuid[])
       AND (f.id = ANY(${[...faceIds]}::uuid[]) OR f.person_id = ANY(${[...personIds]}::uuid[]))
     LIMIT ${MAX_TOLD}`;
  if (rows.length === 0) return [];
  return [
    {
      code: 'REJECTED_MATCH',
      message: 'Somebody said of these faces that they are not this person’s.',
      faceIds: rows.map((row) => row.face_id),
      imageIds: [],
    },
  ];
}
