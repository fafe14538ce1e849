import { issueKey } from '../../domain/api-key';
import { badInput, DomainError, notFound } from '../../domain/errors';
import type { Honoured } from '../../domain/honoured';
import { isId } from '../../domain/ids';
import { assertMayEnd, assertMayMake, endOfRotation, MAX_LIVE_IN_ROTATION } from '../../domain/key-rights';
import type { ApiKeyScope } from '../../domain/scopes';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { ApiKeyRecord } from '../../records/api-key';
import type { PageRequest } from '../../records/page';
import type { ApiKeyChange, ApiKeyStore } from './api-key.store';

export interface ApiKeyServiceDependencies {
  readonly apiKeys: ApiKeyStore;
  readonly peppers: Honoured;
  /** The one that keys are checked by. */
  readonly clock: Clock;
  /** Makes a revocation hold at once in this process: drops what is cached, closes the key's sockets. */
  readonly onRevoked: (key: ApiKeyRecord) => void;
}

export interface ApiKeyCommand {
  readonly name: string;
  readonly scopes: readonly ApiKeyScope[];
  readonly expiresAt: Date | null;
  /** Undefined: as the key that makes it. */
  readonly isTest?: boolean;
  /** Those that it is bound to. Undefined: as the key that makes it. */
  readonly collectionIds?: readonly string[];
  /** CIDRs that it works from. Undefined: as the key that makes it. */
  readonly allowedNetworks?: readonly string[];
}

/** The id of the key that makes, rotates or revokes another; null: the operator, who may do all of it. */
export type KeyManager = string | null;

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
   * @throws DomainError FORBIDDEN for a key that could do more, or for longer, than the one that makes it; BAD_USER_INPUT for
   * an end that has passed; NOT_FOUND for a collection that is not there; UNAUTHENTICATED when the key that makes it has just ended.
   */
  async create(scope: TenantScope, by: KeyManager, command: ApiKeyCommand): Promise<IssuedKey> {
    const { name, expiresAt } = command;
    if (expiresAt && expiresAt <= this.deps.clock.now()) {
      throw badInput({ path: 'input.expiresAt', rule: 'must lie in the future' });
    }
    const scopes = [...new Set(command.scopes)];
    return this.deps.apiKeys.change(scope, async (keys) => {
      const maker = await this.managerOf(keys, by);
      const isTest = command.isTest ?? maker?.isTest ?? false;
      const bounds = command.collectionIds ?? maker?.collectionIds ?? null;
      const allowedNetworks = command.allowedNetworks ?? maker?.allowedNetworks ?? null;
      const rights = { scopes, expiresAt, isTest, collectionIds: bounds && [...new Set(bounds)], allowedNetworks };
      if (maker) assertMayMake(maker, rights);
      if (command.collectionIds) await keys.assertCollections(rights.collectionIds ?? []);
      const { text, ...secret } = issueKey(this.deps.peppers[0], rights.isTest ? 'test' : 'live');
      return { apiKey: await keys.create({ ...secret, ...rights, name }), secret: text };
    });
  }

  /**
   * A new key with the name, scopes and end of the old one, which works on for `graceSeconds`.
   * @throws DomainError NOT_FOUND; CONFLICT when the old key has ended, or two others of its rotation would work on;
   * FORBIDDEN and UNAUTHENTICATED as `create`.
   */
  async rotate(scope: TenantScope, by: KeyManager, id: string, graceSeconds: number): Promise<IssuedKey> {
    if (!isId(id)) throw notFound('API key');
    const { old, ...issued } = await this.deps.apiKeys.change(scope, async (keys) => {
      const now = this.deps.clock.now();
      const [old, maker] = [await keys.get(id), await this.managerOf(keys, by)];
      const rotation = await keys.rotationOf(id);
      const { name, scopes, isTest, collectionIds, allowedNetworks } = old;
      const rights = { scopes, isTest, collectionIds, allowedNetworks, expiresAt: endOfRotation(rotation) };
      if (maker) assertMayMake(maker, rights);
      if (!isLive(old, now)) {
        throw new DomainError('CONFLICT', 'This key has ended already, so there is nothing to rotate. Make a new key.');
      }
      assertRoomForOneMore(rotation.filter((key) => isLive(key, now) && (key.id !== id || graceSeconds > 0)));
      const graceEnd = new Date(now.getTime() + graceSeconds * 1000);
      if (!old.expiresAt || old.expiresAt > graceEnd) await keys.update(id, { expiresAt: graceEnd });
      const { text, ...secret } = issueKey(this.deps.peppers[0], isTest ? 'test' : 'live');
      const apiKey = await keys.create({ ...secret, ...rights, name, predecessorId: id });
      return { apiKey, secret: text, old };
    });
    if (graceSeconds === 0) this.deps.onRevoked(old);
    return issued;
  }

  /**
   * Ends a key at once; again on the same key: no change. A key may always end itself.
   * @throws DomainError NOT_FOUND; FORBIDDEN for a key that may do what the caller's may not; UNAUTHENTICATED as `create`.
   */
  async revoke(scope: TenantScope, by: KeyManager, id: string): Promise<ApiKeyRecord> {
    if (!isId(id)) throw notFound('API key');
    const revoked = await this.deps.apiKeys.change(scope, async (keys) => {
      const [key, ender] = [await keys.get(id), await this.managerOf(keys, by)];
      if (ender) assertMayEnd(ender, key);
      return key.revokedAt ? key : keys.update(id, { revokedAt: this.deps.clock.now() });
    });
    this.deps.onRevoked(revoked);
    return revoked;
  }

  /** As the key stands now: since the request was let in it may have been revoked, or have got an end by a rotation. */
  private async managerOf(keys: ApiKeyChange, by: KeyManager): Promise<ApiKeyRecord | null> {
    if (by === null) return null;
    const manager = await keys.get(by);
    if (isLive(manager, this.deps.clock.now())) return manager;
    throw new DomainError('UNAUTHENTICATED', 'This API key has just been revoked or has expired. Ask for a new one.');
  }
}

function isLive({ revokedAt, expiresAt }: ApiKeyRecord, now: Date): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now);
}

/** @param staying keys of a rotation that will still work beside a new one. @throws DomainError CONFLICT. */
function assertRoomForOneMore(staying: readonly ApiKeyRecord[]): void {
  if (staying.length < MAX_LIVE_IN_ROTATION) return;
  throw new DomainError(
    'CONFLICT',
    `Two keys of this rotation work already, ${staying.map(({ keyId }) => keyId).join(' and ')}: revoke the one that is no longer used, or rotate with graceSeconds: 0.`,
  );
}
