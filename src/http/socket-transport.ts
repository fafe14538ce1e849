import type { Server as GraphqlServer } from 'graphql-ws';
import type { GraphQLFormattedError } from 'graphql';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import { DomainError } from '../domain/errors';
import type { Hold } from './byte-budget';
import type { ClientAddresses } from './client-address';
import { MessageRate } from './message-rate';
import { OperationShape, partiesOf, SMALL_BODY_BYTES, type BodyBudgets } from './operation-body';
import { SOCKET_LIMITS, type SocketClients } from './socket-clients';

/** Close codes a client meets. 4408 (no ConnectionInit) and 4429 (two of them) are sent by graphql-ws itself, too. */
export const CLOSE = {
  badRequest: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  tooMany: 4429,
  internal: 4500,
  goingAway: 1001,
  tryAgain: 1013,
} as const;

/** What a socket may send before it has shown its key: a ConnectionInit. */
const MAX_BYTES_UNKNOWN = 64 * 1024;
/** A subscribe message as clients write it, the id first. */
const SUBSCRIBE_ID = /^\s*\{\s*"id"\s*:\s*"([^"\\]{1,64})"\s*,\s*"type"\s*:\s*"subscribe"/;
const HEAD_BYTES = 256;

/** What graphql-ws hands to its hooks of a socket. */
export interface Carried {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
}

export interface SocketTransportOptions {
  readonly graphql: GraphqlServer<Carried>;
  readonly clients: SocketClients;
  readonly budgets: BodyBudgets;
  readonly addresses: ClientAddresses;
  readonly tell: (error: unknown) => GraphQLFormattedError;
  readonly logger: Logger;
}

/** A close reason holds at most 123 bytes. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, Buffer.from(reason).subarray(0, 123).toString());
}

/** Carries messages between sockets and graphql-ws: counted and judged by their bytes before they are parsed. */
export class SocketTransport {
  constructor(private readonly options: SocketTransportOptions) {}

  open(socket: WebSocket, request: IncomingMessage, stream: Duplex): void {
    const { graphql, logger } = this.options;
    const arriving = this.countArriving(socket, request, stream);
    const rate = new MessageRate(SOCKET_LIMITS.messagesASocket);
    socket.once('error', (error) => {
      logger.debug({ err: error }, 'socket failed');
      socket.terminate();
    });
    const closed = graphql.opened(
      {
        protocol: socket.protocol,
        send: (data) =>
          new Promise((resolve, reject) => {
            if (socket.readyState !== socket.OPEN) return resolve();
            socket.send(data, (error) => (error ? reject(error) : resolve()));
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) =>
          socket.on('message', (data: RawData) => {
            arriving.release();
            if (socket.readyState === socket.OPEN) void this.take({ socket, request }, data as Buffer, rate, handle);
          }),
      },
      { socket, request },
    );
    socket.once('close', (code, reason) => {
      arriving.release();
      Promise.resolve(closed(code, reason.toString())).catch((error: unknown) =>
        logger.error({ err: error }, 'a socket did not close cleanly'),
      );
    });
  }

  /** A message is held in memory before anyone sees it: a stranger gets to fill very little, others what is theirs. */
  private countArriving(socket: WebSocket, request: IncomingMessage, stream: Duplex): { release: () => void } {
    const { clients, budgets, addresses } = this.options;
    let ofStranger = 0;
    let arrived = 0;
    let hold: Hold | undefined;
    stream.on('data', (chunk: Buffer) => {
      const session = clients.find(socket);
      arrived += chunk.length;
      if (!session) {
        ofStranger += chunk.length;
        if (ofStranger > MAX_BYTES_UNKNOWN) socket.terminate();
        return;
      }
      if (arrived <= SMALL_BODY_BYTES) return;
      try {
        hold ??= budgets.large.hold(partiesOf(session.principal, addresses.of(request)));
        hold.grow(chunk.length);
      } catch (error) {
        closeSocket(socket, CLOSE.tooMany, error instanceof Error ? error.message : '');
      }
    });
    return {
      release: () => {
        arrived = 0;
        hold?.release();
        hold = undefined;
      },
    };
  }

  private async take(
    { socket, request }: Carried,
    data: Buffer,
    rate: MessageRate,
    handle: (text: string) => Promise<void>,
  ): Promise<void> {
    const { clients, budgets, addresses, logger } = this.options;
    const session = clients.find(socket);
    if (!rate.take() || (session && !clients.takeMessage(session))) {
      const { perSecond } = SOCKET_LIMITS.messagesASocket;
      closeSocket(socket, CLOSE.tooMany, `A socket may send ${perSecond} messages a second. Send fewer.`);
      return;
    }
    const budget = data.length > SMALL_BODY_BYTES ? budgets.large : budgets.small;
    const hold = budget.hold(partiesOf(session?.principal, addresses.of(request)));
    try {
      hold.grow(data.length);
      const shape = new OperationShape(session?.principal);
      shape.feed(data);
      shape.assertKind(data);
      // Until the operation that it begins has ended: graphql-ws keeps its message for so long.
      await handle(data.toString());
    } catch (error) {
      if (error instanceof DomainError) this.refuse(socket, data, error);
      else {
        logger.error({ err: error }, 'a socket message was not handled');
        closeSocket(socket, CLOSE.internal, 'Internal server error');
      }
    } finally {
      hold.release();
    }
  }

  /** An operation is answered under its id, so that the others of the socket go on; any other message ends it. */
  private refuse(socket: WebSocket, data: Buffer, error: DomainError): void {
    const id = SUBSCRIBE_ID.exec(data.toString('latin1', 0, HEAD_BYTES))?.[1];
    if (id !== undefined && this.options.clients.find(socket)) {
      socket.send(JSON.stringify({ id, type: 'error', payload: [this.options.tell(error)] }));
      return;
    }
    closeSocket(socket, error.code === 'RATE_LIMITED' ? CLOSE.tooMany : CLOSE.badRequest, error.message);
  }
}
