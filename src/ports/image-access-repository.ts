import type { BoundingBox } from '../domain/geometry';
import type { TenantScope } from '../domain/tenant-scope';
import type { ImageMime } from './face-analyzer';

/** A stored picture: its bytes are in the ImageStore under `images/<tenantId>/<id>`. */
export interface StoredImage {
  readonly id: string;
  readonly mime: ImageMime;
}

/** Where one face is in its picture. */
export interface FaceInImage {
  readonly image: StoredImage;
  readonly boundingBox: BoundingBox;
}

/**
 * What the signed addresses of pictures may show. A picture or a face that is deleted, or whose collection or tenant is
 * being deleted, is not there from that commit on, whatever the ImageStore still holds.
 */
export interface ImageAccessRepository {
  findImage(scope: TenantScope, imageId: string): Promise<StoredImage | null>;
  findFaceCrop(scope: TenantScope, faceId: string): Promise<FaceInImage | null>;
}
