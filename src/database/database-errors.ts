import { DomainError } from '../domain/errors';

/** What the client, its adapter and the driver say about a failure, wherever each of them puts it. */
interface Failure {
  /** Prisma's Pxxxx, if any. */
  readonly prismaCode: string | undefined;
  /** SQLSTATE, if Postgres answered at all. */
  readonly sqlState: string | undefined;
  /** The adapter's name of the failure, if any. */
  readonly kind: string | undefined;
  readonly constraint: string | undefined;
  readonly message: string;
}

interface AdapterCause {
  readonly kind?: unknown;
  readonly originalCode?: unknown;
  readonly code?: unknown;
  readonly constraint?: { readonly index?: unknown; readonly fields?: unknown };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const SQLSTATE = /^[0-9A-Z]{5}$/;

function failureOf(error: unknown): Failure {
  const outer = error as {
    code?: unknown;
    message?: unknown;
    cause?: unknown;
    meta?: { driverAdapterError?: unknown };
  };
  const code = textOf(outer?.code);
  const adapterError = (outer?.meta?.driverAdapterError ?? outer) as { cause?: unknown };
  const cause = (typeof adapterError?.cause === 'object' ? adapterError.cause : undefined) as AdapterCause | undefined;
  const states = [cause?.originalCode, cause?.code, code].map(textOf);
  return {
    prismaCode: code !== undefined && /^P\d{4}$/.test(code) ? code : undefined,
    sqlState: states.find((state) => state !== undefined && SQLSTATE.test(state) && !/^P\d{4}$/.test(state)),
    kind: textOf(cause?.kind),
    constraint: textOf(cause?.constraint?.index) ?? textOf((error as { constraint?: unknown } | null)?.constraint),
    message: textOf(outer?.message) ?? '',
  };
}

/**
 * Whether a unique index refused the write.
 * @param constraintName only this index, for example `persons_collection_id_external_id_key`.
 */
export function isUniqueViolation(error: unknown, constraintName?: string): boolean {
  const failure = failureOf(error);
  const violated =
    failure.prismaCode === 'P2002' || failure.sqlState === '23505' || failure.kind === 'UniqueConstraintViolation';
  return violated && (constraintName === undefined || failure.constraint === constraintName);
}

/** Whether what the write points at is not there (any more). */
export function isForeignKeyViolation(error: unknown): boolean {
  const failure = failureOf(error);
  return (
    failure.prismaCode === 'P2003' || failure.sqlState === '23503' || failure.kind === 'ForeignKeyConstraintViolation'
  );
}

/** Whether a transaction that may only read tried to write. */
export function isReadOnlyViolation(error: unknown): boolean {
  return failureOf(error).sqlState === '25006';
}

/** Whether Postgres undid the transaction for the sake of another one: the same work may succeed at once. */
export function isRetryableConflict(error: unknown): boolean {
  if (error instanceof DomainError) return false;
  const { prismaCode, sqlState, kind } = failureOf(error);
  return prismaCode === 'P2034' || sqlState === '40001' || sqlState === '40P01' || kind === 'TransactionWriteConflict';
}

const UNREACHABLE_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TlsConnectionError',
  'AuthenticationFailed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
]);
const UNREACHABLE_CODES = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1010',
  'P1011',
  'P1017',
  'P2024',
  'P2037',
]);
const UNREACHABLE_SYSTEM =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOENT/;
const UNREACHABLE_TEXT =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Cannot use a pool after calling end/;
/** 08 connection, 53300 too many connections, 57P shutdown or recovery, 25006 a standby. */
const UNREACHABLE_STATE = /^(08...|53300|57P..|25006|28...|3D000)$/;
/** Full disk, out of memory, a limit of configuration. */
const FULL_STATE = /^(53100|53200|53400)$/;
/** Cancelled by statement_timeout, by lock_timeout, by the idle or the transaction's own limit. */
const LATE_STATE = /^(57014|55P03|25P03|25P04)$/;

/** What a failed transaction means to a caller; anything that is not about the infrastructure passes unchanged. */
export function domainErrorOf(error: unknown): unknown {
  if (error instanceof DomainError) return error;
  const { prismaCode, sqlState, kind, message } = failureOf(error);
  const system = textOf((error as { code?: unknown } | null)?.code) ?? '';
  if (sqlState !== undefined && FULL_STATE.test(sqlState)) {
    return new DomainError(
      'STORAGE_FULL',
      'The database has no room left. Free disk space on its server, then repeat.',
      {
        cause: error,
      },
    );
  }
  if (sqlState !== undefined && LATE_STATE.test(sqlState)) return late(error);
  if (prismaCode === 'P2028') {
    return /Unable to start a transaction/.test(message)
      ? unavailable('All database connections are busy. Repeat the request in a moment.', error)
      : late(error);
  }
  if (
    UNREACHABLE_CODES.has(prismaCode ?? '') ||
    UNREACHABLE_KINDS.has(kind ?? '') ||
    (sqlState !== undefined && UNREACHABLE_STATE.test(sqlState)) ||
    UNREACHABLE_SYSTEM.test(system) ||
    UNREACHABLE_TEXT.test(message)
  ) {
    return unavailable('The database cannot be reached. Repeat the request in a moment.', error);
  }
  if (isRetryableConflict(error)) {
    return unavailable('Other requests were changing the same rows. Repeat the request.', error);
  }
  return error;
}

function unavailable(sentence: string, cause: unknown): DomainError {
  return new DomainError('DEPENDENCY_UNAVAILABLE', sentence, { cause });
}

function late(cause: unknown): DomainError {
  return new DomainError('TIMEOUT', 'The database took too long. Repeat the request, or ask for less at once.', {
    cause,
  });
}
