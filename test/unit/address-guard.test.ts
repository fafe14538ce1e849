import { AddressGuard } from '../../src/infra/http-fetch/address-guard';

const strict = new AddressGuard([]);

describe('AddressGuard', () => {
  it.each(['1.1.1.1', '8.8.8.8', '93.184.216.34', '172.15.0.1', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450::1'])(
    'takes %s for public',
    (address) => expect(strict.classify(address)).toBe('PUBLIC'),
  );

  it.each([
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['loopback', '::1'],
    ['this network', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['unspecified', '::'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['unique local', 'fd12:3456::1'],
    ['link-local, and cloud metadata', '169.254.169.254'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['metadata over IPv6', 'fd00:ec2::254'],
    ['metadata behind carrier-grade NAT', '100.100.100.200'],
    ['the cloud’s host agent', '168.63.129.16'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['multicast', '224.0.0.1'],
    ['multicast', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['benchmarking', '198.18.0.1'],
    ['documentation', '192.0.2.1'],
    ['documentation', '203.0.113.1'],
    ['documentation', '2001:db8::1'],
    ['IETF protocols', '192.0.0.192'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped, of a public one too', '::ffff:8.8.8.8'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['IPv4-translated', '::ffff:0:127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['local NAT64', '64:ff9b:1::7f00:1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001::1'],
    ['site-local', 'fec0::1'],
    ['discard', '100::1'],
    ['not an address', 'localhost'],
    ['nothing', ''],
  ])('refuses %s: %s', (_what, address) => expect(strict.classify(address)).toBe('REFUSED'));

  it('opens the named ranges and nothing beside them', () => {
    const guard = new AddressGuard(['10.1.0.0/16', 'fd12::/16']);
    expect(guard.classify('10.1.255.1')).toBe('ALLOWED');
    expect(guard.classify('10.2.0.1')).toBe('REFUSED');
    expect(guard.classify('fd12::1')).toBe('ALLOWED');
    expect(guard.classify('fd13::1')).toBe('REFUSED');
    expect(guard.classify('::ffff:10.1.0.1')).toBe('REFUSED');
    expect(guard.classify('1.1.1.1')).toBe('PUBLIC');
  });

  it('names a range that is none', () => {
    expect(() => new AddressGuard(['10.0.0.0/8', '10.0.0.0/33'])).toThrow('10.0.0.0/33');
    expect(() => new AddressGuard(['intranet'])).toThrow('intranet');
  });
});
