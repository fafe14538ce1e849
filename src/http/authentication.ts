import type { Credentials } from '../database/system';
import { equalInConstantTime, hashSecret, looksLikeOperatorKey, parseKey, type ParsedKey } from '../domain/api-key';
import { DomainError } from '../domain/errors';
import type { Honoured } from '../domain/honoured';
import { makeTenantScope } from '../domain/tenant-scope-factory';
import type { OperatorPrincipal, Principal, TenantPrincipal } from '../graphql/principal';
import type { Clock } from '../ports/clock';
import type { ApiKeyCredential, RenewedHash } from '../records/api-key';

/** A revoked key is refused at the latest this long after; the promise is one second. */
const CACHE_MS = 500;
const MAX_CACHED = 10_000;

export interface AuthenticatorDependencies {
  readonly credentials: Pick<Credentials, 'findCredential' | 'findLapsed' | 'recordUse' | 'renewHashes'>;
  /** Mixed into every stored secret's hash. One that was hashed with an older one is hashed anew when its key is used. */
  readonly peppers: Honoured;
  /** `lk_operator_...`; null switches the operator's operations off. */
  readonly operatorKey: string | null;
  /** One that cannot be set back (`steadyClock`): an expired key, and one that is remembered as good, must not revive. */
  readonly clock: Clock;
}

/** A look-up, under way or done. */
interface Cached {
  readonly credential: Promise<ApiKeyCredential | null>;
  readonly untilMs: number;
}

function unauthenticated(message: string): DomainError {
  return new DomainError('UNAUTHENTICATED', message);
}

/** Turns the text of a key into the principal it stands for. */
export class Authenticator {
  private readonly cache = new Map<string, Cached>();
  private uses = new Map<string, Date>();
  private renewed = new Map<string, RenewedHash>();

  constructor(private readonly deps: AuthenticatorDependencies) {}

  /**
   * @param authorization `Bearer <key>`, or the bare key (what people paste into connectionParams).
   * @throws DomainError UNAUTHENTICATED; FORBIDDEN when the tenant is suspended.
   */
  async authenticate(authorization: string | undefined): Promise<Principal> {
    const text = authorization?.trim().replace(/^Bearer(\s+|$)/i, '');
    if (!text) throw unauthenticated('Send an API key: "Authorization: Bearer <key>".');
    if (looksLikeOperatorKey(text)) return this.operator(text);
    const parsed = parseKey(text);
    if (!parsed) {
      throw unauthenticated('This is not an API key: it is cut short or mistyped. Copy the whole key, from "lk_" on.');
    }
    return this.tenant(parsed);
  }

  /** Of the keys with these ids those that hold no longer, in one look-up. @throws DomainError, what the database throws. */
  findLapsed(apiKeyIds: readonly string[]): Promise<string[]> {
    return this.deps.credentials.findLapsed(apiKeyIds, this.deps.clock.now());
  }

  /**
   * Forgets what is cached of a key, so that a revocation made in this process holds at once: nobody gets the answer of a
   * look-up that had begun before.
   */
  forget(keyId: string): void {
    this.cache.delete(keyId);
  }

  /** Writes the last uses gathered since the last call, and the hashes made anew. Called by a timer, and once more at shutdown. */
  async flushUses(): Promise<void> {
    if (this.renewed.size > 0) {
      const renewed = this.renewed;
      this.renewed = new Map();
      try {
        await this.deps.credentials.renewHashes([...renewed.values()]);
      } catch (error) {
        this.renewed = new Map([...renewed, ...this.renewed]);
        throw error;
      }
    }
    if (this.uses.size === 0) return;
    const uses = this.uses;
    this.uses = new Map();
    await this.deps.credentials.recordUse(uses);
  }

  /**
   * The principal of a key whose secret was shown before, at a login: judged anew, as if it were shown now.
   * @param keyId its public part.
   * @throws DomainError UNAUTHENTICATED; FORBIDDEN when the tenant is suspended.
   */
  async ofKnownKey(keyId: string): Promise<TenantPrincipal> {
    return this.principalOf(await this.credentialOf(keyId), true);
  }

  /** The operator, if the key that was shown at a login is still theirs. @throws DomainError UNAUTHENTICATED. */
  ofKnownOperator(keyHash: Uint8Array): OperatorPrincipal {
    const { operatorKey, peppers } = this.deps;
    const matches = peppers.map((pepper) => equalInConstantTime(keyHash, hashSecret(pepper, operatorKey ?? '')));
    if (operatorKey !== null && matches.includes(true)) return { kind: 'operator' };
    throw unauthenticated('The key of this login is no longer that of the operator. Sign in again.');
  }

  /** What a login keeps of the operator's key. @throws DomainError UNAUTHENTICATED when there is no such key. */
  operatorKeyHash(): Uint8Array {
    const { operatorKey, peppers } = this.deps;
    if (operatorKey === null) throw unauthenticated('This server has no operator key.');
    return hashSecret(peppers[0], operatorKey);
  }

  private operator(text: string): OperatorPrincipal {
    if (this.deps.operatorKey !== null && equalInConstantTime(text, this.deps.operatorKey)) return { kind: 'operator' };
    throw unauthenticated('This API key is unknown or was revoked. Ask for a new one.');
  }

  private async tenant(key: ParsedKey): Promise<TenantPrincipal> {
    const credential = await this.credentialOf(key.keyId);
    // The hash is made and compared for an unknown id too, so that the time of a refusal tells nothing.
    const stored = credential?.secretHash ?? new Uint8Array(32);
    const hashes = this.deps.peppers.map((pepper) => hashSecret(pepper, key.secret));
    const matches = hashes.map((hash) => equalInConstantTime(hash, stored));
    const principal = this.principalOf(credential, matches.includes(true));
    if (!matches[0])
      this.renewed.set(principal.apiKeyId, { id: principal.apiKeyId, before: stored, after: hashes[0]! });
    return principal;
  }

  private principalOf(credential: ApiKeyCredential | null, matches: boolean): TenantPrincipal {
    const now = this.deps.clock.now();
    if (!credential || !matches || credential.revokedAt || credential.tenantStatus === 'DELETING') {
      throw unauthenticated('This API key is unknown or was revoked. Ask for a new one.');
    }
    if (credential.expiresAt && credential.expiresAt <= now) {
      throw unauthenticated('This API key has expired. Make a new one, or ask whoever gave it to you.');
    }
    if (credential.tenantStatus === 'SUSPENDED') {
      throw new DomainError('FORBIDDEN', 'This tenant is suspended. Ask the operator of this server to resume it.');
    }
    this.uses.set(credential.id, now);
    return {
      kind: 'tenant',
      scope: makeTenantScope(credential.tenantId, credential.collectionIds),
      apiKeyId: credential.id,
      keyName: credential.name,
      keyExpiresAt: credential.expiresAt,
      scopes: new Set(credential.scopes),
      allowedNetworks: credential.allowedNetworks,
      tenantName: credential.tenantName,
      limits: credential.tenantLimits,
    };
  }

  private credentialOf(keyId: string): Promise<ApiKeyCredential | null> {
    const nowMs = this.deps.clock.now().getTime();
    const known = this.cache.get(keyId);
    if (known && known.untilMs > nowMs) return known.credential;
    if (this.cache.size >= MAX_CACHED) this.cache.clear();
    const credential = this.lookUp(keyId);
    // Counted from before the look-up: an answer may not count as fresh for the time it took to come.
    const looked = { credential, untilMs: nowMs + CACHE_MS };
    this.cache.set(keyId, looked);
    credential.catch(() => {
      if (this.cache.get(keyId) === looked) this.cache.delete(keyId);
    });
    return credential;
  }

  private async lookUp(keyId: string): Promise<ApiKeyCredential | null> {
    try {
      return await this.deps.credentials.findCredential(keyId);
    } catch (cause) {
      if (cause instanceof DomainError) throw cause;
      throw new DomainError('DEPENDENCY_UNAVAILABLE', 'Keys cannot be checked just now. Try again in a moment.', {
        cause,
      });
    }
  }
}
