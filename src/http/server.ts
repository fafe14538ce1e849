import { ApolloServer, type ApolloServerOptions, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { expressMiddleware } from '@as-integrations/express5';
import express, { type ErrorRequestHandler, type RequestHandler, type Router } from 'express';
import { GraphQLError } from 'graphql';
import { createServer } from 'node:http';
import type { Logger } from 'pino';
import { auditActorOf } from '../domain/audit';
import { DomainError } from '../domain/errors';
import { LoopSlice } from '../domain/loop-slice';
import { MEGABYTE } from '../domain/units';
import { createContext, type ApiContext } from '../graphql/context';
import { Documents } from '../graphql/documents';
import { formatError, logError, withoutSuggestion } from '../graphql/errors';
import { QUERY_LIMITS } from '../graphql/limits';
import { assertAllowed } from '../graphql/operation-guards';
import { guardMutations } from '../graphql/room';
import type { AuditStore } from '../modules/audit/audit.store';
import type { EventReader } from '../modules/events/event-reader.service';
import type { Rates } from '../modules/rates/rates.service';
import type { StorageRoom } from '../domain/storage-room';
import type { Clock } from '../ports/clock';
import { createAdminRouter, findAdminPage } from './admin-page';
import { auditOperations } from './audited-operations';
import type { Authenticator } from './authentication';
import { ByteBudget, type BudgetLimits } from './byte-budget';
import { Callers } from './callers';
import { billFor, chargeOperations, tellCost, type ChargedContext } from './charged-operations';
import type { ClientAddresses } from './client-address';
import { clientOrigin } from './client-origin';
import { graphiqlRouter } from './graphiql';
import { healthRouter, type Dependency } from './health';
import { listen, localUrl } from './listening';
import type { LoginCookie } from './login-cookie';
import type { LoginSessions } from './login-sessions';
import { metricsRouter, RequestMetrics, type MetricsRouteOptions } from './metrics';
import { authenticate, cors, localsOf, requestIds, safeHeaders, sendAllErrors, sendErrors } from './middleware';
import { operationBody, partyOf, type BodyBudgets } from './operation-body';
import { nameOfOperation, noteError, requestLog, type RequestNotes } from './request-log';
import { buildApiSchema, resolverContainer } from './schema';
import { createSessionRouter } from './session-routes';
import { SOCKET_LIMITS } from './socket-clients';
import { MAX_SUBSCRIPTION_BYTES, SocketHub } from './sockets';

/** Bodies of up to 64 KB: some thousand questions at once, each with all its text. */
const SMALL_BUDGET: BudgetLimits = { total: 32 * MEGABYTE, each: 8 * MEGABYTE };
/** Sockets keep what began an operation until it ends, for days: apart, so that they take nothing of HTTP's. */
const SOCKET_SMALL_BUDGET: BudgetLimits = {
  total: SOCKET_LIMITS.operationsOfAll * MAX_SUBSCRIPTION_BYTES,
  each: SOCKET_LIMITS.operationsATenant * MAX_SUBSCRIPTION_BYTES,
};
/** Larger ones. Four of the largest a party; parsing one takes up to three times its bytes for a moment. */
const LARGE_BUDGET: BudgetLimits = { total: 144 * MEGABYTE, each: 48 * MEGABYTE };
const FLUSH_USES_MS = 10_000;
const DRAIN_MS = 10_000;

export interface ApiServerOptions {
  /** One instance of each class in `resolvers.ts`. */
  readonly resolvers: readonly object[];
  readonly authenticator: Authenticator;
  /** Of people who signed in on the page. */
  readonly logins: {
    readonly sessions: LoginSessions;
    readonly cookie: LoginCookie;
    readonly clock: Clock;
  };
  readonly events: Pick<EventReader, 'read'>;
  readonly logger: Logger;
  /** Introspection and GraphiQL off, schema details hidden from errors. */
  readonly production: boolean;
  /** Origins whose pages may call; none: CORS is off. */
  readonly corsOrigins: readonly string[];
  /** Where pages send files besides, since the image store takes them itself; null: nowhere. */
  readonly uploadOrigin: string | null;
  /** What `/readyz` names. */
  readonly dependencies: readonly Dependency[];
  /** By what address a caller without a key is counted. */
  readonly addresses: ClientAddresses;
  /** What is measured, and who may read it. */
  readonly metrics: MetricsRouteOptions;
  /** Where what is done is written down. */
  readonly audit: Pick<AuditStore, 'add'>;
  /** What mutations look at before they begin. */
  readonly room: StorageRoom;
  /** What operations are charged to. */
  readonly rates: Pick<Rates, 'bill'>;
  /** Routes beside GraphQL: images in and out. */
  readonly routers: readonly Router[];
}

export interface ApiServer {
  /**
   * Listens. @returns where this machine reaches it: `http://host:port`. @param port 0 takes a free one.
   * @throws DomainError CONFLICT when the port or the address cannot be had.
   */
  start(port: number, host: string): Promise<string>;
  /** Closes every socket opened with this key with 4403, at once. */
  disconnectKey(apiKeyId: string): void;
  /** Takes no more requests, lets those that run finish (10 s at most), closes sockets with 1001. */
  close(): Promise<void>;
}

function socketNeeded(): DomainError {
  return new DomainError(
    'BAD_USER_INPUT',
    'Subscriptions run over a websocket at this address (graphql-transport-ws), not over HTTP.',
  );
}

/** What refuses an operation before it runs is the caller's doing: Apollo takes what is no GraphQLError for the server's. */
function asRefusal(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  const status = error.code === 'FORBIDDEN' ? 403 : 400;
  return new GraphQLError(error.message, { originalError: error, extensions: { http: { status } } });
}

/** What an operation over HTTP shares with the line that is logged of its request. */
interface HttpContext extends ChargedContext {
  readonly notes: RequestNotes;
}

/** Limits, what the key may see, and the error log, as Apollo's pipeline passes by. */
function guard(logger: Logger): ApolloServerPlugin<HttpContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ schema, document, operation, request, contextValue }) => {
        if (operation) contextValue.notes.operation = nameOfOperation(operation);
        if (!operation) return;
        try {
          if (operation.operation === 'subscription') throw socketNeeded();
          const slice = new LoopSlice();
          assertAllowed(schema, document, operation, request.variables, contextValue.principal);
          await slice.pause();
          contextValue.slice = slice;
        } catch (error) {
          throw asRefusal(error);
        }
      },
      didEncounterErrors: async ({ errors, contextValue }) => {
        for (const error of errors) {
          noteError(contextValue.notes, error);
          logError(logger, error, { requestId: contextValue.requestId });
        }
      },
      willSendResponse: async ({ response }) => {
        const { body } = response;
        if (body.kind !== 'single' || body.singleResult.data) return;
        if (body.singleResult.errors?.[0]?.extensions?.['code'] === 'UNAUTHENTICATED') response.http.status = 401;
      },
    }),
  };
}

/** Apollo's key of a document ends with the SHA-256 of its text, by which ours are found; it keeps none of its own. */
function storeOf(documents: Documents): NonNullable<ApolloServerOptions<ApiContext>['documentStore']> {
  const SHA256_DIGITS = 64;
  return {
    get: async (key) => documents.find(key.slice(-SHA256_DIGITS)),
    set: async () => undefined,
    delete: async () => false,
  };
}

/** @throws Error when a resolver is not wired or a root field is unguarded. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { logger, authenticator, production, logins } = options;
  const callers = new Callers({ authenticator, ...logins, addresses: options.addresses });
  const readEvents = options.events.read.bind(options.events);
  const schema = buildApiSchema(resolverContainer(options.resolvers));
  const documents = new Documents(schema, { introspection: !production });
  const tell = production ? (error: unknown) => withoutSuggestion(formatError(error)) : formatError;
  const budgets: BodyBudgets = { small: new ByteBudget(SMALL_BUDGET), large: new ByteBudget(LARGE_BUDGET) };
  const socketBudgets: BodyBudgets = {
    small: new ByteBudget(SOCKET_SMALL_BUDGET),
    large: new ByteBudget(LARGE_BUDGET),
  };
  chargeOperations(schema);
  auditOperations(schema, options.audit);
  guardMutations(schema, options.room);
  const metrics = new RequestMetrics(options.metrics.registry);
  metrics.watch(schema);
  const apollo = new ApolloServer<HttpContext>({
    schema,
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: QUERY_LIMITS.maxTokens },
    documentStore: storeOf(documents),
    formatError: (_formatted, error) => tell(error),
    plugins: [ApolloServerPluginLandingPageDisabled(), guard(logger), tellCost()],
    logger,
    nodeEnv: production ? 'production' : 'development',
  });
  await apollo.start();

  let draining = false;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestIds(), requestLog(logger, metrics), safeHeaders(), cors(options.corsOrigins));
  app.use(createAdminRouter(findAdminPage(), options.uploadOrigin));
  app.use(healthRouter(options.dependencies, () => draining));
  app.use(metricsRouter(options.metrics));
  if (!production) app.use(graphiqlRouter());
  const readQuery: RequestHandler = async (req, res, next) => {
    const { query } = req.body as { query?: unknown };
    const party = partyOf(localsOf(res).principal, options.addresses.of(req));
    // Without a query it is Apollo that says what a request needs.
    const read = typeof query === 'string' && query !== '' ? await documents.read(query, party) : [];
    if (!Array.isArray(read) || read.length === 0) next();
    else sendAllErrors(res, read, { logger, status: 400, tell });
  };
  app.post(
    '/graphql',
    authenticate(callers, logger, !production),
    operationBody({ budgets, addresses: options.addresses, logger }),
    readQuery,
    expressMiddleware(apollo, {
      context: async ({ req, res }) => {
        const { requestId, principal = null, refusal, notes } = localsOf(res);
        return {
          ...createContext({
            requestId,
            clientOrigin: clientOrigin(req),
            client: { address: options.addresses.exactly(req) || null, actor: auditActorOf(req.get('x-actor')) },
            principal,
            refusal,
            readEvents,
          }),
          sendsDirectly: options.uploadOrigin !== null,
          notes,
          bill: billFor(options.rates, principal),
        };
      },
    }),
  );
  app.use(createSessionRouter({ callers, logger, ...logins }));
  for (const router of options.routers) app.use(router);
  app.use((_req, res) => {
    sendErrors(
      res,
      new DomainError('NOT_FOUND', 'There is nothing at this address. GraphQL is at POST /graphql.'),
      logger,
    );
  });
  const lastResort: ErrorRequestHandler = (error, _req, res, _next) => sendErrors(res, error, logger);
  app.use(lastResort);

  const server = createServer(app);
  // Longer than the slowest image that is accepted may take (15 MB at 50 KB/s) with its wait for a place: who is too
  // slow is told so by whoever reads the body, not cut off.
  server.requestTimeout = 600_000;
  server.headersTimeout = 20_000;
  const hub = new SocketHub({
    readEvents,
    schema,
    authenticator,
    callers,
    rates: options.rates,
    logger,
    path: '/graphql',
    documents,
    tell: (error) => {
      const told = tell(error);
      metrics.refusedOnSocket(String(told.extensions?.['code']));
      return told;
    },
    budgets: socketBudgets,
    addresses: options.addresses,
  });
  hub.attach(server);
  logins.sessions.onEnded((token) => hub.disconnectLogin(token));
  const bodies = { ...budgets, socket_small: socketBudgets.small, socket_large: socketBudgets.large };
  metrics.watchClients(bodies, () => hub.openSockets);

  const flushUses = (): Promise<void> =>
    authenticator.flushUses().catch((error: unknown) => logger.warn({ err: error }, 'last use of keys not written'));
  const flushTimer = setInterval(() => void flushUses(), FLUSH_USES_MS);
  flushTimer.unref();

  return {
    start: async (port, host) => {
      return localUrl(host, await listen(server, port, host));
    },
    disconnectKey: (apiKeyId) => hub.disconnectKey(apiKeyId),
    close: async () => {
      draining = true;
      clearInterval(flushTimer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const force = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      await hub.close();
      await closed;
      clearTimeout(force);
      await apollo.stop();
      await flushUses();
    },
  };
}
