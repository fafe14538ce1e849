import express from 'express';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { Client, request as undiciRequest } from 'undici';
import { answerJson } from '../../src/http/early-answer';

const BYTES = 12 * 1024 * 1024;
const BODY = Buffer.alloc(BYTES, 'x');
const REFUSAL = { errors: [{ message: 'Too much at once.' }] };
/** What Node reads at a time, and what was on its way when nobody read on. */
const SLACK = 512 * 1024;

describe('answerJson, of a body that nobody wants', () => {
  let server: Server;
  let url: string;
  let sockets: Socket[];

  beforeAll(async () => {
    const app = express();
    app.use((_req, res) => void answerJson(res.status(429), REFUSAL));
    server = createServer(app);
    server.on('connection', (socket: Socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  beforeEach(() => (sockets = []));
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  type Answer = readonly [status: number | undefined, body: unknown];

  const byHttp = (chunked: boolean): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = chunked ? {} : { 'content-length': BYTES };
      const sent = httpRequest(url, { method: 'POST', headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve([response.statusCode, JSON.parse(text)]));
        response.on('error', reject);
      });
      sent.on('error', reject);
      if (!chunked) sent.end(BODY);
      else for (let at = 0; at < BYTES; at += 65_536) sent.write(BODY.subarray(at, at + 65_536));
    });

  async function* inParts(): AsyncGenerator<Buffer> {
    for (let at = 0; at < BYTES; at += 65_536) yield BODY.subarray(at, at + 65_536);
  }

  const CLIENTS: Readonly<Record<string, () => Promise<Answer>>> = {
    fetch: async () => {
      const response = await fetch(url, { method: 'POST', body: BODY });
      return [response.status, await response.json()];
    },
    'fetch with a stream': async () => {
      const init = { method: 'POST', body: inParts(), duplex: 'half' };
      const response = await fetch(url, init as unknown as RequestInit);
      return [response.status, await response.json()];
    },
    undici: async () => {
      const { statusCode, body } = await undiciRequest(url, { method: 'POST', body: BODY });
      return [statusCode, await body.json()];
    },
    'node:http': () => byHttp(false),
    'node:http without a length': () => byHttp(true),
  };

  it.each(Object.keys(CLIENTS))('gives %s its answer, and does not read on', async (name) => {
    for (let round = 0; round < 10; round++) expect(await CLIENTS[name]!()).toEqual([429, REFUSAL]);
    const ended = sockets.map(
      (socket) => new Promise((resolve) => (socket.destroyed ? resolve(true) : socket.once('close', resolve))),
    );
    await Promise.all(ended);
    expect(sockets).toHaveLength(10);
    for (const { bytesRead } of sockets) expect(bytesRead).toBeLessThanOrEqual(1024 * 1024 + SLACK);
  });

  it('answers before it reads on, and lets go of who does not stop', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve));
    const answered = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
    socket.write(`POST / HTTP/1.1\r\nhost: here\r\ncontent-length: ${BYTES}\r\n\r\n`);
    const answer = await answered;
    expect(answer).toMatch(/^HTTP\/1\.1 429 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    expect(answer).toContain(JSON.stringify(REFUSAL));
    socket.write(BODY);
    await closed;
    expect(sockets[0]!.bytesRead).toBeLessThanOrEqual(1024 * 1024 + SLACK);
  });

  it.each([
    ['nothing', 0],
    ['a little', 50_000],
  ])('keeps the connection of a request with %s', async (_what, bytes) => {
    const client = new Client(url);
    for (let round = 0; round < 3; round++) {
      const request = { method: 'POST', path: '/', body: BODY.subarray(0, bytes) } as const;
      const { statusCode, body } = await client.request(request);
      expect([statusCode, await body.json()]).toEqual([429, REFUSAL]);
    }
    await client.close();
    expect(sockets.length).toBe(1);
  });
});
