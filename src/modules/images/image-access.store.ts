import type { Database } from '../../database';
import { Prisma } from '../../database/sql';
import { RETAINED_FACE, RETAINED_IMAGE, SHOWN_FACE } from '../collections/retained.store';
import { clipBox, type BoundingBox } from '../../domain/geometry';
import type { TenantScope } from '../../domain/tenant-scope';
import type { FaceInImage, ImageMime, StoredImage } from '../../records/image';

/** The clean-up job removes an image that lost a face and has none left that is in use: it is out of sight before that. */
export const VISIBLE_IMAGE = Prisma.sql`
  EXISTS (SELECT 1 FROM collections c WHERE c.id = i.collection_id AND c.state = 'ACTIVE' AND ${RETAINED_IMAGE})
  AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = i.tenant_id AND t.status = 'ACTIVE')
  AND (NOT EXISTS (SELECT 1 FROM faces gone WHERE gone.image_id = i.id AND gone.state = 'DELETED')
       OR EXISTS (SELECT 1 FROM faces live WHERE live.image_id = i.id AND live.state IN ('DETECTED', 'INDEXED')))`;

/**
 * What the signed addresses of images may show. An image or a face that is deleted, or whose collection or tenant is
 * being deleted, is not there from that commit on, whatever the ImageStore still holds.
 */
export class ImageAccessStore {
  constructor(private readonly database: Database) {}

  async findImage(scope: TenantScope, imageId: string): Promise<StoredImage | null> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<StoredImage[]>`
        SELECT i.id, i.mime FROM images i WHERE i.id = ${imageId}::uuid AND ${VISIBLE_IMAGE}`,
    );
    return rows[0] ?? null;
  }

  async findFaceCrop(scope: TenantScope, faceId: string): Promise<FaceInImage | null> {
    const rows = await this.database.read(
      scope,
      (tx) => tx.$queryRaw<{ id: string; mime: ImageMime; bounding_box: BoundingBox }[]>`
        SELECT i.id, i.mime, f.bounding_box FROM faces f JOIN images i ON i.id = f.image_id
         WHERE f.id = ${faceId}::uuid AND ${SHOWN_FACE} AND ${VISIBLE_IMAGE}
           AND EXISTS (SELECT 1 FROM collections c WHERE c.id = f.collection_id AND ${RETAINED_FACE})`,
    );
    const row = rows[0];
    return row ? { image: { id: row.id, mime: row.mime }, boundingBox: clipBox(row.bounding_box) } : null;
  }
}
