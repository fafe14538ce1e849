import { issueKey } from '../../domain/api-key';
import { badInput, DomainError, notFound } from '../../domain/errors';
import { isId } from '../../domain/ids';
import { scopesBeyond, type ApiKeyScope } from '../../domain/scopes';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { ApiKeyRecord } from '../../records/api-key';
import type { PageRequest } from '../../records/page';
import type { ApiKeyStore } from './api-key.store';

export interface ApiKeyServiceDependencies {
  readonly apiKeys: ApiKeyStore;
  readonly pepper: string;
  readonly clock: Clock;
  /** Makes a revocation hold at once in this process: drops what is cached, closes the key's sockets. */
  readonly onRevoked: (key: ApiKeyRecord) => void;
}

export interface ApiKeyCommand {
  readonly name: string;
  readonly scopes: readonly ApiKeyScope[];
  readonly expiresAt: Date | null;
}

/** A key and, this once, its text. */
export interface IssuedKey {
  readonly apiKey: ApiKeyRecord;
  readonly secret: string;
}

export class ApiKeyService {
  constructor(private readonly deps: ApiKeyServiceDependencies) {}

  list(scope: TenantScope, page: PageRequest): Promise<ApiKeyRecord[]> {
    return this.deps.apiKeys.list(scope, page);
  }

  /** In the order of the ids; null where there is none. */
  findMany(scope: TenantScope, ids: readonly string[]): Promise<(ApiKeyRecord | null)[]> {
    return this.deps.apiKeys.findMany(scope, ids);
  }

  /** The newest key that took the place of each, in the order of the ids; null where none did. */
  findSuccessors(scope: TenantScope, ids: readonly string[]): Promise<(ApiKeyRecord | null)[]> {
    return this.deps.apiKeys.findSuccessors(scope, ids);
  }

  /** At most `atMost`. */
  count(scope: TenantScope, atMost: number): Promise<number> {
    return this.deps.apiKeys.count(scope, atMost);
  }

  /**
   * @param held the caller's scopes; null for the operator, who may give any.
   * @throws DomainError FORBIDDEN for more scopes than the caller has; BAD_USER_INPUT for an end that has passed.
   */
  async create(scope: TenantScope, held: ReadonlySet<ApiKeyScope> | null, command: ApiKeyCommand): Promise<IssuedKey> {
    this.assertGrantable(command.scopes, held);
    if (command.expiresAt && command.expiresAt <= this.deps.clock.now()) {
      throw badInput({ path: 'input.expiresAt', rule: 'must lie in the future' });
    }
    const { text, ...secret } = issueKey(this.deps.pepper, 'live');
    const { name, expiresAt } = command;
    const scopes = [...new Set(command.scopes)];
    const apiKey = await this.deps.apiKeys.create(scope, { ...secret, name, scopes, expiresAt, isTest: false });
    return { apiKey, secret: text };
  }

  /**
   * A new key with the name and scopes of the old one, which works on for `graceSeconds`.
   * @throws DomainError NOT_FOUND, CONFLICT (the old key has ended), FORBIDDEN.
   */
  async rotate(
    scope: TenantScope,
    held: ReadonlySet<ApiKeyScope> | null,
    id: string,
    graceSeconds: number,
  ): Promise<IssuedKey> {
    const old = isId(id) ? await this.deps.apiKeys.find(scope, id) : null;
    if (!old) throw notFound('API key');
    this.assertGrantable(old.scopes, held);
    const { text, ...secret } = issueKey(this.deps.pepper, old.isTest ? 'test' : 'live');
    const { name, scopes, expiresAt, isTest } = old;
    const oldExpiresAt = new Date(this.deps.clock.now().getTime() + graceSeconds * 1000);
    const replacement = { ...secret, name, scopes, expiresAt, isTest };
    const apiKey = await this.deps.apiKeys.rotate(scope, id, replacement, oldExpiresAt);
    if (graceSeconds === 0) this.deps.onRevoked(old);
    return { apiKey, secret: text };
  }

  /** @throws DomainError NOT_FOUND. */
  async revoke(scope: TenantScope, id: string): Promise<ApiKeyRecord> {
    if (!isId(id)) throw notFound('API key');
    const revoked = await this.deps.apiKeys.revoke(scope, id, this.deps.clock.now());
    this.deps.onRevoked(revoked);
    return revoked;
  }

  private assertGrantable(wanted: readonly ApiKeyScope[], held: ReadonlySet<ApiKeyScope> | null): void {
    const beyond = held === null ? [] : scopesBeyond(wanted, held);
    if (beyond.length > 0) {
      throw new DomainError(
        'FORBIDDEN',
        `A key cannot give more than it has: yours lacks ${beyond.join(', ')}. Use a key that has them.`,
      );
    }
  }
}
