import type { FaceInImage, StoredImage } from '../records/image';
import type { TenantScope } from '../domain/tenant-scope';

/**
 * What the signed addresses of pictures may show. A picture or a face that is deleted, or whose collection or tenant is
 * being deleted, is not there from that commit on, whatever the ImageStore still holds.
 */
export interface ImageAccessRepository {
  findImage(scope: TenantScope, imageId: string): Promise<StoredImage | null>;
  findFaceCrop(scope: TenantScope, faceId: string): Promise<FaceInImage | null>;
}
