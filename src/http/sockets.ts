import {
  execute,
  getOperationAST,
  GraphQLError,
  subscribe,
  type ExecutionArgs,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import {
  handleProtocols,
  makeServer,
  type ConnectionInitMessage,
  type Context,
  type ServerOptions,
  type SubscribePayload,
} from 'graphql-ws';
import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import { auditActorOf } from '../domain/audit';
import { DomainError } from '../domain/errors';
import { LoopSlice } from '../domain/loop-slice';
import { createContext, type ApiContext } from '../graphql/context';
import type { Documents } from '../graphql/documents';
import { logError } from '../graphql/errors';
import { assertAllowed } from '../graphql/operation-guards';
import type { Principal } from '../graphql/principal';
import type { Rates } from '../modules/rates/rates.service';
import type { Authenticator } from './authentication';
import type { Callers } from './callers';
import { billFor, withCost } from './charged-operations';
import type { ClientAddresses } from './client-address';
import { clientOrigin } from './client-origin';
import { counted, type CountedContext } from './counted-operation';
import { partyOf, type BodyBudgets } from './operation-body';
import { callerOf, nameOfOperation, noteError, type RequestNotes } from './request-log';
import { rateLimited, SOCKET_LIMITS, SocketClients, type Session } from './socket-clients';
import { CLOSE, closeSocket, SocketTransport, type Carried } from './socket-transport';

/** With the authenticator's cache this keeps a revoked key's sockets open for less than 2 s. */
const RECHECK_MS = 700;
const INIT_TIMEOUT_MS = 5_000;
/** A socket whose other end does not answer within this is closed. */
const KEEP_ALIVE_MS = 12_000;
/** Sockets are for following what happens; images go over HTTP. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Of what begins a subscription, which is kept for as long as that lasts: query, variables and all. */
export const MAX_SUBSCRIPTION_BYTES = 4_096;

export interface SocketHubOptions {
  readonly readEvents: ApiContext['readEvents'];
  readonly schema: GraphQLSchema;
  readonly authenticator: Authenticator;
  readonly callers: Pick<Callers, 'ofSocket'>;
  readonly logger: Logger;
  readonly path: string;
  /** What reads query texts over HTTP, too. */
  readonly documents: Documents;
  /** An error as callers see it. */
  readonly tell: (error: unknown) => GraphQLFormattedError;
  /** Those of HTTP, too. */
  readonly budgets: BodyBudgets;
  readonly addresses: ClientAddresses;
  /** What operations are charged to. */
  readonly rates: Pick<Rates, 'bill'>;
}

type SocketContext = Context<ConnectionInitMessage['payload'], Carried>;

/** GraphQL over websockets, under the same keys and limits as over HTTP. Sockets are indexed by the key that opened them. */
export class SocketHub {
  private readonly clients = new SocketClients();
  private readonly server: WebSocketServer;
  private readonly transport: SocketTransport;
  private readonly timers: readonly NodeJS.Timeout[];
  private readonly silent = new WeakSet<WebSocket>();
  /** What ends the count of a socket as a stranger's. */
  private readonly strangers = new WeakMap<WebSocket, () => void>();
  private rechecking = false;
  private draining = false;

  constructor(private readonly options: SocketHubOptions) {
    this.server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, handleProtocols });
    this.transport = new SocketTransport({
      ...options,
      clients: this.clients,
      graphql: makeServer<ConnectionInitMessage['payload'], Carried>(this.handlers()),
    });
    this.timers = [
      setInterval(() => void this.recheck(), RECHECK_MS),
      setInterval(() => this.keepAlive(), KEEP_ALIVE_MS),
    ];
    for (const timer of this.timers) timer.unref();
  }

  /** Takes the upgrades of an HTTP server. */
  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  get openSockets(): number {
    return this.server.clients.size;
  }

  /** Closes every socket that this key opened, at once. */
  disconnectKey(apiKeyId: string): void {
    for (const { socket } of this.clients.ofKey(apiKeyId)) {
      closeSocket(socket, CLOSE.forbidden, 'The key was revoked.');
    }
  }

  /** Closes every socket that this session opened, at once. */
  disconnectLogin(token: string): void {
    for (const { socket } of this.clients.ofLogin(token)) {
      closeSocket(socket, CLOSE.forbidden, 'You have signed out.');
    }
  }

  /** Closes all sockets with 1001 and takes no more. */
  async close(): Promise<void> {
    this.draining = true;
    for (const timer of this.timers) clearInterval(timer);
    for (const socket of this.server.clients) {
      closeSocket(socket, CLOSE.goingAway, 'The server is shutting down. Connect again.');
    }
    await new Promise((resolve) => this.server.close(resolve));
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = request.url?.split('?', 1)[0];
    const address = this.options.addresses.of(request);
    if (this.draining) return refuseUpgrade(socket, 503);
    if (path !== this.options.path) return refuseUpgrade(socket, 404);
    const known = this.clients.takeStranger(address);
    if (!known) return refuseUpgrade(socket, 429);
    socket.once('close', known);
    this.server.handleUpgrade(request, socket, head, (ws) => {
      this.strangers.set(ws, known);
      ws.on('pong', () => this.silent.delete(ws));
      this.transport.open(ws, request, socket);
    });
  }

  private keepAlive(): void {
    for (const socket of this.server.clients) {
      if (this.silent.has(socket)) socket.terminate();
      else if (socket.readyState === socket.OPEN) {
        this.silent.add(socket);
        socket.ping();
      }
    }
  }

  private handlers(): ServerOptions<ConnectionInitMessage['payload'], Carried> {
    const { schema } = this.options;
    return {
      schema,
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      onConnect: (context) => this.connect(context),
      onClose: (context) => this.clients.remove(context.extra.socket),
      onSubscribe: (context, _id, payload) => this.subscribe(context, payload),
      execute: (args) => counted(args, async () => execute(args)),
      subscribe: (args) => counted(args, async () => subscribe(args)),
      onError: (context, _id, _payload, errors) => errors.map((error) => this.report(context, error)),
      onNext: (context, _id, _payload, { contextValue }, result) => {
        const told = withCost(result, (contextValue as CountedContext).bill);
        return told.errors ? { ...told, errors: told.errors.map((error) => this.report(context, error)) } : told;
      },
    };
  }

  private report(context: SocketContext, error: GraphQLError): GraphQLFormattedError {
    const session = this.clients.find(context.extra.socket);
    logError(this.options.logger, error, { requestId: session?.requestId });
    return this.options.tell(error);
  }

  private async connect(context: SocketContext): Promise<boolean> {
    const { socket } = context.extra;
    const proof = this.options.callers.ofSocket(context.extra.request, context.connectionParams ?? {});
    try {
      const principal = await proof.identify();
      if (socket.readyState !== socket.OPEN) return false;
      this.clients.add({ socket, ...proof, principal, requestId: randomUUID() });
      this.strangers.get(socket)?.();
      return true;
    } catch (error) {
      const [code, reason] = this.closingOf(error);
      closeSocket(socket, code, reason);
      // The close frame above is the one that is sent; graphql-ws' own close of a refused connection comes too late.
      return false;
    }
  }

  private closingOf(error: unknown): [code: number, reason: string] {
    const codes: Readonly<Record<string, number>> = {
      UNAUTHENTICATED: CLOSE.unauthenticated,
      FORBIDDEN: CLOSE.forbidden,
      CONFLICT: CLOSE.forbidden,
      RATE_LIMITED: CLOSE.tooMany,
    };
    const code = error instanceof DomainError ? codes[error.code] : undefined;
    if (error instanceof DomainError && code !== undefined) return [code, error.message];
    logError(this.options.logger, error);
    return [CLOSE.tryAgain, 'Keys cannot be checked just now. Try again in a moment.'];
  }

  private async subscribe(
    context: SocketContext,
    payload: SubscribePayload,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const notes: RequestNotes = {};
    const answer = await this.prepare(context, payload, notes).catch((error: unknown) => {
      if (error instanceof GraphQLError) return [error];
      const original = error instanceof Error ? error : new Error(String(error));
      return [new GraphQLError(original.message, { originalError: original })];
    });
    if (Array.isArray(answer)) noteError(notes, answer[0]);
    const session = this.clients.find(context.extra.socket);
    this.options.logger.info(
      { requestId: session?.requestId, ...callerOf(session?.principal), ...notes },
      'socket operation',
    );
    return answer;
  }

  private async prepare(
    context: SocketContext,
    payload: SubscribePayload,
    notes: RequestNotes,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const session = this.clients.find(context.extra.socket);
    if (!session) throw new DomainError('UNAUTHENTICATED', 'This socket is closing. Connect again.');
    const { operationsASocket } = SOCKET_LIMITS;
    if (Object.keys(context.subscriptions).length > operationsASocket) {
      const message = `A socket may run ${operationsASocket} operations at once. Complete some, or open another.`;
      throw rateLimited(message);
    }
    const principal = await this.stillAllowed(session);
    const { schema, documents, addresses } = this.options;
    const party = partyOf(principal, addresses.of(context.extra.request));
    const document = await documents.read(payload.query, party);
    if (!('kind' in document)) return document;
    const operation = getOperationAST(document, payload.operationName);
    if (!operation) return [new GraphQLError('operationName must name one of the operations in the query.')];
    notes.operation = nameOfOperation(operation);
    if (operation.operation === 'subscription') assertSubscriptionSize(payload);
    const slice = new LoopSlice();
    assertAllowed(schema, document, operation, payload.variables, principal);
    await slice.pause();
    const contextValue: CountedContext = {
      ...createContext({
        readEvents: this.options.readEvents,
        requestId: session.requestId,
        clientOrigin: clientOrigin(context.extra.request),
        client: {
          address: this.options.addresses.exactly(context.extra.request) || null,
          actor: auditActorOf(context.connectionParams?.['actor']),
        },
        principal,
        assertStillAllowed: async () => void (await this.stillAllowed(session)),
        slice: operation.operation === 'subscription' ? undefined : slice,
      }),
      bill: billFor(this.options.rates, principal),
      end: this.clients.takeOperation(session),
    };
    return {
      schema,
      document,
      operationName: payload.operationName,
      variableValues: payload.variables,
      contextValue,
    };
  }

  /** @throws DomainError, having closed the socket, when its key no longer holds. */
  private async stillAllowed(session: Session): Promise<Principal> {
    try {
      return await session.identify();
    } catch (error) {
      if (error instanceof DomainError && ['UNAUTHENTICATED', 'FORBIDDEN', 'CONFLICT'].includes(error.code)) {
        closeSocket(session.socket, CLOSE.forbidden, error.message);
      }
      throw error;
    }
  }

  /** A revocation made in another process, an expiry, a suspended tenant: one question for all keys. A database that is away closes nothing. */
  private async recheck(): Promise<void> {
    const keyIds = this.clients.keyIds();
    if (this.rechecking || keyIds.length === 0) return;
    this.rechecking = true;
    try {
      for (const keyId of await this.options.authenticator.findLapsed(keyIds)) {
        await Promise.allSettled([...this.clients.ofKey(keyId)].map((session) => this.stillAllowed(session)));
      }
    } catch (error) {
      this.options.logger.debug({ err: error }, 'keys of sockets were not looked at');
    } finally {
      this.rechecking = false;
    }
  }
}

/** @throws DomainError BAD_USER_INPUT. */
function assertSubscriptionSize(payload: SubscribePayload): void {
  if (Buffer.byteLength(JSON.stringify(payload)) <= MAX_SUBSCRIPTION_BYTES) return;
  throw new DomainError(
    'BAD_USER_INPUT',
    `A subscription may be ${MAX_SUBSCRIPTION_BYTES} bytes long, variables included. Select less, and ask for the rest when an event comes.`,
  );
}

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
}
