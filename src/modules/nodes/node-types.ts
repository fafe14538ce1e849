import type { ApiKeyScope } from '../../domain/scopes';
import type { TenantScope } from '../../domain/tenant-scope';

/** The types of the schema that a tenant finds by `node`. The operator finds tenants. */
export type TenantNodeType = 'Collection' | 'Person' | 'Face' | 'Image' | 'Job' | 'ApiKey';

/** How one type is read. */
export interface NodeReader {
  /** What a key needs to see it. */
  readonly scope: ApiKeyScope;
  /** As the type's own query finds it; null where it is not to be seen. */
  find(scope: TenantScope, id: string): Promise<object | null>;
}

export type NodeReaders = Readonly<Record<TenantNodeType, NodeReader>>;
