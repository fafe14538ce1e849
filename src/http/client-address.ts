import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import { Networks, plainAddress } from '../domain/networks';

/** By what address a client is counted. */
export class ClientAddresses {
  private readonly trusted: Networks;

  /** @param proxies CIDRs of the proxies whose `X-Forwarded-For` is believed; nobody else may name a client. */
  constructor(proxies: readonly string[]) {
    this.trusted = new Networks(proxies);
  }

  /** By what a client is counted: its address, or of IPv6 the network of 64 bits: one customer has at least that many. */
  of(request: Pick<IncomingMessage, 'headers' | 'socket'>): string {
    const address = this.exactly(request);
    return isIPv6(address) ? networkOf(address) : address;
  }

  /** The address of whoever sent the request, as the nearest machine that is no trusted proxy; empty when its socket is gone. */
  exactly(request: Pick<IncomingMessage, 'headers' | 'socket'>): string {
    const named = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',').reverse();
    let address = plainAddress(request.socket.remoteAddress ?? '');
    for (const next of named) {
      const before = plainAddress(next.trim());
      if (!this.trusted.has(address) || !(isIPv4(before) || isIPv6(before))) break;
      address = before;
    }
    return address;
  }
}

/** The first four groups of an IPv6 address, written out. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('::', 2);
  const before = head.split(':').filter(Boolean);
  const after = (tail ?? '').split(':').filter(Boolean);
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(Math.max(0, missing)).fill('0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':')}::/64`;
}
