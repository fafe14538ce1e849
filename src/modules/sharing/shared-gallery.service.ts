import { badInput, notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import type { TenantScope } from '../../domain/tenant-scope';
import type { PageRequest } from '../../records/page';
import type {
  GalleryChanges,
  GalleryRecord,
  GrantedGallery,
  GrantRecord,
  NewGallery,
} from '../../records/shared-gallery';
import type { GrantedGalleryStore } from './granted-gallery.store';
import type { SharedGalleryStore } from './shared-gallery.store';

/** Galleries that a tenant publishes, and those that it was granted. */
export class SharedGalleryService {
  constructor(
    private readonly galleries: SharedGalleryStore,
    private readonly granted: GrantedGalleryStore,
  ) {}

  /** @throws DomainError NOT_FOUND (the collection), CONFLICT when it is published already. */
  publish(scope: TenantScope, gallery: NewGallery): Promise<GalleryRecord> {
    if (!isId(gallery.collectionId)) throw notFound('collection');
    return this.galleries.publish(scope, gallery);
  }

  /** @throws DomainError NOT_FOUND. */
  update(scope: TenantScope, id: string, changes: GalleryChanges): Promise<GalleryRecord> {
    return this.galleries.update(scope, assertGallery(id), changes);
  }

  /** Every grant of it ends. @throws DomainError NOT_FOUND. */
  unpublish(scope: TenantScope, id: string): Promise<void> {
    return this.galleries.unpublish(scope, assertGallery(id));
  }

  /** @throws DomainError NOT_FOUND (the gallery, the other tenant), CONFLICT, QUOTA_EXCEEDED, BAD_USER_INPUT (itself). */
  grant(scope: TenantScope, galleryId: string, granteeTenantId: string, label: string): Promise<GrantRecord> {
    if (granteeTenantId === scope.tenantId) {
      throw badInput({
        path: 'input.granteeTenantId',
        rule: 'must be another tenant: your own collections you search anyway',
      });
    }
    if (!isId(granteeTenantId)) throw notFound('tenant to grant the gallery to');
    return this.galleries.grant(scope, assertGallery(galleryId), granteeTenantId, label);
  }

  /** By either side. @throws DomainError NOT_FOUND. */
  endGrant(scope: TenantScope, id: string): Promise<void> {
    if (!isId(id)) throw notFound('grant of a gallery');
    return this.galleries.endGrant(scope, id);
  }

  list(scope: TenantScope, page: PageRequest): Promise<GalleryRecord[]> {
    return this.galleries.list(scope, page);
  }

  /** At most `atMost`. */
  count(scope: TenantScope, atMost: number): Promise<number> {
    return this.galleries.count(scope, atMost);
  }

  /** Ended ones, too. */
  listGrants(scope: TenantScope, galleryId: string, page: PageRequest): Promise<GrantRecord[]> {
    return isId(galleryId) ? this.galleries.listGrants(scope, galleryId, page) : Promise.resolve([]);
  }

  /** At most `atMost`. */
  async countGrants(scope: TenantScope, galleryId: string, atMost: number): Promise<number> {
    return isId(galleryId) ? this.galleries.countGrants(scope, galleryId, atMost) : 0;
  }

  /** What the tenant was granted, as far as it holds. */
  listGranted(scope: TenantScope, page: PageRequest): Promise<GrantedGallery[]> {
    return this.granted.list(scope, page);
  }

  /** At most `atMost`. */
  countGranted(scope: TenantScope, atMost: number): Promise<number> {
    return this.granted.count(scope, atMost);
  }
}

function assertGallery(id: string): string {
  if (!isId(id)) throw notFound('gallery');
  return id;
}
