import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a server and who calls it: takes the server away, brings it back at another port, and spoils the way to it. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;
  private isFrozen = false;
  private readonly silent = new WeakSet<Socket>();
  private delayMs = 0;
  private isHalving = false;

  constructor(private target: { readonly host: string; readonly port: number }) {}

  /** @returns the port on 127.0.0.1, the same every time. */
  async open(target = this.target): Promise<number> {
    this.target = target;
    const server = createServer((client) => this.link(client));
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    return this.port;
  }

  /** Carries nothing more, without a word, over old connections or new ones: as when a cable is pulled. */
  freeze(): void {
    this.isFrozen = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** What was held back arrives. */
  thaw(): void {
    this.isFrozen = false;
    for (const socket of this.sockets) this.resume(socket);
  }

  /** Carries nothing more over the connections that stand, without a word, for good; new ones are as good as ever. */
  silence(): void {
    for (const socket of this.sockets) {
      this.silent.add(socket);
      socket.pause();
    }
  }

  /** Holds back every piece that arrives for so long. @param ms 0: no more */
  delay(ms: number): void {
    this.delayMs = ms;
  }

  /** Carries half of the next piece of a connection, then cuts it. */
  halve(isHalving: boolean): void {
    this.isHalving = isHalving;
  }

  /** Cuts every connection and refuses new ones. */
  async shut(): Promise<void> {
    const closed = this.server && once(this.server, 'close');
    this.server?.close();
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private resume(socket: Socket): void {
    if (!this.isFrozen && !this.silent.has(socket)) socket.resume();
  }

  private link(client: Socket): void {
    const upstream = connect(this.target);
    this.carry(client, upstream);
    this.carry(upstream, client);
  }

  private carry(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
    from.on('end', () => to.end());
    from.on('data', (piece) => {
      if (this.isHalving) {
        from.pause();
        to.write(piece.subarray(0, piece.length >> 1), () => from.destroy());
        return;
      }
      const resume = (): void => this.resume(from);
      if (this.delayMs > 0) {
        from.pause();
        setTimeout(() => to.write(piece, resume), this.delayMs);
      } else if (!to.write(piece)) {
        from.pause();
        to.once('drain', resume);
      }
    });
    if (this.isFrozen) from.pause();
  }
}
