import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { DomainError, type ErrorCode } from '../domain/errors';
import { oneOfRule } from './one-of';
import { renameHint } from './renames';

const MASKED = 'Something failed on our side. Try again; if it goes on, give the operator this error id.';
const MAX_MESSAGE = 500;

const STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  IDEMPOTENT_PARAMETER_MISMATCH: 409,
  UPLOAD_EXPIRED: 410,
  IMAGE_TOO_LARGE: 413,
  IMAGE_UNSUPPORTED: 415,
  IMAGE_UNREADABLE: 422,
  NO_FACE_FOUND: 422,
  AMBIGUOUS_FACE: 422,
  KNOWN_ELSEWHERE: 422,
  QUOTA_EXCEEDED: 429,
  RATE_LIMITED: 429,
  INTERNAL_SERVER_ERROR: 500,
  DEPENDENCY_UNAVAILABLE: 503,
  TIMEOUT: 504,
  STORAGE_FULL: 507,
};

/** HTTP status of a refused request outside GraphQL (images, uploads); inside GraphQL only 401 and 403 are used. */
export function httpStatusOf(code: ErrorCode): number {
  return STATUS[code] ?? 400;
}

/** An error as callers see it. */
export interface PublicError {
  readonly message: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly errorId: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** False for what nobody foresaw: masked, and logged with its stack. */
  readonly expected: boolean;
}

const seen = new WeakMap<object, PublicError>();

/** One error has one `errorId`, in the log and in the answer. */
export function publicErrorOf(error: unknown): PublicError {
  const key = typeof error === 'object' && error !== null ? error : new Error(String(error));
  const known = seen.get(key);
  if (known) return known;
  const made = { ...classify(error), errorId: randomUUID() };
  seen.set(key, made);
  return made;
}

type Classified = Omit<PublicError, 'errorId'>;

function classify(error: unknown): Classified {
  const domain = domainErrorOf(error);
  if (domain) {
    const { code, message, retryable, details } = domain;
    return { code, message, retryable, expected: true, ...(details === undefined ? {} : { details }) };
  }
  if (error instanceof GraphQLError && isAboutRequest(error)) return requestErrorOf(error);
  return { code: 'INTERNAL_SERVER_ERROR', message: MASKED, retryable: false, expected: false };
}

function domainErrorOf(error: unknown): DomainError | undefined {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof GraphQLError; depth++) current = current.originalError;
  return current instanceof DomainError ? current : undefined;
}

/**
 * Whether graphql-js or Apollo refuses the request itself: its text, its shape, its variables. Such errors come before any
 * resolver, so they have no path (but for arguments), and nothing else is behind them.
 */
function isAboutRequest(error: GraphQLError): boolean {
  if (/^(Variable "\$|Argument ")/.test(error.message)) return true;
  let root: unknown = error;
  while (root instanceof GraphQLError && root.originalError) root = root.originalError;
  return error.path === undefined && root instanceof GraphQLError;
}

function requestErrorOf(error: GraphQLError): Classified {
  if (/contains more tha[nt] \d+ tokens/.test(error.message)) {
    const message = 'The query text has too many tokens. Ask for less, or in several operations.';
    return { code: 'QUERY_TOO_COMPLEX', message, retryable: false, expected: true };
  }
  if (/^GraphQL introspection /.test(error.message)) {
    const message =
      'This server does not tell its schema to queries, as in production. The file schema.graphql of its release has it.';
    return { code: 'BAD_USER_INPUT', message, retryable: false, expected: true };
  }
  const variable = /^Variable "\$(\w+)" got invalid value /.exec(error.message);
  if (variable) return variableErrorOf(error.message, variable[1]!);
  const broken = oneOfRule(error.message);
  const message = broken ? `The input ${broken}.` : withRename(error.message).slice(0, MAX_MESSAGE);
  return { code: 'BAD_USER_INPUT', message, retryable: false, expected: true };
}

/**
 * The new name in the place of graphql-js' guess. It is said in production, too: who knows the old name learns nothing of the
 * schema that the changelog does not tell.
 */
function withRename(message: string): string {
  const hint = renameHint(message);
  return hint === undefined ? message : `${message.replace(/ Did you mean .*$/s, '')} ${hint}.`;
}

/** graphql-js repeats the value, which may be a whole image: keep where and what, drop the value. */
function variableErrorOf(message: string, name: string): Classified {
  const path = / at "(\w[\w.[\]]*)"; /.exec(message)?.[1]?.replace(/\[(\d+)\]/g, '.$1') ?? name;
  const rule =
    oneOfRule(message) ??
    /; (Field "\w+" (?:of required type "[^"]{1,80}" was not provided|is not defined by type "\w+"))\.(?: Did you mean [\w", ]+\?)?$/.exec(
      message,
    )?.[1] ??
    /; (Expected (?:non-nullable )?type "[^"]{1,80}" (?:not to be null|to be an object))\.$/.exec(message)?.[1] ??
    'is not of the type that the schema asks for';
  const hint = renameHint(message);
  return {
    code: 'BAD_USER_INPUT',
    message: `${path}: ${rule}.${hint === undefined ? '' : ` ${hint}.`}`,
    retryable: false,
    expected: true,
    details: { fields: [{ path, rule }] },
  };
}

/** The error as GraphQL sends it, over HTTP and over a socket alike. */
export function formatError(error: unknown): GraphQLFormattedError {
  const { message, code, retryable, errorId, details } = publicErrorOf(error);
  const at = error instanceof GraphQLError ? error : undefined;
  return {
    message,
    ...(at?.locations ? { locations: at.locations } : {}),
    ...(at?.path ? { path: at.path } : {}),
    extensions: { code, retryable, errorId, ...(details === undefined ? {} : { details }) },
  };
}

const SUGGESTION = / ?Did you mean(.+?)\?$/;

/** For a server that does not tell its schema: names that are nearly right would tell it bit by bit. */
export function withoutSuggestion(told: GraphQLFormattedError): GraphQLFormattedError {
  return { ...told, message: told.message.replace(SUGGESTION, '') };
}

/** Logs what was unforeseen in full, the rest by code. Never variables, values or keys. */
export function logError(logger: Logger, error: unknown, facts: Readonly<Record<string, unknown>> = {}): void {
  const { expected, code, errorId } = publicErrorOf(error);
  if (expected) {
    logger.debug({ ...facts, code, errorId }, 'request refused');
    return;
  }
  const cause = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  logger.error({ ...facts, errorId, err: cause }, 'unexpected error');
}
