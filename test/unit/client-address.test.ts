import type { IncomingMessage } from 'node:http';
import { ClientAddresses } from '../../src/http/client-address';

function addressOf(trusted: readonly string[], remoteAddress: string, forwarded?: string | string[]): string {
  const request = { socket: { remoteAddress }, headers: forwarded ? { 'x-forwarded-for': forwarded } : {} };
  return new ClientAddresses(trusted).of(request as unknown as IncomingMessage);
}

test('nobody names a client unless the settings trust them', () => {
  expect(addressOf([], '198.51.100.7', '203.0.113.9')).toBe('198.51.100.7');
  expect(addressOf(['10.0.0.0/8'], '198.51.100.7', '203.0.113.9')).toBe('198.51.100.7');
  expect(addressOf(['10.0.0.0/8'], '10.1.2.3', '203.0.113.9')).toBe('203.0.113.9');
});

test('the nearest that is no trusted proxy counts, whatever stands before it', () => {
  expect(addressOf(['10.0.0.0/8'], '10.1.2.3', '1.1.1.1, 203.0.113.9, 10.4.4.4')).toBe('203.0.113.9');
  expect(addressOf(['10.0.0.0/8'], '10.1.2.3', '1.1.1.1, evil, 10.4.4.4')).toBe('10.4.4.4');
  expect(addressOf(['10.0.0.0/8'], '10.1.2.3', 'not an address')).toBe('10.1.2.3');
  expect(addressOf(['10.0.0.0/8'], '10.1.2.3', '10.4.4.4')).toBe('10.4.4.4');
});

test('IPv4 over IPv6 is IPv4, and of IPv6 the network counts', () => {
  expect(addressOf([], '::ffff:198.51.100.7')).toBe('198.51.100.7');
  expect(addressOf(['10.0.0.0/8'], '::ffff:10.0.0.1', '2001:DB8:0:7::1')).toBe('2001:db8:0:7::/64');
  expect(addressOf([], '2001:db8:0:7:aaaa::1')).toBe(addressOf([], '2001:db8::7:bbbb:1:2:3'));
  expect(addressOf([], '2001:db8:0:8::1')).not.toBe(addressOf([], '2001:db8:0:7::1'));
  expect(addressOf(['fd12::/64'], 'fd12::5', '203.0.113.9')).toBe('203.0.113.9');
  expect(addressOf([], '::1')).toBe('0:0:0:0::/64');
});
