import { Client } from 'pg';
import { hostOf, roleOf, throughPooler, withLogin } from '../../src/database/login-url';

const OVER_TCP = 'postgresql://owner:secret@db:5433/likeness';
const BY_SOCKET = 'postgresql:///likeness?host=/var/run/postgresql&port=5433&user=owner&password=secret';

/** Where the driver goes by a URL, and as whom. */
const reached = (url: string): object => {
  const { host, port, user, password, database } = new Client({ connectionString: url });
  return { host, port, user, password, database };
};

test.each([
  ['over TCP', OVER_TCP, 'db:5433'],
  ['by a Unix socket', BY_SOCKET, '/var/run/postgresql'],
  ['by a Unix socket beside a host', BY_SOCKET.replace('//', '//localhost'), '/var/run/postgresql'],
  ['over TCP with its login in the parameters', 'postgresql://db:5433/likeness?user=owner&password=secret', 'db:5433'],
])('a server %s takes another login, and a pooler before it', (_, url, host) => {
  expect(hostOf(url)).toBe(host);
  expect(roleOf(url)).toBe('owner');
  const login = withLogin(url, 'likeness_app', 'p@ss/w%rd &?');
  expect(roleOf(login)).toBe('likeness_app');
  const other = { user: 'likeness_app', password: 'p@ss/w%rd &?' };
  expect(reached(login)).toEqual({ ...reached(url), ...other });
  const pooled = throughPooler(login, '127.0.0.1:6432');
  expect(reached(pooled)).toEqual({ host: '127.0.0.1', port: 6432, database: 'likeness', ...other });
  expect(hostOf(pooled)).toBe('127.0.0.1:6432');
});
