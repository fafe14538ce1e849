import type { RequestHandler, Response } from 'express';
import type { GraphQLFormattedError } from 'graphql';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { DomainError } from '../domain/errors';
import type { Callers } from './callers';
import { answerJson } from './early-answer';
import { formatError, httpStatusOf, logError, publicErrorOf } from '../graphql/errors';
import { noteError, type LoggedLocals } from './request-log';

const SANE_REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/;

/** What pages of other origins may read of an answer. */
const EXPOSED_HEADERS = [
  'x-request-id',
  'retry-after',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-ratelimit-resource',
].join(', ');

/** What the middlewares below leave for later ones in `res.locals`. */
export interface RequestLocals extends LoggedLocals {
  refusal?: DomainError;
}

export function localsOf(res: Response): RequestLocals {
  return res.locals as RequestLocals;
}

/** The caller's `x-request-id` when it is a plain token of 8 to 64 characters, else a new one. Sent back either way. */
export function requestIds(): RequestHandler {
  return (req, res, next) => {
    const given = req.get('x-request-id');
    const requestId = given !== undefined && SANE_REQUEST_ID.test(given) ? given : randomUUID();
    Object.assign(res.locals, { requestId, notes: {} } satisfies LoggedLocals);
    res.setHeader('x-request-id', requestId);
    next();
  };
}

/** Headers that every answer carries; a route may override them. */
export function safeHeaders(): RequestHandler {
  return (_req, res, next) => {
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('X-Frame-Options', 'DENY');
    res.setHeader('Referrer-Policy', 'no-referrer');
    res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
    res.setHeader('Cache-Control', 'no-store');
    next();
  };
}

/** @param origins exact origins whose pages may call; with none named there is no CORS at all. */
export function cors(origins: readonly string[]): RequestHandler {
  const allowed = new Set(origins);
  return (req, res, next) => {
    const origin = req.get('origin');
    if (origin === undefined || !allowed.has(origin)) return next();
    res.setHeader('Access-Control-Allow-Origin', origin);
    res.setHeader('Access-Control-Expose-Headers', EXPOSED_HEADERS);
    res.vary('Origin');
    if (req.method !== 'OPTIONS' || req.get('access-control-request-method') === undefined) return next();
    res.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT');
    res.setHeader(
      'Access-Control-Allow-Headers',
      'authorization, content-type, x-request-id, x-actor, apollo-require-preflight',
    );
    res.setHeader('Access-Control-Max-Age', '600');
    res.status(204).end();
  };
}

/**
 * Finds the caller before a byte of the body is read.
 * @param anonymous lets requests without any key through, with the refusal in the context (introspection by GraphiQL).
 */
export function authenticate(callers: Callers, logger: Logger, anonymous: boolean): RequestHandler {
  return async (req, res, next) => {
    const locals = localsOf(res);
    try {
      locals.principal = await callers.ofRequest(req);
    } catch (error) {
      // GraphiQL sends "Bearer " until a key is put there.
      const empty = /^(Bearer *)?$/i.test(req.get('authorization') ?? '') && !callers.hasSessionOnly(req);
      if (!(anonymous && empty && error instanceof DomainError)) {
        sendErrors(res, error, logger);
        return;
      }
      locals.principal = null;
      locals.refusal = error;
    }
    next();
  };
}

/** Answers as GraphQL would: `{errors: [...]}`, with the HTTP status that fits the code. */
export function sendErrors(res: Response, error: unknown, logger: Logger, status?: number): void {
  sendAllErrors(res, [error], { logger, status, tell: formatError });
}

export interface SendOptions {
  readonly logger: Logger;
  /** @default the one of the first error's code */
  readonly status?: number | undefined;
  readonly tell: (error: unknown) => GraphQLFormattedError;
}

/** Answers with several errors at once. */
export function sendAllErrors(res: Response, errors: readonly unknown[], { logger, status, tell }: SendOptions): void {
  const { requestId, notes } = localsOf(res);
  for (const error of errors) {
    noteError(notes, error);
    logError(logger, error, { requestId });
  }
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const { code, details } = publicErrorOf(errors[0]);
  if (code === 'UNAUTHENTICATED') res.setHeader('WWW-Authenticate', 'Bearer');
  setRetryAfter(res, details);
  void answerJson(res.status(status ?? httpStatusOf(code)), { errors: errors.map(tell) });
}

/** Says in the header, in seconds, what `details.retryAfterMs` says. */
export function setRetryAfter(res: Response, details: Readonly<Record<string, unknown>> | undefined): void {
  const ms = details?.['retryAfterMs'];
  if (typeof ms === 'number') res.setHeader('Retry-After', String(Math.ceil(ms / 1_000)));
}
