import express, { Router, type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import { badInput } from '../domain/errors';
import type { Principal } from '../graphql/principal';
import type { Clock } from '../ports/clock';
import type { Callers } from './callers';
import type { LoginCookie } from './login-cookie';
import type { LoginSessions, OpenedLogin } from './login-sessions';
import { localsOf } from './middleware';
import { sendRouteError } from './route-errors';

const MAX_BODY = '2kb';

export interface SessionRouterOptions {
  readonly callers: Callers;
  readonly sessions: LoginSessions;
  readonly cookie: LoginCookie;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the page is told of who has signed in. */
function shownOf(principal: Principal) {
  if (principal.kind === 'operator') return { tenant: null, keyName: 'operator', scopes: [], keyExpiresAt: null };
  return {
    tenant: { id: principal.scope.tenantId, name: principal.tenantName },
    keyName: principal.keyName,
    scopes: [...principal.scopes],
    keyExpiresAt: principal.keyExpiresAt,
  };
}

/**
 * Signing in and out, for the page:
 *
 * - `POST /session` with `Authorization: Bearer <key>`, or with `{"code": "..."}`: a session, in a cookie.
 * - `POST /session/current`: whose session it is, or null.
 * - `POST /session/end`: ends it.
 * - `POST /session/code` with `Authorization: Bearer <key>`: a code that signs in once, within a minute.
 *
 * All take and answer JSON, and want the header `apollo-require-preflight`.
 */
export function createSessionRouter(options: SessionRouterOptions): Router {
  const { callers, sessions, cookie, clock, logger } = options;
  const router = Router();
  const handle =
    (work: (request: Request, response: Response) => Promise<void>): RequestHandler =>
    async (request, response) => {
      try {
        callers.assertOwnPage(request);
        await work(request, response);
      } catch (error) {
        sendRouteError(response, error, logger, { route: 'session' });
      }
    };
  const readJson = [express.json({ limit: MAX_BODY, strict: true }), refuseBody(logger)];
  const answer = (request: Request, response: Response, principal: Principal, login: OpenedLogin): void => {
    const seconds = (login.expiresAt.getTime() - clock.now().getTime()) / 1_000;
    localsOf(response).principal = principal;
    response
      .status(201)
      .append('Set-Cookie', cookie.give(request, login.token, seconds))
      .json({ session: shownOf(principal) });
  };

  router.post(
    '/session',
    ...readJson,
    handle(async (request, response) => {
      // Said before anything is done: no session is opened that no browser would keep.
      cookie.give(request, '', 0);
      const { code } = (request.body ?? {}) as { code?: unknown };
      const { authorization } = request.headers;
      if (code !== undefined && typeof code !== 'string') throw badInput({ path: 'code', rule: 'must be text' });
      const { principal, login } =
        code !== undefined && authorization === undefined
          ? await sessions.openByCode(code)
          : await callers.ofKey(request).then(async (caller) => ({
              principal: caller,
              login: await sessions.open(caller),
            }));
      callers.assertAllowed(principal, request);
      // Who signs in anew leaves nothing behind.
      const before = cookie.read(request);
      if (before !== undefined) await sessions.end(before);
      answer(request, response, principal, login);
    }),
  );
  router.post(
    '/session/current',
    ...readJson,
    handle(async (request, response) => {
      const principal = await callers.ofSession(request);
      localsOf(response).principal = principal;
      response.json({ session: principal && shownOf(principal) });
    }),
  );
  router.post(
    '/session/end',
    ...readJson,
    handle(async (request, response) => {
      const token = cookie.read(request);
      if (token !== undefined) await sessions.end(token);
      response.append('Set-Cookie', cookie.takeAway()).json({ session: null });
    }),
  );
  router.post(
    '/session/code',
    ...readJson,
    handle(async (request, response) => {
      const principal = await callers.ofKey(request);
      localsOf(response).principal = principal;
      const { token, expiresAt } = await sessions.issueCode(principal);
      response.status(201).json({ code: token, expiresAt });
    }),
  );
  return router;
}

/** What express says of a body that is none: too large, or no JSON. */
function refuseBody(logger: Logger): ErrorRequestHandler {
  return (_error, _request, response, _next) => {
    const refusal = badInput({ path: 'body', rule: 'must be a JSON object of at most 2 KB' });
    sendRouteError(response, refusal, logger, { route: 'session' });
  };
}
