import type { ErrorCode } from './generated/operations.ts';

/** One error of an answer, as GraphQL sends it. */
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: {
    readonly code?: string | undefined;
    readonly retryable?: boolean | undefined;
    readonly errorId?: string | undefined;
    readonly details?: ErrorDetails | undefined;
  };
}

/** Facts for a program; which ones there are follows from the code. */
export interface ErrorDetails {
  /** BAD_USER_INPUT: each refused field, dotted from the operation's arguments, and the rule that it must satisfy. */
  readonly fields?: readonly { readonly path: string; readonly rule: string }[];
  /** AMBIGUOUS_FACE: the faces that may be meant, as ratios 0-1 of the image, largest first. */
  readonly boxes?: readonly {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  }[];
  readonly retryAfterMs?: number | undefined;
  readonly [fact: string]: unknown;
}

export interface LikenessErrorOptions {
  readonly retryable?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly errorId?: string | undefined;
  readonly details?: ErrorDetails | undefined;
  readonly status?: number | undefined;
  readonly errors?: readonly AnswerError[] | undefined;
  readonly cause?: unknown | undefined;
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  'RATE_LIMITED',
  'DEPENDENCY_UNAVAILABLE',
  'TIMEOUT',
  'STORAGE_FULL',
]);

/**
 * What the API refused, or what kept it from answering. Match on `code`. A server that cannot be reached is
 * DEPENDENCY_UNAVAILABLE, an answer that did not come in time TIMEOUT; both have no `errorId`. What the caller's own
 * `AbortSignal` ends throws the signal's reason instead.
 */
export class LikenessError extends Error {
  override readonly name = 'LikenessError';
  readonly code: ErrorCode;
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean;
  /** How long the server asks to wait before that. */
  readonly retryAfterMs: number | undefined;
  /** What the server logged it under: give it to whoever runs the server. */
  readonly errorId: string | undefined;
  readonly details: ErrorDetails;
  /** HTTP status of the answer, where there was one. */
  readonly status: number | undefined;
  /** Every error of the answer; this one is made of the first. */
  readonly errors: readonly AnswerError[];

  constructor(code: ErrorCode, message: string, options: LikenessErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? RETRYABLE.has(code);
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs ?? this.details.retryAfterMs;
    this.errorId = options.errorId;
    this.status = options.status;
    this.errors = options.errors ?? [];
  }
}

/** Where an answer came from, for what its errors do not say themselves. */
export interface AnswerFacts {
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** @param errors at least one. */
export function errorOfAnswer(
  errors: readonly AnswerError[],
  { status, retryAfterMs }: AnswerFacts = {},
): LikenessError {
  const [first] = errors;
  const { code, retryable, errorId, details } = first?.extensions ?? {};
  return new LikenessError(
    // A server that is newer than this client may have codes that it does not know: they are passed on as they are.
    code === undefined ? codeOfStatus(status ?? 500) : (code as ErrorCode),
    first?.message ?? 'The answer holds neither data nor an error.',
    { retryable, errorId, details, status, errors, retryAfterMs: details?.retryAfterMs ?? retryAfterMs },
  );
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'BAD_USER_INPUT',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  408: 'TIMEOUT',
  413: 'BAD_USER_INPUT',
  429: 'RATE_LIMITED',
  502: 'DEPENDENCY_UNAVAILABLE',
  503: 'DEPENDENCY_UNAVAILABLE',
  504: 'TIMEOUT',
};

/** What an HTTP status means that something between client and server answered with. */
export function codeOfStatus(status: number): ErrorCode {
  return CODES[status] ?? 'INTERNAL_SERVER_ERROR';
}

/** `Retry-After`, in seconds or as a date. @returns milliseconds from now. */
export function retryAfterOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
