import type { Tenants } from '../../database/system';
import { issueKey } from '../../domain/api-key';
import { DomainError, notFound } from '../../domain/errors';
import type { Honoured } from '../../domain/honoured';
import { isId } from '../../domain/ids';
import { API_KEY_SCOPES } from '../../domain/scopes';
import type { TenantLimits } from '../../domain/tenant';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { ApiKeyRecord } from '../../records/api-key';
import type { PageRequest } from '../../records/page';
import type { TenantRecord } from '../../records/tenant';

export interface TenantServiceDependencies {
  readonly tenants: Pick<Tenants, 'beginDeletion' | 'count' | 'create' | 'find' | 'list' | 'update'>;
  readonly peppers: Honoured;
  readonly clock: Clock;
  /** Begins the removal of all that the tenant holds; called once its keys no longer work, again when asked again. */
  readonly onTenantDeleted: (scope: TenantScope) => Promise<void>;
}

/** What the operator does. Sees tenants, none of their data. */
export class TenantService {
  constructor(private readonly deps: TenantServiceDependencies) {}

  /** A tenant with its first key, which has every scope. */
  async create(
    name: string,
    limits: Partial<TenantLimits> = {},
  ): Promise<{ tenant: TenantRecord; apiKey: ApiKeyRecord; secret: string }> {
    const { text, ...secret } = issueKey(this.deps.peppers[0], 'live');
    const firstKey = { ...secret, name: 'First key', scopes: API_KEY_SCOPES, isTest: false, expiresAt: null };
    const made = await this.deps.tenants.create({ name, limits }, firstKey);
    return { ...made, secret: text };
  }

  async find(id: string): Promise<TenantRecord | null> {
    return isId(id) ? this.deps.tenants.find(id) : null;
  }

  list(page: PageRequest): Promise<TenantRecord[]> {
    return this.deps.tenants.list(page);
  }

  /** At most `atMost`. */
  count(atMost: number): Promise<number> {
    return this.deps.tenants.count(atMost);
  }

  /** @param changes limits replace single ones and keep the rest. @throws DomainError NOT_FOUND, CONFLICT. */
  async update(
    id: string,
    changes: {
      name?: string;
      limits?: Partial<TenantLimits>;
      weight?: number;
      secondKeyConfirms?: boolean;
      status?: 'ACTIVE' | 'SUSPENDED';
    },
  ): Promise<TenantRecord> {
    const tenant = await this.find(id);
    if (!tenant) throw notFound('tenant');
    const { limits, ...plain } = changes;
    const updated = await this.deps.tenants.update(id, {
      ...plain,
      ...(limits ? { limits: { ...tenant.limits, ...limits } } : {}),
    });
    if (!updated) throw notFound('tenant');
    if (updated === 'DELETING') {
      throw new DomainError('CONFLICT', 'This tenant is being deleted and can no longer be changed.');
    }
    return updated;
  }

  /** @throws DomainError NOT_FOUND. */
  async delete(id: string): Promise<TenantRecord> {
    if (!isId(id)) throw notFound('tenant');
    const deleted = await this.deps.tenants.beginDeletion(id, this.deps.clock.now());
    if (!deleted) throw notFound('tenant');
    await this.deps.onTenantDeleted(deleted.scope);
    return deleted.tenant;
  }
}
