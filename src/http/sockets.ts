import { GraphQLError, type ExecutionArgs, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { ConnectionInitMessage, Context, ServerOptions, SubscribePayload } from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { getOperationAST } from 'graphql';
import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import { DomainError } from '../domain/errors';
import { clientOrigin } from './client-origin';
import { createContext, type ApiContext } from '../graphql/context';
import type { Documents } from '../graphql/documents';
import { logError } from '../graphql/errors';
import { assertInputLimits } from '../graphql/input-limits';
import { assertWithinLimits } from '../graphql/limits';
import type { Principal } from '../graphql/principal';
import type { Authenticator } from './authentication';
import { callerOf, nameOfOperation, noteError, type RequestNotes } from './request-log';

/** With the authenticator's cache this keeps a revoked key's sockets open for less than 2 s. */
const RECHECK_MS = 700;
const MAX_OPERATIONS_A_SOCKET = 50;
const MAX_SOCKETS_A_KEY = 200;
const INIT_TIMEOUT_MS = 5_000;
/** What a socket may send before it has shown its key: a ConnectionInit, and no image. */
const MAX_BYTES_UNKNOWN = 64 * 1024;

/** Close codes a client meets. 4408 (no ConnectionInit) and 4429 (two of them) are sent by graphql-ws itself, too. */
export const CLOSE = { unauthenticated: 4401, forbidden: 4403, tooMany: 4429, goingAway: 1001 } as const;

export interface SocketHubOptions {
  readonly readEvents: ApiContext['readEvents'];
  readonly schema: GraphQLSchema;
  readonly authenticator: Authenticator;
  readonly logger: Logger;
  readonly path: string;
  /** What reads query texts over HTTP, too. */
  readonly documents: Documents;
  /** An error as callers see it. */
  readonly tell: (error: unknown) => GraphQLFormattedError;
  readonly maxMessageBytes: number;
}

interface Session {
  readonly socket: WebSocket;
  readonly authorization: string;
  readonly requestId: string;
  readonly principal: Principal;
}

type SocketContext = Context<ConnectionInitMessage['payload'], Extra>;

/** The key that stands for the operator's sockets in the index. */
const OPERATOR = 'operator';

function indexKeyOf(principal: Principal): string {
  return principal.kind === 'operator' ? OPERATOR : principal.apiKeyId;
}

/** A close reason holds at most 123 bytes. */
function close(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, Buffer.from(reason).subarray(0, 123).toString());
}

/** GraphQL over websockets, under the same keys and limits as over HTTP. Sockets are indexed by the key that opened them. */
export class SocketHub {
  private readonly byKey = new Map<string, Set<Session>>();
  private readonly sessions = new WeakMap<WebSocket, Session>();
  private readonly server: WebSocketServer;
  private readonly disposable: { dispose: () => Promise<void> | void };
  private readonly timer: NodeJS.Timeout;
  private draining = false;

  constructor(private readonly options: SocketHubOptions) {
    this.server = new WebSocketServer({ noServer: true, maxPayload: options.maxMessageBytes });
    this.disposable = useServer(this.handlers(), this.server);
    this.timer = setInterval(() => void this.recheck(), RECHECK_MS);
    this.timer.unref();
  }

  /** Takes the upgrades of an HTTP server. */
  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => {
      const path = request.url?.split('?', 1)[0];
      const status = this.draining ? 503 : path === this.options.path ? 0 : 404;
      if (status) {
        socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
        return;
      }
      this.server.handleUpgrade(request, socket, head, (ws) => {
        this.boundUntilKnown(ws, socket);
        this.server.emit('connection', ws, request);
      });
    });
  }

  /** A whole message is held in memory before anyone looks at it: a stranger gets to fill very little. */
  private boundUntilKnown(ws: WebSocket, socket: Duplex): void {
    let bytes = 0;
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (this.sessions.has(ws)) socket.off('data', count);
      else if (bytes > MAX_BYTES_UNKNOWN) ws.terminate();
    };
    socket.on('data', count);
  }

  get openSockets(): number {
    return this.server.clients.size;
  }

  /** Closes every socket that this key opened, at once. */
  disconnectKey(apiKeyId: string): void {
    for (const session of this.byKey.get(apiKeyId) ?? [])
      close(session.socket, CLOSE.forbidden, 'The key was revoked.');
  }

  /** Closes all sockets with 1001 and takes no more. */
  async close(): Promise<void> {
    this.draining = true;
    clearInterval(this.timer);
    for (const socket of this.server.clients) {
      close(socket, CLOSE.goingAway, 'The server is shutting down. Connect again.');
    }
    await this.disposable.dispose();
  }

  private handlers(): ServerOptions<ConnectionInitMessage['payload'], Extra> {
    const { schema } = this.options;
    return {
      schema,
      connectionInitWaitTimeout: INIT_TIMEOUT_MS,
      onConnect: (context) => this.connect(context),
      onClose: (context) => this.forget(context.extra.socket),
      onSubscribe: (context, _id, payload) => this.subscribe(context, payload),
      onError: (context, _id, _payload, errors) => errors.map((error) => this.report(context, error)),
      onNext: (context, _id, _payload, _args, result) =>
        result.errors ? { ...result, errors: result.errors.map((error) => this.report(context, error)) } : undefined,
    };
  }

  private report(context: SocketContext, error: GraphQLError): GraphQLFormattedError {
    const session = this.sessions.get(context.extra.socket);
    logError(this.options.logger, error, { requestId: session?.requestId });
    return this.options.tell(error);
  }

  private async connect(context: SocketContext): Promise<boolean> {
    const { socket } = context.extra;
    const params = context.connectionParams ?? {};
    const given = params['authorization'] ?? params['Authorization'];
    const authorization = typeof given === 'string' ? given : '';
    try {
      const principal = await this.options.authenticator.authenticate(authorization);
      const key = indexKeyOf(principal);
      const others = this.byKey.get(key) ?? new Set();
      if (others.size >= MAX_SOCKETS_A_KEY) {
        close(socket, CLOSE.tooMany, `A key may hold ${MAX_SOCKETS_A_KEY} sockets open. Close some.`);
        return false;
      }
      if (socket.readyState !== socket.OPEN) return false;
      const session = { socket, authorization, principal, requestId: randomUUID() };
      this.byKey.set(key, others.add(session));
      this.sessions.set(socket, session);
      return true;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'UNAUTHENTICATED') {
        close(socket, CLOSE.unauthenticated, error.message);
      } else if (error instanceof DomainError && error.code === 'FORBIDDEN') {
        close(socket, CLOSE.forbidden, error.message);
      } else {
        logError(this.options.logger, error);
        close(socket, 1013, 'Keys cannot be checked just now. Try again in a moment.');
      }
      // The close frame above is the one that is sent; graphql-ws' own close of a refused connection comes too late.
      return false;
    }
  }

  private forget(socket: WebSocket): void {
    const session = this.sessions.get(socket);
    if (!session) return;
    const key = indexKeyOf(session.principal);
    const others = this.byKey.get(key);
    others?.delete(session);
    if (others?.size === 0) this.byKey.delete(key);
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
    const session = this.sessions.get(context.extra.socket);
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
    const session = this.sessions.get(context.extra.socket);
    if (!session) throw new DomainError('UNAUTHENTICATED', 'This socket is closing. Connect again.');
    if (Object.keys(context.subscriptions).length > MAX_OPERATIONS_A_SOCKET) {
      const message = `A socket may run ${MAX_OPERATIONS_A_SOCKET} operations at once. Complete some, or open another.`;
      throw new DomainError('RATE_LIMITED', message);
    }
    const principal = await this.stillAllowed(session);
    const { schema, documents } = this.options;
    const document = documents.read(payload.query);
    if (!('kind' in document)) return document;
    const operation = getOperationAST(document, payload.operationName);
    if (!operation) return [new GraphQLError('operationName must name one of the operations in the query.')];
    notes.operation = nameOfOperation(operation);
    assertWithinLimits(schema, document, operation, payload.variables ?? {});
    assertInputLimits(schema, operation, payload.variables ?? {});
    return {
      schema,
      document,
      operationName: payload.operationName,
      variableValues: payload.variables,
      contextValue: createContext({
        readEvents: this.options.readEvents,
        requestId: session.requestId,
        clientOrigin: clientOrigin(context.extra.request),
        principal,
        assertStillAllowed: async () => void (await this.stillAllowed(session)),
      }),
    };
  }

  /** @throws DomainError, having closed the socket, when its key no longer holds. */
  private async stillAllowed(session: Session): Promise<Principal> {
    try {
      return await this.options.authenticator.authenticate(session.authorization);
    } catch (error) {
      if (error instanceof DomainError && (error.code === 'UNAUTHENTICATED' || error.code === 'FORBIDDEN')) {
        close(session.socket, CLOSE.forbidden, error.message);
      }
      throw error;
    }
  }

  /** A revocation made in another process, an expiry, a suspended tenant. A database that is away closes nothing. */
  private async recheck(): Promise<void> {
    for (const [key, sessions] of this.byKey) {
      if (key === OPERATOR) continue;
      // One look-up a key: its sessions share the cached answer.
      await Promise.allSettled([...sessions].map((session) => this.stillAllowed(session)));
    }
  }
}
