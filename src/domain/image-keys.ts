import { isId } from './ids';
import type { TenantScope } from './tenant-scope';

/** What lies under a key: an original that was sent, the image that is kept of one, or what was sent past the server and not looked at yet. */
export type ImageKind = 'uploads' | 'images' | 'quarantine';

const KINDS: ReadonlySet<string> = new Set<ImageKind>(['uploads', 'images', 'quarantine']);

export interface ImageKeyParts {
  readonly kind: ImageKind;
  readonly tenantId: string;
  readonly id: string;
}

/** Key of a stored image. Its id is that of the item it came of, so that a second run overwrites what the first one wrote. */
export function imageKey(scope: Pick<TenantScope, 'tenantId'>, imageId: string): string {
  return `images/${scope.tenantId}/${imageId}`;
}

/** Key of an upload's bytes. */
export function uploadKey(scope: Pick<TenantScope, 'tenantId'>, uploadId: string): string {
  return `uploads/${scope.tenantId}/${uploadId}`;
}

/** Key of what was sent directly to the store, until it is taken over. */
export function quarantineKey(scope: Pick<TenantScope, 'tenantId'>, uploadId: string): string {
  return `quarantine/${scope.tenantId}/${uploadId}`;
}

/** @throws Error for anything but two ids under a known kind: a mistake of ours, never a file or an object. */
export function partsOfImageKey(key: string): ImageKeyParts {
  const [kind = '', tenantId = '', id = '', ...rest] = key.split('/');
  if (!isKind(kind) || !isId(tenantId) || !isId(id) || rest.length > 0) throw new Error('Not a key of the image store');
  return { kind, tenantId, id };
}

/** @param prefix `<kind>/<tenantId>`. @throws Error for anything else. */
export function partsOfImagePrefix(prefix: string): Omit<ImageKeyParts, 'id'> {
  const [kind = '', tenantId = '', ...rest] = prefix.split('/');
  if (!isKind(kind) || !isId(tenantId) || rest.length > 0) throw new Error('Not a prefix of the image store');
  return { kind, tenantId };
}

const isKind = (text: string): text is ImageKind => KINDS.has(text);
