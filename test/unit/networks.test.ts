import { isNetwork, Networks } from '../../src/domain/networks';

test.each([
  ['10.1.0.0/16', true],
  ['10.1.2.3', true],
  ['0.0.0.0/0', true],
  ['fd12::/64', true],
  ['::1', true],
  ['10.1.0.0/33', false],
  ['fd12::/129', false],
  ['10.1.0.0/', false],
  ['10.1.0.0/-1', false],
  ['10.1.0.0/1e1', false],
  ['10.1.0.0/8/8', false],
  ['10.1.0', false],
  ['fe80::1%eth0', false],
  ['example.com', false],
  ['', false],
])('%s', (text, expected) => expect(isNetwork(text)).toBe(expected));

test('an address lies in a network of its family, whatever the address of that network says behind its prefix', () => {
  const networks = new Networks(['10.1.2.3/16', 'fd12:0:0:1::5/64', '192.0.2.7']);
  for (const address of ['10.1.0.1', '10.1.255.255', '::ffff:10.1.9.9', 'fd12:0:0:1:ffff::', '192.0.2.7']) {
    expect([address, networks.has(address)]).toEqual([address, true]);
  }
  for (const address of ['10.2.0.1', 'fd12:0:0:2::1', '192.0.2.8', '::ffff:192.0.2.8', '', 'unknown', '::1']) {
    expect([address, networks.has(address)]).toEqual([address, false]);
  }
});

test('networks cover those that lie in one of them', () => {
  const networks = new Networks(['10.1.0.0/16', 'fd12::/32']);
  for (const inside of ['10.1.0.0/16', '10.1.7.0/24', '10.1.7.7', 'fd12:0:1::/48']) {
    expect([inside, networks.covers(inside)]).toEqual([inside, true]);
  }
  for (const outside of ['10.0.0.0/8', '10.2.0.0/16', '0.0.0.0/0', '::/0', 'fd13::/48']) {
    expect([outside, networks.covers(outside)]).toEqual([outside, false]);
  }
});

test('what is no network is none', () => expect(() => new Networks(['somewhere'])).toThrow('somewhere is no network'));
