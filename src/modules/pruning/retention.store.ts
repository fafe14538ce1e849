import type { Database } from '../../database';
import { Prisma, txOf } from '../../database/sql';
import { newId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import { forgetInOperations } from '../curation/ledger.store';
import { askForRemoval } from '../deletion/deletion-job.store';
import { forgetPersons } from '../enrollment/enrollment-persons.store';
import { deleteFaces } from '../faces/face-deletion.store';

const REASON = 'RETENTION';

/** A place in the list of a collection's persons, the oldest first. */
export interface PersonPlace {
  readonly createdAt: Date;
  readonly id: string;
}

/** A collection, with the moment before which its retention has run out. */
export interface Retained {
  readonly collectionId: string;
  readonly before: Date;
}

/** Deletes what a collection's retention has run out for, as its owner would: with events, ops and the job that removes it. */
export class RetentionStore {
  constructor(private readonly database: Database) {}

  /** Deletes the oldest faces, at most `limit`. @returns how many. */
  async expireFaces(scope: TenantScope, { collectionId, before }: Retained, limit: number): Promise<number> {
    return this.database.change(scope, async (change) => {
      const faces = await txOf(change).$queryRaw<{ id: string }[]>`
        SELECT id FROM faces
         WHERE collection_id = ${collectionId}::uuid AND state <> 'DELETED' AND created_at < ${before}
         ORDER BY created_at LIMIT ${limit}`;
      if (faces.length === 0) return 0;
      const ids = faces.map((face) => face.id);
      const { faceIds } = await deleteFaces(change, ids, REASON);
      if (faceIds.length > 0) await askForRemoval(change, collectionId, newId());
      return faceIds.length;
    });
  }

  /**
   * Deletes those of the next `limit` persons, in the order of time, that have no face.
   * @returns how many, and where the next page begins (null: there is none).
   */
  async expirePersons(
    scope: TenantScope,
    { collectionId, before }: Retained,
    after: PersonPlace | null,
    limit: number,
  ): Promise<{ removed: number; next: PersonPlace | null }> {
    const place = after
      ? Prisma.sql`AND (p.created_at, p.id) > (${after.createdAt}::timestamptz, ${after.id}::uuid)`
      : Prisma.empty;
    return this.database.change(scope, async (change) => {
      const tx = txOf(change);
      const page = await tx.$queryRaw<{ id: string; created_at: Date; has_face: boolean }[]>`
        SELECT p.id, p.created_at, EXISTS (SELECT 1 FROM faces f WHERE f.person_id = p.id) AS has_face FROM persons p
         WHERE p.collection_id = ${collectionId}::uuid AND p.merged_into_id IS NULL AND p.created_at < ${before} ${place}
         ORDER BY p.created_at, p.id LIMIT ${limit}`;
      const last = page.length === limit ? page.at(-1) : undefined;
      const next = last ? { createdAt: last.created_at, id: last.id } : null;
      const faceless = page.filter((person) => !person.has_face).map((person) => person.id);
      if (faceless.length === 0) return { removed: 0, next };
      await tx.$queryRaw`
        SELECT 1 FROM persons WHERE id = ANY(${faceless}::uuid[]) ORDER BY id FOR UPDATE`;
      // Nobody can be given a face now; who was given one since the look above stays.
      const gone = await tx.$queryRaw<{ id: string; is_trashed: boolean }[]>`
        SELECT p.id, p.is_trashed FROM persons p JOIN collections c ON c.id = p.collection_id AND c.state = 'ACTIVE'
         WHERE p.id = ANY(${faceless}::uuid[]) AND NOT EXISTS (SELECT 1 FROM faces f WHERE f.person_id = p.id)
         ORDER BY p.id`;
      if (gone.length === 0) return { removed: 0, next };
      // Whoever was merged into them goes along.
      const ids = gone.map((person) => person.id);
      const merged = await tx.person.findMany({ where: { mergedIntoId: { in: ids } }, select: { id: true } });
      const personIds = [...ids, ...merged.map((person) => person.id)];
      await forgetPersons(tx, personIds);
      await forgetInOperations(tx, personIds);
      await tx.person.deleteMany({ where: { id: { in: personIds } } });
      change.persons(collectionId, -gone.filter((person) => !person.is_trashed).length);
      change.event({ type: 'PERSONS_DELETED', collectionId, payload: { personIds, reason: REASON } });
      return { removed: personIds.length, next };
    });
  }
}
