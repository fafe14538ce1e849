import type { Database } from '../../database';
import { between, directionOf, Prisma } from '../../database/sql';
import type { TenantScope } from '../../domain/tenant-scope';
import type { ImageFilter, ImageOrderField, ImageRecord } from '../../records/image';
import { COUNTING_TIMEOUT_MS, OLDEST_FIRST, type PageRequest, type Placed } from '../../records/page';
import { VISIBLE_IMAGE } from '../images/image-access.store';
import { leadsTo } from '../persons/person-rows.store';
import { IMAGE_COLUMNS, imageRecordOf, type ImageRow } from './image-rows.store';

function conditionOf(collectionId: string, { externalImageId, personId }: ImageFilter): Prisma.Sql {
  const conditions = [Prisma.sql`i.collection_id = ${collectionId}::uuid`, VISIBLE_IMAGE];
  if (externalImageId !== undefined) {
    conditions.push(
      Prisma.sql`i.id IN (SELECT named.image_id FROM faces named
                           WHERE named.collection_id = ${collectionId}::uuid AND named.external_image_id = ${externalImageId}
                             AND named.state NOT IN ('DELETED', 'TRASHED'))`,
    );
  }
  if (personId !== undefined) {
    conditions.push(
      Prisma.sql`i.id IN (SELECT theirs.image_id FROM faces theirs
                           WHERE theirs.person_id = ${leadsTo(personId)} AND theirs.state NOT IN ('DELETED', 'TRASHED'))`,
    );
  }
  return Prisma.join(conditions, ' AND ');
}

/** Accepted images that are to be seen: what their signed addresses show. */
export class EnrolledImageStore {
  constructor(private readonly database: Database) {}

  async find(scope: TenantScope, id: string): Promise<ImageRecord | null> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<ImageRow[]>`
        SELECT ${IMAGE_COLUMNS} FROM images i WHERE i.id = ${id}::uuid AND ${VISIBLE_IMAGE}`,
    );
    return rows[0] ? imageRecordOf(rows[0]) : null;
  }

  /** The oldest first unless the page says otherwise. */
  async list(
    scope: TenantScope,
    collectionId: string,
    filter: ImageFilter,
    page: PageRequest<ImageOrderField>,
  ): Promise<Placed<ImageRecord>[]> {
    const order = page.order ?? OLDEST_FIRST;
    const places = between(Prisma.sql`i.created_at`, Prisma.sql`timestamptz`, Prisma.sql`i.id`, page, order);
    const direction = directionOf(page, order);
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<(ImageRow & { sort_key: string })[]>`
        SELECT ${IMAGE_COLUMNS}, i.created_at::text AS sort_key FROM images i
         WHERE ${conditionOf(collectionId, filter)} ${places}
         ORDER BY i.created_at ${direction}, i.id ${direction} LIMIT ${page.first + 1}`,
    );
    return rows.map((row) => ({ ...imageRecordOf(row), sortKey: row.sort_key }));
  }

  /** At most `atMost`. */
  async count(scope: TenantScope, collectionId: string, filter: ImageFilter, atMost: number): Promise<number> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ count: number }[]>`
        SELECT count(*)::int AS count
          FROM (SELECT 1 FROM images i WHERE ${conditionOf(collectionId, filter)} LIMIT ${atMost}) AS listed`,
      { timeoutMs: COUNTING_TIMEOUT_MS },
    );
    return rows[0]?.count ?? 0;
  }
}
