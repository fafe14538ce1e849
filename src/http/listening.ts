import { createServer, type AddressInfo, type Server } from 'node:net';
import { DomainError } from '../domain/errors';

/**
 * Listens. @param port 0 takes a free one. @returns the port.
 * @throws DomainError CONFLICT when the port or the address cannot be had; its cause is what the system said.
 */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException): void => reject(cannotListen(cause, port, host));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Of the addresses that stand for every address of the machine: where the machine itself reaches what listens there. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

export function isEveryAddress(host: string): boolean {
  return Object.hasOwn(LOOPBACK, host);
}

/** Whether only programs of this machine reach what listens there. */
export function isThisMachineOnly(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** `http://host:port` by which this machine reaches what listens there. */
export function localUrl(host: string, port: number): string {
  const reached = isEveryAddress(host) ? LOOPBACK[host]! : host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}

/**
 * Looks whether a server could listen there, so that a start that is going to be refused is refused at its beginning.
 * @throws DomainError CONFLICT, as `listen` does.
 */
export async function assertCanListen(port: number, host: string): Promise<void> {
  const probe = createServer();
  await listen(probe, port, host);
  await new Promise((resolve) => probe.close(resolve));
}

function cannotListen(cause: NodeJS.ErrnoException, port: number, host: string): Error {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process listens there. Stop it, or set LIKENESS_PORT to another port (0 takes a free one)',
    EACCES: 'this account may not use that port. Set LIKENESS_PORT to one above 1023',
    EADDRNOTAVAIL: 'this machine has no such address. Set LIKENESS_HOST to one that it has',
    ENOTFOUND: 'there is no such host name. Set LIKENESS_HOST to an address of this machine',
  };
  const reason = reasons[cause.code ?? ''];
  return reason ? new DomainError('CONFLICT', `Cannot listen on ${host}:${port}: ${reason}.`, { cause }) : cause;
}
