import type { IncomingMessage } from 'node:http';

/**
 * The address by which a client reached this server, `http://host:port`, from its Host header. undefined: it sent none that
 * can stand in an address. Good only for answers to that client itself, who may write there what it likes.
 */
export function clientOrigin(request: Pick<IncomingMessage, 'headers'>): string | undefined {
  const { host } = request.headers;
  return host !== undefined && /^(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d{1,5})?$/.test(host) ? `http://${host}` : undefined;
}
