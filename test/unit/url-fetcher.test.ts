import type { DomainError } from '../../src/domain/errors';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import sharp from 'sharp';
import { isWebAddress } from '../../src/domain/image-url';
import { UndiciUrlFetcher, type ResolveHost } from '../../src/infra/http-fetch/undici-url-fetcher';
import { selfSignedCertificate } from '../fixtures/self-signed-certificate';
import { testWhere } from '../fixtures/needs';

const MAX_BYTES = 1_000_000;
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
let handler: Handler;
let server: Server;
let port: number;
let image: Buffer;

/** Stands for a service of the private network: counts whoever connects. */
let canary: TcpServer;
let canaryPort: number;
let canaryConnections = 0;
const canarySockets = new Set<Socket>();

const listen = (made: Server | TcpServer, host?: string) =>
  new Promise<number>((resolve, reject) => {
    made.once('error', reject);
    made.listen({ port: 0, host }, () => resolve((made.address() as AddressInfo).port));
  });
const close = (made: Server | TcpServer) => new Promise((resolve) => made.close(resolve));

beforeAll(async () => {
  image = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#336699' } })
    .png()
    .toBuffer();
  server = createHttpServer((request, response) => handler(request, response));
  port = await listen(server, '127.0.0.1');
  canary = createTcpServer((socket) => {
    canaryConnections++;
    canarySockets.add(socket);
    socket.on('error', () => undefined).end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret');
  });
  canaryPort = await listen(canary);
});
afterAll(async () => {
  canarySockets.forEach((socket) => socket.destroy());
  server.closeAllConnections();
  await Promise.all([close(server), close(canary)]);
});
beforeEach(() => {
  canaryConnections = 0;
  handler = (_request, response) => response.end(image);
});

function fetcher(options: { allowCidrs?: string[]; timeoutMs?: number; resolveHost?: ResolveHost } = {}) {
  return new UndiciUrlFetcher({ allowCidrs: LOOPBACK, timeoutMs: 5_000, ...options });
}
const local = (path = '/') => `http://127.0.0.1:${port}${path}`;
const get = (url: string, options: Parameters<typeof fetcher>[0] = {}) =>
  fetcher(options).fetch(url, { maxBytes: MAX_BYTES, party: 'a tenant' });
const redirectTo =
  (location: string, status = 302): Handler =>
  (_request, response) =>
    response.writeHead(status, { location }).end();

describe('UndiciUrlFetcher reaches no private host', () => {
  const strict = { allowCidrs: [] };

  it('which would be noticed: the canary answers where it may be reached', async () => {
    await expect(get(`http://127.0.0.1:${canaryPort}/`)).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
    await expect(get(`http://127.0.0.2:${canaryPort}/`)).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
    expect(canaryConnections).toBe(2);
  });

  it.each([
    'https://127.0.0.1:PORT/',
    'https://localhost:PORT/',
    'https://localhost.:PORT/',
    'https://2130706433:PORT/',
    'https://0x7f000001:PORT/',
    'https://0x7f.1:PORT/',
    'https://017700000001:PORT/',
    'https://0177.0.0.1:PORT/',
    'https://127.1:PORT/',
    'https://127.0.0.1.:PORT/',
    'https://①②⑦.⓪.⓪.①:PORT/',
    'https://0.0.0.0:PORT/',
    'https://0:PORT/',
    'https://[::1]:PORT/',
    'https://[::]:PORT/',
    'https://[::ffff:127.0.0.1]:PORT/',
    'https://[::ffff:7f00:1]:PORT/',
    'https://[0:0:0:0:0:ffff:127.0.0.1]:PORT/',
    'https://[::127.0.0.1]:PORT/',
    'https://[64:ff9b::127.0.0.1]:PORT/',
    'http://127.0.0.1:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'https://169.254.169.254/latest/meta-data/',
    'http://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/latest/meta-data/',
    'https://10.0.0.1/',
    'https://192.168.0.1/',
  ])('%s', async (url) => {
    const refusal = get(url.replace('PORT', String(canaryPort)), strict);
    await expect(refusal).rejects.toMatchObject({ code: 'URL_REFUSED', retryable: false });
    expect(canaryConnections).toBe(0);
  });

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254', '64:ff9b::7f00:1'])(
    'nor through a name that leads to %s',
    async (address) => {
      const refusal = get(`https://images.example:${canaryPort}/`, { ...strict, resolveHost: async () => [address] });
      await expect(refusal).rejects.toMatchObject({ code: 'URL_REFUSED' });
      expect(canaryConnections).toBe(0);
    },
  );

  it('nor when only one of the addresses of a name is private', async () => {
    const resolveHost: ResolveHost = async () => ['93.184.216.34', '127.0.0.1'];
    await expect(get(`https://images.example:${canaryPort}/`, { ...strict, resolveHost })).rejects.toMatchObject({
      code: 'URL_REFUSED',
    });
    expect(canaryConnections).toBe(0);
  });

  it.each([301, 302, 303, 307, 308])('nor by a redirect with status %d', async (status) => {
    handler = redirectTo(`http://127.0.0.2:${canaryPort}/`, status);
    await expect(get(local(), { allowCidrs: ['127.0.0.1/32'] })).rejects.toMatchObject({ code: 'URL_REFUSED' });
    expect(canaryConnections).toBe(0);
  });

  it('nor by the third redirect, to a name', async () => {
    handler = (request, response) => {
      const step = Number(request.url!.slice(1));
      redirectTo(step < 2 ? `/${step + 1}` : `http://inside.example:${canaryPort}/`)(request, response);
    };
    const resolveHost: ResolveHost = async () => ['127.0.0.2'];
    const refusal = get(local('/0'), { allowCidrs: ['127.0.0.1/32'], resolveHost });
    await expect(refusal).rejects.toMatchObject({ code: 'URL_REFUSED' });
    expect(canaryConnections).toBe(0);
  });

  it('connects to the address that was checked, whatever the name leads to afterwards', async () => {
    const answers = ['127.0.0.1', '127.0.0.2'];
    const asked: string[] = [];
    const resolveHost: ResolveHost = async (hostname) => {
      asked.push(hostname);
      return [answers[asked.length - 1] ?? '127.0.0.2'];
    };
    const allowCidrs = ['127.0.0.1/32'];
    const found = await get(`http://rebinding.example:${port}/`, { allowCidrs, resolveHost });
    expect(found.mime).toBe('image/png');
    expect(asked).toEqual(['rebinding.example']);
  });

  it('checks the name again when it is redirected to', async () => {
    const answers = ['127.0.0.1', '127.0.0.2'];
    const resolveHost: ResolveHost = async () => [answers.shift()!];
    handler = redirectTo(`http://rebinding.example:${canaryPort}/`);
    const refusal = get(`http://rebinding.example:${port}/`, { allowCidrs: ['127.0.0.1/32'], resolveHost });
    await expect(refusal).rejects.toMatchObject({ code: 'URL_REFUSED' });
    expect(canaryConnections).toBe(0);
  });

  it('says the same of a name that is private, unknown or empty, and names no address', async () => {
    const unknown: ResolveHost = () => Promise.reject(Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' }));
    const refusals = await Promise.all(
      [async () => ['10.9.8.7'], unknown, async () => []].map((resolveHost) =>
        get('https://inside.example/', { ...strict, resolveHost }).catch((error: Error) => error.message),
      ),
    );
    expect(new Set(refusals).size).toBe(1);
    expect(refusals[0]).not.toContain('10.9.8.7');
  });
});

describe('UndiciUrlFetcher', () => {
  it('gets an image, and tells its format by its bytes', async () => {
    handler = (_request, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(image);
    const found = await get(local());
    expect(found.mime).toBe('image/png');
    expect(Buffer.from(found.bytes).equals(image)).toBe(true);
  });

  const sixth = Object.values(networkInterfaces()).some((found) => found?.some((one) => one.address === '::1'));
  if (!sixth) console.warn('skipped: the test over IPv6 needs ::1 on this machine');
  testWhere(sixth)('gets an image by IPv6', async () => {
    const six = createHttpServer((_request, response) => response.end(image));
    const sixPort = await listen(six, '::1');
    expect((await get(`http://[::1]:${sixPort}/`)).mime).toBe('image/png');
    six.closeAllConnections();
    await close(six);
  });

  it('gets an image by name', async () => {
    expect((await get(`http://localhost:${port}/`, { resolveHost: async () => ['127.0.0.1'] })).mime).toBe('image/png');
  });

  it.each([
    [
      'an underscore in its host',
      (at: number) => `http://my_bucket.images.example:${at}/a.png`,
      'my_bucket.images.example',
    ],
    ['a dot at the end of its host', (at: number) => `http://images.example.:${at}/a.png`, 'images.example'],
    ['blanks around it', (at: number) => ` \n http://images.example:${at}/a.png \t`, 'images.example'],
    ['a signature of 8 KB', (at: number) => `http://images.example:${at}/?${'s'.repeat(8_192)}`, 'images.example'],
  ])('gets an image whose address has %s', async (_what, url, hostname) => {
    let asked: string | undefined;
    let host: string | undefined;
    handler = (request, response) => {
      host = request.headers.host;
      response.end(image);
    };
    const resolveHost: ResolveHost = async (name) => {
      asked = name;
      return ['127.0.0.1'];
    };
    expect(isWebAddress(url(port))).toBe(true);
    expect((await get(url(port), { resolveHost })).mime).toBe('image/png');
    expect([asked, host]).toEqual([hostname, `${hostname}:${port}`]);
  });

  it('sends the name, not the address, to a pinned host', async () => {
    let host: string | undefined;
    handler = (request, response) => {
      host = request.headers.host;
      response.end(image);
    };
    await get(`http://images.example:${port}/`, { resolveHost: async () => ['127.0.0.1'] });
    expect(host).toBe(`images.example:${port}`);
  });

  it('speaks TLS to an https address, for the name that was asked for', async () => {
    const hello = new Promise<Buffer>((resolve) => {
      const tls = createTcpServer((socket) => {
        socket.once('data', (bytes) => {
          resolve(bytes);
          socket.destroy();
          tls.close();
        });
      });
      void listen(tls, '127.0.0.1').then((at) =>
        get(`https://images.example:${at}/`, { resolveHost: async () => ['127.0.0.1'] }).catch(() => undefined),
      );
    });
    const bytes = await hello;
    expect(bytes[0]).toBe(0x16);
    expect(bytes.includes('images.example')).toBe(true);
  });

  it('sends nothing to a host whose certificate is not to be trusted', async () => {
    let requests = 0;
    const tls = createHttpsServer(selfSignedCertificate('images.example'), (_request, response) => {
      requests++;
      response.end(image);
    });
    const at = await listen(tls, '127.0.0.1');
    const refusal = get(`https://images.example:${at}/`, { resolveHost: async () => ['127.0.0.1'] });
    await expect(refusal).rejects.toMatchObject({
      code: 'URL_REFUSED',
      retryable: false,
      message: expect.stringContaining('certificate'),
    });
    expect(requests).toBe(0);
    await close(tls);
  });

  it('follows three redirects, relative ones too, and no fourth', async () => {
    handler = (request, response) => {
      const left = Number(request.url!.slice(1));
      if (left === 0) response.end(image);
      else redirectTo(`/${left - 1}`)(request, response);
    };
    expect((await get(local('/3'))).mime).toBe('image/png');
    await expect(get(local('/4'))).rejects.toMatchObject({
      code: 'URL_REFUSED',
      message: expect.stringContaining('redirects more than 3 times'),
    });
  });

  it('takes plain http from opened ranges only', async () => {
    const resolveHost: ResolveHost = async () => ['93.184.216.34'];
    await expect(get('http://images.example/', { resolveHost })).rejects.toMatchObject({
      code: 'URL_REFUSED',
      message: expect.stringContaining('Only https'),
    });
  });

  it.each([
    ['ftp://127.0.0.1/a.png', 'Only https'],
    ['file:///etc/passwd', 'Only https'],
    ['data:image/png;base64,AAAA', 'Only https'],
    ['https://user:secret@127.0.0.1/', 'password'],
    ['https://user@127.0.0.1/', 'password'],
    ['not a url', 'not a url'],
    ['/relative', 'not a url'],
    ['', 'not a url'],
    [`https://host/${'x'.repeat(17_000)}`, 'not a url'],
  ])('refuses %.40s with a sentence', async (url, words) => {
    await expect(get(url)).rejects.toMatchObject({ code: 'URL_REFUSED', message: expect.stringContaining(words) });
  });

  it.each([
    [404, false],
    [403, false],
    [429, true],
    [503, true],
    [304, false],
  ])('refuses an answer with status %d (retryable: %s)', async (status, retryable) => {
    handler = (_request, response) => response.writeHead(status).end();
    await expect(get(local())).rejects.toMatchObject({ code: 'URL_REFUSED', retryable, details: { status } });
  });

  it('refuses what announces too many bytes before reading them', async () => {
    handler = (_request, response) => {
      response.writeHead(200, { 'content-length': MAX_BYTES + 1 });
      response.write(image);
    };
    await expect(get(local())).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      details: { maxBytes: MAX_BYTES },
    });
  });

  it('stops reading what does not end', async () => {
    let sent = 0;
    const gone = new Promise<void>((resolve) => {
      handler = (_request, response) => {
        response.on('close', resolve);
        const push = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
        };
        response.on('drain', push);
        push();
      };
    });
    await expect(get(local())).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    await gone;
    expect(sent).toBeLessThan(20 * MAX_BYTES);
  });

  it.each([
    ['a web page', '<!doctype html><html></html>', 'IMAGE_UNSUPPORTED', 'web page'],
    ['a GIF', 'GIF89a......', 'IMAGE_UNSUPPORTED', 'GIF'],
    ['nothing', '', 'IMAGE_UNREADABLE', 'empty'],
  ])('refuses %s', async (_what, body, code, words) => {
    handler = (_request, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(body);
    await expect(get(local())).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it('gives up on a host that does not answer, or answers too slowly', async () => {
    handler = () => undefined;
    await expect(get(local(), { timeoutMs: 100 })).rejects.toMatchObject({ code: 'URL_REFUSED', retryable: true });
    handler = (_request, response) => response.write(image.subarray(0, 20));
    await expect(get(local(), { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'URL_REFUSED',
      retryable: true,
      message: expect.stringContaining('in time'),
    });
  });

  it('gives up on a resolver that does not answer', async () => {
    const resolveHost: ResolveHost = () => new Promise(() => undefined);
    await expect(get('https://images.example/', { timeoutMs: 50, resolveHost })).rejects.toMatchObject({
      code: 'URL_REFUSED',
      message: expect.stringContaining('in time'),
    });
  });

  it('refuses what breaks off, or cannot be connected to', async () => {
    handler = (_request, response) => {
      response.writeHead(200, { 'content-length': image.length });
      response.write(image.subarray(0, 20), () => response.destroy());
    };
    await expect(get(local())).rejects.toMatchObject({ code: 'URL_REFUSED', retryable: true });
    const closed = createTcpServer();
    const closedPort = await listen(closed, '127.0.0.1');
    await close(closed);
    await expect(get(`http://127.0.0.1:${closedPort}/`)).rejects.toMatchObject({
      code: 'URL_REFUSED',
      retryable: true,
    });
  });

  it('stops when the caller does, with the caller’s reason', async () => {
    const controller = new AbortController();
    const reason = new Error('the job was cancelled');
    handler = () => controller.abort(reason);
    const work = fetcher().fetch(local(), { maxBytes: MAX_BYTES, party: 'a tenant', signal: controller.signal });
    await expect(work).rejects.toBe(reason);
    await expect(
      fetcher().fetch(local(), { maxBytes: MAX_BYTES, party: 'a tenant', signal: controller.signal }),
    ).rejects.toBe(reason);
  });

  /** A server that answers when it is told to. */
  function holdAnswers() {
    const held: { readonly url: string; readonly answer: () => void }[] = [];
    const asked: string[] = [];
    handler = (request, response) => {
      const url = request.url ?? '';
      asked.push(url);
      held.push({ url, answer: () => response.end(image) });
    };
    const until = async (count: number) => {
      while (asked.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    return { held, asked, until };
  }
  const someTime = () => new Promise((resolve) => setTimeout(resolve, 50));

  it('asks one host for eight images at once at most, four of a tenant, and leaves other hosts alone', async () => {
    const { held, asked, until } = holdAnswers();
    const one = fetcher();
    const fetchFor = (party: string, url: string) => one.fetch(url, { maxBytes: MAX_BYTES, party });
    const tenants = ['first', 'second', 'third'];
    const many = tenants.flatMap((party) =>
      Array.from({ length: 8 }, (_, n) => fetchFor(party, local(`/${party}/${n}`))),
    );
    await until(8);
    await someTime();
    expect(asked).toHaveLength(8);
    const of = (party: string) => asked.filter((path) => path.startsWith(`/${party}/`)).length;
    expect(tenants.map(of)).toEqual([4, 4, 0]);
    // Not the name of the host is bounded but the host itself: another one has places of its own.
    const elsewhere = fetchFor('first', `http://127.0.0.2:${canaryPort}/`);
    await expect(elsewhere).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
    held.shift()!.answer();
    held.shift()!.answer();
    await until(10);
    expect(of('third')).toBeGreaterThan(0);
    const release = setInterval(() => held.shift()?.answer(), 1);
    await Promise.all(many);
    clearInterval(release);
  });

  it('leaves places of a shared host to others while a tenant has none of its own left', async () => {
    const { held, asked, until } = holdAnswers();
    const one = fetcher({ resolveHost: async () => ['127.0.0.1'] });
    const fetchFor = (party: string, url: string) => one.fetch(url, { maxBytes: MAX_BYTES, party });
    // Eight names, four places at each: all that a tenant may have of the process.
    const names = Array.from({ length: 8 }, (_, n) => `host-${n}.example`);
    const own = names.flatMap((name) => Array.from({ length: 4 }, () => fetchFor('a', `http://${name}:${port}/own`)));
    await until(32);
    const shared = Array.from({ length: 12 }, () => fetchFor('a', local('/a')));
    await someTime();
    const others = Array.from({ length: 4 }, () => fetchFor('b', local('/b')));
    await until(36);
    expect(asked.slice(32)).toEqual(['/b', '/b', '/b', '/b']);
    const release = setInterval(() => held.shift()?.answer(), 1);
    await Promise.all([...own, ...shared, ...others]);
    clearInterval(release);
  });

  it('holds no place at a host that has redirected', async () => {
    const { held, asked, until } = holdAnswers();
    const hold = handler;
    const other = createHttpServer((request, response) => hold(request, response));
    const otherPort = await listen(other, '127.0.0.1');
    handler = redirectTo(`http://127.0.0.1:${otherPort}/there`);
    const one = fetcher();
    const fetchFor = (party: string, url: string) => one.fetch(url, { maxBytes: MAX_BYTES, party });
    const redirected = ['a', 'b'].flatMap((party) => Array.from({ length: 4 }, () => fetchFor(party, local())));
    await until(8);
    handler = (_request, response) => response.end(image);
    await expect(fetchFor('a', local('/here'))).resolves.toMatchObject({ mime: 'image/png' });
    expect(asked).toEqual(Array(8).fill('/there'));
    for (const { answer } of held) answer();
    await Promise.all(redirected);
    await close(other);
  });

  it('says when to come again to who waited in vain for a place', async () => {
    handler = () => undefined;
    const one = fetcher({ timeoutMs: 300 });
    const answers = await Promise.all(
      Array.from({ length: 30 }, () =>
        one.fetch(local(), { maxBytes: MAX_BYTES, party: 'a tenant' }).catch((error: unknown) => error),
      ),
    );
    expect(answers.filter((error) => (error as DomainError).code === 'URL_REFUSED').length).toBeGreaterThanOrEqual(4);
    const limited = answers.filter((error) => (error as DomainError).code === 'RATE_LIMITED');
    expect(limited.length).toBeGreaterThan(0);
    expect(limited[0]).toMatchObject({ retryable: true, details: { retryAfterMs: expect.any(Number) } });
  });

  it('sends neither cookies nor where it came from', async () => {
    let headers: IncomingMessage['headers'] = {};
    handler = (request, response) => {
      headers = request.headers;
      response.end(image);
    };
    await get(local());
    expect(Object.keys(headers).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
  });
});
