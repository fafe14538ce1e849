import { isId } from '../../domain/ids';
import type { ApiKeyScope } from '../../domain/scopes';
import type { TenantScope } from '../../domain/tenant-scope';
import type { NodeReaders, TenantNodeType } from './node-types';
import type { NodeStore } from './node.store';

export interface NodeServiceDependencies {
  readonly nodes: NodeStore;
  readonly readers: NodeReaders;
  readonly findTenant: (id: string) => Promise<object | null>;
}

/** Finds anything by its id. */
export class NodeService {
  constructor(private readonly deps: NodeServiceDependencies) {}

  /** What the tenant has under this id and a key with these scopes may read; null otherwise. */
  async find(
    scope: TenantScope,
    scopes: ReadonlySet<ApiKeyScope>,
    id: string,
  ): Promise<{ readonly type: TenantNodeType; readonly node: object } | null> {
    const type = isId(id) ? await this.deps.nodes.findType(scope, id) : null;
    if (!type || !scopes.has(this.deps.readers[type].scope)) return null;
    const node = await this.deps.readers[type].find(scope, id);
    return node && { type, node };
  }

  /** For the operator. */
  findTenant(id: string): Promise<object | null> {
    return this.deps.findTenant(id);
  }
}
