import { createHmac, randomBytes } from 'node:crypto';
import type { Logins } from '../database/system';
import { DomainError } from '../domain/errors';
import type { Honoured } from '../domain/honoured';
import type { Principal } from '../graphql/principal';
import type { Clock } from '../ports/clock';
import type { LoginOwner, LoginRecord } from '../records/login';
import type { Authenticator } from './authentication';

/** How long a session lasts at most, and how long it lasts unused. */
const SESSION_MS = 12 * 3_600_000;
const IDLE_MS = 2 * 3_600_000;
const CODE_MS = 60_000;
/** That a session is in use is written this often at most. */
const TOUCH_MS = 60_000;
/** An ended session is refused at the latest this long after, as a revoked key is. */
const CACHE_MS = 500;
const MAX_CACHED = 10_000;

export interface LoginSessionsDependencies {
  readonly logins: Pick<Logins, 'create' | 'find' | 'takeCode' | 'keyIdOf' | 'touch' | 'end'>;
  readonly authenticator: Pick<Authenticator, 'ofKnownKey' | 'ofKnownOperator' | 'operatorKeyHash'>;
  /** Mixed into the stored hash of every token. */
  readonly peppers: Honoured;
  /** One that cannot be set back, as for keys. */
  readonly clock: Clock;
}

/** What a login is told, once: only a hash of it is kept. */
export interface OpenedLogin {
  readonly token: string;
  readonly expiresAt: Date;
}

interface Cached {
  readonly login: Promise<LoginRecord | null>;
  readonly untilMs: number;
}

function ended(): DomainError {
  return new DomainError('UNAUTHENTICATED', 'You are signed out: the session has ended. Sign in again.');
}

/**
 * Sessions of people who signed in with a key. A session is an opaque random token that stands for its key as that is now: it is
 * never stronger, and ends with it, with a sign-out, when it was not used for two hours, and after twelve.
 */
export class LoginSessions {
  private readonly cache = new Map<string, Cached>();
  private readonly listeners: ((token: string) => void)[] = [];

  constructor(private readonly deps: LoginSessionsDependencies) {}

  /** A new session for a key that has just been shown. */
  open(principal: Principal): Promise<OpenedLogin> {
    return this.create(principal, SESSION_MS, false);
  }

  /** A code that is good for one session of this key, within a minute. */
  issueCode(principal: Principal): Promise<OpenedLogin> {
    return this.create(principal, CODE_MS, true);
  }

  /** @throws DomainError UNAUTHENTICATED when the code is unknown, was used or is too old, or its key does not hold. */
  async openByCode(code: string): Promise<{ readonly principal: Principal; readonly login: OpenedLogin }> {
    const now = this.deps.clock.now();
    let owner: LoginOwner | null = null;
    for (const hash of this.hashesOf(code)) owner ??= await this.deps.logins.takeCode(hash, now);
    if (!owner) {
      throw new DomainError(
        'UNAUTHENTICATED',
        'This address has been used or is older than a minute: it signs in once. Sign in with the key.',
      );
    }
    const principal = await this.principalOf(owner);
    return { principal, login: await this.open(principal) };
  }

  /**
   * Whom a session stands for.
   * @param use whether the person does something, which keeps the session from ending unused.
   * @throws DomainError UNAUTHENTICATED when it has ended; what its key is refused with.
   */
  async identify(token: string, { use }: { readonly use: boolean }): Promise<Principal> {
    const login = await this.lookUp(token);
    const now = this.deps.clock.now();
    const idleMs = login ? now.getTime() - login.lastSeenAt.getTime() : 0;
    if (!login || login.expiresAt <= now || idleMs >= IDLE_MS) throw ended();
    if (use && idleMs >= TOUCH_MS) {
      this.cache.delete(token);
      for (const hash of this.hashesOf(token)) await this.deps.logins.touch(hash, now);
    }
    const { owner } = login;
    return owner.kind === 'tenant'
      ? this.deps.authenticator.ofKnownKey(owner.keyId)
      : this.deps.authenticator.ofKnownOperator(owner.operatorKeyHash);
  }

  /** Ends a session; one that has ended already: no change. */
  async end(token: string): Promise<void> {
    for (const hash of this.hashesOf(token)) await this.deps.logins.end(hash);
    this.cache.delete(token);
    for (const listener of this.listeners) listener(token);
  }

  /** Calls `listener` with the token of each session that is ended in this process from now on. It must not throw. */
  onEnded(listener: (token: string) => void): void {
    this.listeners.push(listener);
  }

  private async create(principal: Principal, lastsMs: number, isCode: boolean): Promise<OpenedLogin> {
    const now = this.deps.clock.now();
    const lasts = new Date(now.getTime() + lastsMs);
    const keyEnds = principal.kind === 'tenant' ? principal.keyExpiresAt : null;
    const expiresAt = keyEnds && keyEnds < lasts ? keyEnds : lasts;
    const token = randomBytes(32).toString('base64url');
    const owner: LoginOwner =
      principal.kind === 'tenant'
        ? { kind: 'tenant', tenantId: principal.scope.tenantId, apiKeyId: principal.apiKeyId }
        : { kind: 'operator', operatorKeyHash: this.deps.authenticator.operatorKeyHash() };
    const idleSince = new Date(now.getTime() - IDLE_MS);
    await this.deps.logins.create({ tokenHash: this.hashesOf(token)[0]!, isCode, owner, expiresAt }, now, idleSince);
    return { token, expiresAt };
  }

  private async principalOf(owner: LoginOwner): Promise<Principal> {
    if (owner.kind === 'operator') return this.deps.authenticator.ofKnownOperator(owner.operatorKeyHash);
    const keyId = await this.deps.logins.keyIdOf(owner.apiKeyId);
    if (keyId === null) throw ended();
    return this.deps.authenticator.ofKnownKey(keyId);
  }

  private lookUp(token: string): Promise<LoginRecord | null> {
    const nowMs = this.deps.clock.now().getTime();
    const known = this.cache.get(token);
    if (known && known.untilMs > nowMs) return known.login;
    if (this.cache.size >= MAX_CACHED) this.cache.clear();
    const login = this.findAny(token);
    const looked = { login, untilMs: nowMs + CACHE_MS };
    this.cache.set(token, looked);
    login.catch(() => {
      if (this.cache.get(token) === looked) this.cache.delete(token);
    });
    return login;
  }

  private async findAny(token: string): Promise<LoginRecord | null> {
    for (const hash of this.hashesOf(token)) {
      const login = await this.deps.logins.find(hash);
      if (login) return login;
    }
    return null;
  }

  /** By each pepper, the newest first. */
  private hashesOf(token: string): Uint8Array[] {
    return this.deps.peppers.map((pepper) => createHmac('sha256', pepper).update(`login ${token}`).digest());
  }
}
