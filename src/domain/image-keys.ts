import type { TenantScope } from './tenant-scope';

/** Key of a stored image. Its id is that of the item it came of, so that a second run overwrites what the first one wrote. */
export function imageKey(scope: Pick<TenantScope, 'tenantId'>, imageId: string): string {
  return `images/${scope.tenantId}/${imageId}`;
}

/** Key of an upload's bytes. */
export function uploadKey(scope: TenantScope, uploadId: string): string {
  return `uploads/${scope.tenantId}/${uploadId}`;
}
