import type { RequestHandler } from 'express';
import { Kind, type OperationDefinitionNode } from 'graphql';
import type { Logger } from 'pino';
import { publicErrorOf } from '../graphql/errors';
import type { Principal } from '../graphql/principal';
import type { RequestMetrics } from './metrics';

/** What the line of a request says beyond its method and status; whoever learns of it writes it here. */
export interface RequestNotes {
  operation?: string;
  /** Of the first error that the caller was told. */
  code?: string;
  errorId?: string;
}

/** Names are the caller's own, and may be of any length. */
const MAX_NAME = 80;
const MAX_FIELDS = 3;

/** `mutation EnrolGuests`; of an operation without a name its root fields: `query viewer, collections`. */
export function nameOfOperation(operation: OperationDefinitionNode): string {
  const fields = operation.selectionSet.selections.flatMap((one) => (one.kind === Kind.FIELD ? [one.name.value] : []));
  const name = operation.name?.value ?? fields.slice(0, MAX_FIELDS).join(', ');
  return `${operation.operation} ${name}`.slice(0, MAX_NAME);
}

/** Notes the id that the caller can name to the operator. */
export function noteError(notes: RequestNotes, error: unknown): void {
  const { code, errorId } = publicErrorOf(error);
  notes.code ??= code;
  notes.errorId ??= errorId;
}

/** Whose key it was: ids, never the key. */
export function callerOf(principal: Principal | null | undefined): Readonly<Record<string, string>> {
  if (!principal) return {};
  if (principal.kind === 'operator') return { keyId: 'operator' };
  return { tenantId: principal.scope.tenantId, keyId: principal.apiKeyId };
}

/** First parts of the paths that this server knows: whatever else a caller writes there (a key, even) stays out of the log. */
const ROUTES: ReadonlySet<string> = new Set([
  '',
  'graphql',
  'livez',
  'readyz',
  'metrics',
  'images',
  'faces',
  'uploads',
  'assets',
  'session',
]);

function routeOf(path: string): string {
  const first = path.split('/', 2)[1] ?? '';
  return ROUTES.has(first) ? `/${first}` : 'other';
}

/** What probes ask for every few seconds. */
function isQuiet(path: string, status: number): boolean {
  return path === '/livez' || ((path === '/readyz' || path === '/metrics') && status === 200);
}

export interface LoggedLocals {
  requestId: string;
  readonly notes: RequestNotes;
  principal?: Principal | null;
}

/** One line a request: never headers, bodies, query strings, or more of the path than its first part, if that is known. */
export function requestLog(logger: Logger, metrics: Pick<RequestMetrics, 'answered'>): RequestHandler {
  return (req, res, next) => {
    const startedAt = process.hrtime.bigint();
    const { path, method } = req;
    res.once('close', () => {
      const { requestId, principal, notes } = res.locals as LoggedLocals;
      metrics.answered(routeOf(path), res.statusCode, notes.code);
      if (isQuiet(path, res.statusCode)) return;
      logger.info(
        {
          requestId,
          ...callerOf(principal),
          method,
          route: routeOf(path),
          ...notes,
          status: res.statusCode,
          ms: Number((process.hrtime.bigint() - startedAt) / 1_000_000n),
          ...(res.writableFinished ? {} : { aborted: true }),
        },
        'request',
      );
    });
    next();
  };
}
