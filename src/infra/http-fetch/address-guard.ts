import ipaddr from 'ipaddr.js';

/** ALLOWED: inside a range that the operator opened. REFUSED: everything that is neither public nor opened. */
export type AddressClass = 'PUBLIC' | 'ALLOWED' | 'REFUSED';

type Cidr = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Public by its range, yet answered by the machine's own cloud (Azure's host agent). */
const INTERNAL_SERVICES: ReadonlySet<string> = new Set(['168.63.129.16']);
/** All that is routed on the internet. It leaves out, among others, `::127.0.0.1` and every translation prefix. */
const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];

/** Says which addresses a request that a stranger caused may reach. */
export class AddressGuard {
  private readonly allowed: readonly Cidr[];

  /**
   * @param allowCidrs ranges such as `10.1.0.0/16` or `fd12::/64` that may be reached although they are not public.
   * @throws Error naming the first one that is no range. The settings have been checked before it.
   */
  constructor(allowCidrs: readonly string[]) {
    this.allowed = allowCidrs.map((text) => {
      if (!ipaddr.isValidCIDR(text)) throw new Error(`${text} is not a range like 10.1.0.0/16`);
      return ipaddr.parseCIDR(text);
    });
  }

  /** @param address an IP address as text, as a resolver or a URL gives it. */
  classify(address: string): AddressClass {
    if (!ipaddr.isValid(address)) return 'REFUSED';
    const parsed = ipaddr.parse(address);
    if (this.allowed.some(([base, bits]) => base.kind() === parsed.kind() && parsed.match(base, bits)))
      return 'ALLOWED';
    if (parsed.range() !== 'unicast' || INTERNAL_SERVICES.has(parsed.toString())) return 'REFUSED';
    return parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL_UNICAST_V6) ? 'REFUSED' : 'PUBLIC';
  }
}
