/** The same server and database with another login. A URL without a host (a Unix socket named by `?host=`) has no place for it but its parameters. */
export function withLogin(serverUrl: string, user: string, password: string): string {
  const url = new URL(serverUrl);
  // Parameters win over what stands before the host.
  for (const name of LOGIN) url.searchParams.delete(name);
  if (url.host === '') {
    url.searchParams.set('user', user);
    url.searchParams.set('password', password);
  } else {
    url.username = encodeURIComponent(user);
    url.password = encodeURIComponent(password);
  }
  return url.href;
}

/** Who logs in by a URL; empty where it does not say. */
export function roleOf(url: string): string {
  const { searchParams, username } = new URL(url);
  return searchParams.get('user') || decodeURIComponent(username);
}

/** Where the server of a URL is, for messages: host:port, or the folder of its Unix socket. */
export function hostOf(url: string): string {
  const { searchParams, host } = new URL(url);
  return searchParams.get('host') || host;
}

/** The same login, by a pooler in front of the server. @param pooler host:port */
export function throughPooler(url: string, pooler: string): string {
  const by = new URL(url);
  // What names the server in the parameters would win, and pass by the pooler.
  for (const name of ['host', 'port']) by.searchParams.delete(name);
  const { hostname, port } = new URL(`postgresql://${pooler}`);
  by.hostname = hostname;
  by.port = port;
  return by.href;
}

const LOGIN = ['user', 'password'] as const;
