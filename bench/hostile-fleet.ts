import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { BOMBS, type Bomb } from './hostile-bombs';

/** The attackers, in a process of their own so that their work is not that of whoever is timed. */
export type FleetOrder =
  | { readonly do: 'throw'; readonly bomb: string; readonly url: string; readonly key: string; readonly atOnce: number }
  | { readonly do: 'stall'; readonly url: string; readonly count: number; readonly bytes: number }
  | { readonly do: 'stop' };

/** Sent when an order's bytes are made and begin to go out. */
export const STARTED = 'started';

/** How often each answer came: by code of the error, else by status or close code. */
export type FleetReport = Readonly<Record<string, number>>;

const AGAIN_MS = 20;
let answers: Record<string, number> = {};
let running = false;
const stalled = new Set<{ destroy(): void }>();

function count(answer: string): void {
  answers[answer] = (answers[answer] ?? 0) + 1;
}

function codeOf(text: string): string | undefined {
  return /"code":"(\w+)"/.exec(text)?.[1];
}

function throwHttp(url: string, key: string | null, body: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(
      `${url}/graphql`,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', () => resolve('reset'));
        response.on('end', () => resolve(codeOf(text) ?? String(response.statusCode)));
      },
    );
    sent.on('error', () => resolve('reset'));
    sent.end(body);
  });
}

function throwMessages(url: string, key: string, messages: readonly Buffer[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
    let acknowledged = false;
    let left = messages.length;
    const end = (answer: string): void => {
      resolve(answer);
      socket.terminate();
    };
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } })),
    );
    socket.on('message', (data: Buffer) => {
      if (!acknowledged) {
        acknowledged = true;
        for (const message of messages) socket.send(message, { binary: false });
        return;
      }
      if (--left === 0) end(codeOf(data.toString()) ?? 'answered');
    });
    socket.on('close', (code) => resolve(`closed ${code}`));
    socket.on('error', () => end('reset'));
  });
}

async function attack(order: FleetOrder & { do: 'throw' }, bomb: Bomb, bytes: Buffer): Promise<void> {
  const lines = bomb.name.includes('pings')
    ? bytes
        .toString()
        .trim()
        .split('\n')
        .map((line) => Buffer.from(line))
    : [bytes];
  const once = (): Promise<string> =>
    bomb.over === 'http'
      ? throwHttp(order.url, bomb.from === 'keyed' ? order.key : null, bytes)
      : throwMessages(order.url, order.key, lines);
  while (running) {
    count(await once());
    await delay(AGAIN_MS);
  }
}

/** Requests that begin and do not go on. */
function stall({ url, count: many, bytes }: FleetOrder & { do: 'stall' }): void {
  const { hostname, port } = new URL(url);
  for (let i = 0; i < many; i++) {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `POST /graphql HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\ncontent-length: ${bytes + 1}\r\n\r\n{"query":"`,
      );
      socket.write(Buffer.alloc(bytes - 10, 'x'));
    });
    socket.on('data', (data: Buffer) => count(codeOf(data.toString()) ?? data.toString().slice(9, 12)));
    socket.on('error', () => count('reset'));
    stalled.add(socket);
  }
}

process.on('message', (order: FleetOrder) => {
  if (order.do === 'throw') {
    const bomb = BOMBS.find(({ name }) => name === order.bomb)!;
    const bytes = bomb.bytes();
    running = true;
    for (let i = 0; i < order.atOnce; i++) void attack(order, bomb, bytes);
    process.send!(STARTED);
  } else if (order.do === 'stall') {
    stall(order);
    process.send!(STARTED);
  } else {
    running = false;
    for (const socket of stalled) socket.destroy();
    stalled.clear();
    process.send!(answers);
    answers = {};
  }
});
