import { clientOrigin } from '../../src/http/client-origin';
import { ServerAddress } from '../../src/http/server-address';

const originOf = (host: string | undefined): string | undefined =>
  clientOrigin({ headers: host === undefined ? {} : { host } });

test.each(['localhost:4000', 'faces.example', '10.0.0.7:8080', '[::1]:4000'])('%s can stand in an address', (host) => {
  expect(originOf(host)).toBe(`http://${host}`);
});

test.each([undefined, '', 'a@b', 'a/b', 'a#b', 'a?b', 'a b', 'a\r\nb: c', 'a:123456', '[::1', 'ä.example'])(
  '%j cannot',
  (host) => expect(originOf(host)).toBeUndefined(),
);

test('what a client calls the server counts only where the settings leave it open', () => {
  const addressOf = (publicUrl: string | undefined, host: string): string => {
    const address = new ServerAddress({ publicUrl, host });
    address.listensAt('http://127.0.0.1:4000');
    return address.urlFor('http://elsewhere.example');
  };
  expect(addressOf('https://faces.example', '0.0.0.0')).toBe('https://faces.example');
  expect(addressOf(undefined, '127.0.0.1')).toBe('http://127.0.0.1:4000');
  expect(addressOf(undefined, '0.0.0.0')).toBe('http://elsewhere.example');
});
