import { isId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { ImageFilter, ImageOrderField, ImageRecord } from '../../records/image';
import type { PageRequest, Placed } from '../../records/page';
import type { EnrolledImageStore } from './image.store';

/** Whether what the list is asked for can be there. */
function hasIds(collectionId: string, { personId }: ImageFilter): boolean {
  return isId(collectionId) && (personId === undefined || isId(personId));
}

/** Images that were accepted with the faces found in them. */
export class ImageService {
  constructor(private readonly images: EnrolledImageStore) {}

  async find(scope: TenantScope, id: string): Promise<ImageRecord | null> {
    return isId(id) ? this.images.find(scope, id) : null;
  }

  async list(
    scope: TenantScope,
    collectionId: string,
    filter: ImageFilter,
    page: PageRequest<ImageOrderField>,
  ): Promise<Placed<ImageRecord>[]> {
    return hasIds(collectionId, filter) ? this.images.list(scope, collectionId, filter, page) : [];
  }

  /** At most `atMost`. */
  async count(scope: TenantScope, collectionId: string, filter: ImageFilter, atMost: number): Promise<number> {
    return hasIds(collectionId, filter) ? this.images.count(scope, collectionId, filter, atMost) : 0;
  }
}
