import type { IncomingMessage } from 'node:http';
import { DomainError } from '../domain/errors';
import type { Principal } from '../graphql/principal';
import { assertAllowedFrom } from './allowed-networks';
import type { Authenticator } from './authentication';
import type { ClientAddresses } from './client-address';
import type { LoginCookie } from './login-cookie';
import type { LoginSessions } from './login-sessions';

/** Whose session a page believes to use: the id of a tenant, or `operator`. Another tab may have signed in as somebody else. */
export const EXPECTED_TENANT = 'x-likeness-tenant';
const OPERATOR = 'operator';

type Request = Pick<IncomingMessage, 'headers' | 'socket'>;

export interface CallersDependencies {
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly sessions: Pick<LoginSessions, 'identify'>;
  readonly cookie: Pick<LoginCookie, 'read' | 'isFromOwnPage'>;
  readonly addresses: Pick<ClientAddresses, 'exactly'>;
}

/** How a socket proves, again and again, who opened it. */
export interface SocketProof {
  /** The token of the session, where it is one. */
  readonly token: string | undefined;
  readonly identify: () => Promise<Principal>;
}

/** Who calls: by the key of the Authorization header wherever there is one, good or bad; else by the cookie of a session. */
export class Callers {
  constructor(private readonly deps: CallersDependencies) {}

  /** Whether the request can be judged by a session alone. */
  hasSessionOnly(request: Request): boolean {
    return request.headers.authorization === undefined && this.deps.cookie.read(request) !== undefined;
  }

  /**
   * @throws DomainError UNAUTHENTICATED; FORBIDDEN when the tenant is suspended, or a session is used from elsewhere than this
   * server's page; CONFLICT when the page believes to be somebody else's.
   */
  async ofRequest(request: Request): Promise<Principal> {
    const token = this.deps.cookie.read(request);
    if (request.headers.authorization !== undefined || token === undefined) return this.ofKey(request);
    this.assertOwnPage(request);
    const principal = this.assertAllowed(await this.deps.sessions.identify(token, { use: true }), request);
    assertExpected(principal, request.headers[EXPECTED_TENANT]);
    return principal;
  }

  /** By the key of the Authorization header alone. @throws DomainError UNAUTHENTICATED, FORBIDDEN. */
  async ofKey(request: Request): Promise<Principal> {
    return this.assertAllowed(await this.deps.authenticator.authenticate(request.headers.authorization), request);
  }

  /** @returns the principal. @throws DomainError FORBIDDEN when its key does not work from where the request comes. */
  assertAllowed(principal: Principal, request: Request): Principal {
    if (principal.kind === 'tenant') assertAllowedFrom(principal.allowedNetworks, this.deps.addresses.exactly(request));
    return principal;
  }

  /**
   * The session of a request that does not know yet whose it is.
   * @returns null when there is none, or it has ended. @throws DomainError FORBIDDEN.
   */
  async ofSession(request: Request): Promise<Principal | null> {
    const token = this.deps.cookie.read(request);
    if (token === undefined) return null;
    this.assertOwnPage(request);
    const principal = await this.deps.sessions.identify(token, { use: true }).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'UNAUTHENTICATED') return null;
      throw error;
    });
    return principal && this.assertAllowed(principal, request);
  }

  /** @param params of the ConnectionInit: `authorization`, or `tenant` beside the cookie of the upgrade. */
  ofSocket(upgrade: Request, params: Readonly<Record<string, unknown>>): SocketProof {
    const given = params['authorization'] ?? params['Authorization'];
    const token = this.deps.cookie.read(upgrade);
    // A socket that has closed tells no address any more.
    const address = this.deps.addresses.exactly(upgrade);
    const allowed = (principal: Principal): Principal => {
      if (principal.kind === 'tenant') assertAllowedFrom(principal.allowedNetworks, address);
      return principal;
    };
    if (given !== undefined || token === undefined) {
      const authorization = typeof given === 'string' ? given : '';
      const identify = async () => allowed(await this.deps.authenticator.authenticate(authorization));
      return { token: undefined, identify };
    }
    const identify = async (): Promise<Principal> => {
      if (!this.deps.cookie.isFromOwnPage(upgrade)) throw foreignPage();
      const principal = allowed(await this.deps.sessions.identify(token, { use: false }));
      assertExpected(principal, params['tenant']);
      return principal;
    };
    return { token, identify };
  }

  /**
   * A page of another origin cannot send these headers without being asked first, and is then refused.
   * @throws DomainError FORBIDDEN.
   */
  assertOwnPage(request: Request): void {
    const { headers } = request;
    if (!this.deps.cookie.isFromOwnPage(request)) throw foreignPage();
    const isJson = /^application\/json\b/i.test(headers['content-type'] ?? '');
    if (isJson && headers['apollo-require-preflight']) return;
    throw new DomainError(
      'FORBIDDEN',
      'A request with the cookie of a session is a POST of application/json with the header apollo-require-preflight. Programs send a key instead: "Authorization: Bearer <key>".',
    );
  }
}

function foreignPage(): DomainError {
  return new DomainError(
    'FORBIDDEN',
    'The session of a person is for the pages of this server alone. Other pages send a key: "Authorization: Bearer <key>". Behind a proxy that changes the Host header, set LIKENESS_PUBLIC_URL.',
  );
}

function assertExpected(principal: Principal, expected: unknown): void {
  const actual = principal.kind === 'operator' ? OPERATOR : principal.scope.tenantId;
  if (expected === actual) return;
  throw new DomainError(
    'CONFLICT',
    'You have signed in as somebody else in another tab, and this page still shows the one before. Load the page again.',
  );
}
