/** Every code a caller can meet. Clients match on these strings: add, never rename (a snapshot test holds them). */
export const ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'CONFLICT',
  'IDEMPOTENT_PARAMETER_MISMATCH',
  'IMAGE_UNREADABLE',
  'IMAGE_UNSUPPORTED',
  'IMAGE_TOO_LARGE',
  'UPLOAD_EXPIRED',
  'URL_REFUSED',
  'NO_FACE_FOUND',
  'AMBIGUOUS_FACE',
  'KNOWN_ELSEWHERE',
  'MODEL_MISMATCH',
  'CURSOR_EXPIRED',
  'QUERY_TOO_COMPLEX',
  'QUOTA_EXCEEDED',
  'STORAGE_FULL',
  'RATE_LIMITED',
  'DEPENDENCY_UNAVAILABLE',
  'TIMEOUT',
  'INTERNAL_SERVER_ERROR',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface DomainErrorOptions {
  /** Whether the same request may succeed later without being changed. Default: by code. */
  readonly retryable?: boolean;
  /** Facts for a program: never the rejected value itself, a secret, or anything of another tenant. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  'RATE_LIMITED',
  'DEPENDENCY_UNAVAILABLE',
  'TIMEOUT',
  'STORAGE_FULL',
]);

/** The only error that crosses a room's border on purpose. It knows no transport; `graphql/errors` maps it for GraphQL and HTTP. */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  /** @param message what was wrong and what to do about it, for the person who reads it. */
  constructor(code: ErrorCode, message: string, options: DomainErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.retryable = options.retryable ?? RETRYABLE.has(code);
    this.details = options.details;
  }
}

/** One refused input field. `path` is dotted from the operation's arguments, `rule` is what it must satisfy. */
export interface FieldProblem {
  readonly path: string;
  readonly rule: string;
}

/** BAD_USER_INPUT with the fields that were refused. */
export function badInput(...fields: [FieldProblem, ...FieldProblem[]]): DomainError {
  const message = fields.map((field) => `${field.path} ${field.rule}`).join('; ');
  return new DomainError('BAD_USER_INPUT', `${message}.`, { details: { fields } });
}

/** NOT_FOUND, the same for what is absent and for what belongs to another tenant. */
export function notFound(what: string): DomainError {
  return new DomainError('NOT_FOUND', `No such ${what}. It may have been deleted; check the id.`);
}
