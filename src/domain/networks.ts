import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** IPv4 that came in over IPv6 is itself. */
export function plainAddress(address: string): string {
  const mapped = address.replace(/^::ffff:/i, '');
  return isIPv4(mapped) ? mapped : address;
}

interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** @returns null when `text` is none: `10.1.0.0/16`, `fd12::/64`, or one address. */
function parse(text: string): Network | null {
  const [address = '', length, ...rest] = text.split('/');
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) && !address.includes('%') ? 'ipv6' : null;
  if (family === null || rest.length > 0) return null;
  const longest = family === 'ipv4' ? 32 : 128;
  if (length === undefined) return { address, prefix: longest, family };
  const prefix = Number(length);
  return /^\d{1,3}$/.test(length) && prefix <= longest ? { address, prefix, family } : null;
}

/** Whether it can be given to `Networks`. */
export function isNetwork(text: string): boolean {
  return parse(text) !== null;
}

/** Some networks, and whether an address lies in one of them. */
export class Networks {
  private readonly all: readonly { readonly network: Network; readonly list: BlockList }[];

  /** @param texts CIDRs, or single addresses. @throws Error when one is none (`isNetwork`). */
  constructor(texts: readonly string[]) {
    this.all = texts.map((text) => {
      const network = parse(text);
      if (!network) throw new Error(`${text} is no network`);
      const list = new BlockList();
      list.addSubnet(network.address, network.prefix, network.family);
      return { network, list };
    });
  }

  /** @param address as a socket tells it; one that is none lies nowhere. */
  has(address: string): boolean {
    const plain = plainAddress(address);
    const family = isIPv4(plain) ? 'ipv4' : 'ipv6';
    if (family === 'ipv6' && !isIPv6(plain)) return false;
    return this.all.some(({ list }) => list.check(plain, family));
  }

  /** Whether all of another network lies in one of these. */
  covers(text: string): boolean {
    const other = parse(text);
    if (!other) return false;
    return this.all.some(
      ({ network, list }) =>
        network.family === other.family && network.prefix <= other.prefix && list.check(other.address, other.family),
    );
  }
}
