import { DomainError } from '../../domain/errors';

/** Why Milvus did not do what it was asked. */
export type MilvusRefusal =
  'UNREACHABLE' | 'DEADLINE' | 'NO_COLLECTION' | 'NOT_LOADED' | 'NO_INDEX' | 'REFUSED' | 'CLOSED';

const GRPC_DEADLINE_EXCEEDED = 4;
const GRPC_UNAVAILABLE = 14;
const REFUSALS: ReadonlyMap<string, MilvusRefusal> = new Map([
  ['4', 'NO_COLLECTION'],
  ['100', 'NO_COLLECTION'],
  ['CollectionNotExists', 'NO_COLLECTION'],
  ['101', 'NOT_LOADED'],
  ['25', 'NO_INDEX'],
  ['700', 'NO_INDEX'],
  ['IndexNotExist', 'NO_INDEX'],
]);

/** DEPENDENCY_UNAVAILABLE or TIMEOUT; `details.refusal` says which, for those who can do something about it. */
export function milvusError(doing: string, refusal: MilvusRefusal, reason: string, cause?: unknown): DomainError {
  const details = { engine: 'milvus', refusal, spaceNotOpen: refusal === 'NO_COLLECTION' };
  const code = refusal === 'DEADLINE' ? 'TIMEOUT' : 'DEPENDENCY_UNAVAILABLE';
  return new DomainError(code, `Milvus could not ${doing} (${reason}). Try again.`, { details, cause });
}

export function refusalOf(error: unknown): MilvusRefusal | undefined {
  return error instanceof DomainError ? (error.details?.refusal as MilvusRefusal | undefined) : undefined;
}

/**
 * The status check that every answer passes. Most failures are returned and not thrown, under either of two fields, and
 * a call that the server does not know comes back as an empty object: what does not say success has failed.
 * @throws DomainError DEPENDENCY_UNAVAILABLE.
 */
export function assertSuccess(doing: string, answer: unknown): void {
  const status = statusOf(answer);
  const ok = isZero(status?.error_code, 'Success') && (status?.code === undefined || isZero(status.code, 'Success'));
  if (status && ok) return;
  throw milvusError(doing, refusalIn(status), reasonIn(status));
}

/** What the SDK threw: a gRPC error, a status as a plain object, or a fault of its own. */
export function thrownError(doing: string, error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const status = statusOf(error);
  if (!(error instanceof Error)) return milvusError(doing, refusalIn(status), reasonIn(status), error);
  const { code } = error as { code?: unknown };
  if (code === GRPC_DEADLINE_EXCEEDED) return milvusError(doing, 'DEADLINE', 'no answer in time', error);
  if (code === GRPC_UNAVAILABLE) return milvusError(doing, 'UNREACHABLE', 'no connection', error);
  return milvusError(doing, 'REFUSED', 'the client gave no reason', error);
}

interface Status {
  readonly error_code?: unknown;
  readonly code?: unknown;
  readonly reason?: unknown;
}

function statusOf(answer: unknown): Status | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const own = 'status' in answer ? answer.status : answer;
  return typeof own === 'object' && own !== null && 'error_code' in own ? own : undefined;
}

function refusalIn(status: Status | undefined): MilvusRefusal {
  return REFUSALS.get(String(status?.error_code)) ?? REFUSALS.get(String(status?.code)) ?? 'REFUSED';
}

function reasonIn(status: Status | undefined): string {
  return typeof status?.reason === 'string' && status.reason !== '' ? status.reason : 'it gave no reason';
}

function isZero(code: unknown, name: string): boolean {
  return code === 0 || code === name;
}
