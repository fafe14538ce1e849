import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { DomainError } from '../domain/errors';
import { isThisMachineOnly } from './listening';

/** What a token looks like: 32 random bytes. */
const TOKEN = /^[\w-]{43}$/;

type Request = Pick<IncomingMessage, 'headers'>;

export interface LoginCookieOptions {
  /** Cookies know no ports: two servers of one machine must not take each other's, so the name follows from this, which never changes. */
  readonly nameKey: string;
  /** Where clients reach this server, when the settings say so. */
  readonly publicUrl: string | undefined;
}

/** The cookie that carries a session: for scripts out of reach, and sent by pages of this server alone. */
export class LoginCookie {
  private readonly name: string;
  private readonly publicOrigin: string | undefined;

  constructor({ nameKey, publicUrl }: LoginCookieOptions) {
    const digest = createHmac('sha256', nameKey).update('login cookie').digest('hex');
    this.name = `likeness_${digest.slice(0, 12)}`;
    this.publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  }

  /** The token that a request brings; undefined: none. */
  read({ headers }: Request): string | undefined {
    const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('=', 2));
    const values = new Map(pairs.map(([name, value]) => [name, value]));
    const token = values.get(this.nameFor(true)) ?? values.get(this.nameFor(false));
    return token !== undefined && TOKEN.test(token) ? token : undefined;
  }

  /** @returns the header that gives a token to a browser. @throws DomainError FORBIDDEN over plain HTTP from elsewhere. */
  give(request: Request, token: string, maxAgeSeconds: number): string {
    return this.header(this.isSecure(request), token, Math.max(0, Math.floor(maxAgeSeconds)));
  }

  /** The headers that take it away again. */
  takeAway(): string[] {
    return [this.header(true, '', 0), this.header(false, '', 0)];
  }

  /**
   * Whether a request was sent by a page of this server, as the browser says it; what is no browser sends neither header.
   * @param headers of a request or of a socket's upgrade.
   */
  isFromOwnPage({ headers }: Request): boolean {
    const { origin, host } = headers;
    const site = headers['sec-fetch-site'];
    if (site !== undefined) return site === 'same-origin';
    if (origin === undefined) return true;
    if (origin === this.publicOrigin) return true;
    return URL.canParse(origin) && new URL(origin).host === host;
  }

  /**
   * Whether the page came encrypted, as the browser names its origin.
   * @throws DomainError FORBIDDEN when it came in the clear from another machine: whoever carries it on the way could read the key.
   */
  private isSecure({ headers }: Request): boolean {
    const origin = headers.origin ?? this.publicOrigin;
    if (origin === undefined || !URL.canParse(origin)) return false;
    const { protocol, hostname } = new URL(origin);
    if (protocol === 'https:') return true;
    if (isThisMachineOnly(hostname.replace(/^\[|\]$/g, '')) || hostname.endsWith('.localhost')) return false;
    throw new DomainError(
      'FORBIDDEN',
      `This page came from ${hostname} over plain HTTP, where anybody on the way can read a key: sign in over https, or on the machine itself, or through a tunnel (ssh -L).`,
    );
  }

  /** A browser takes a cookie with the prefix over https alone, and from this host alone. */
  private nameFor(isSecure: boolean): string {
    return isSecure ? `__Host-${this.name}` : this.name;
  }

  private header(isSecure: boolean, value: string, maxAge: number): string {
    const secure = isSecure ? '; Secure' : '';
    return `${this.nameFor(isSecure)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`;
  }
}
