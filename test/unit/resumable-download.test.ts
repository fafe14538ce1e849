import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { downloadTo, type RemoteFile } from '../../workers/inference/resumable-download';

const BYTES = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 31) % 251));
const sha256 = createHash('sha256').update(BYTES).digest('hex');

type Answer = (request: IncomingMessage, response: ServerResponse, from: number) => void;

/** Sends what is asked for, as a good server does. */
const whole: Answer = (request, response, from) => {
  if (request.headers.range === undefined) response.writeHead(200, { 'content-length': BYTES.length });
  else response.writeHead(206, { 'content-range': `bytes ${from}-${BYTES.length - 1}/${BYTES.length}` });
  response.end(BYTES.subarray(from));
};
/** Promises the rest, sends `count` bytes of it and hangs up. */
const hangUpAfter =
  (count: number): Answer =>
  (request, response, from) => {
    const status = request.headers.range === undefined ? 200 : 206;
    response.writeHead(status, {
      'content-length': BYTES.length - from,
      ...(status === 206 ? { 'content-range': `bytes ${from}-${BYTES.length - 1}/${BYTES.length}` } : {}),
    });
    response.write(BYTES.subarray(from, from + count), () => response.destroy());
  };

describe('a download', () => {
  let folder: string;
  let server: Server;
  let asked: number[];
  let answers: Answer[];
  let file: RemoteFile;
  const download = (more: Partial<RemoteFile> = {}): Promise<string> =>
    downloadTo(folder, { ...file, ...more }, { retryDelayMs: 0 });

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'likeness-download-'));
    asked = [];
    answers = [];
    server = createServer((request, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      asked.push(from);
      (answers.shift() ?? whole)(request, response, from);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/net.bin`;
    file = { url, bytes: BYTES.length, sha256 };
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  const expectWhole = (): void => {
    expect(readdirSync(folder)).toEqual([sha256]);
    expect(readFileSync(path.join(folder, sha256)).equals(BYTES)).toBe(true);
  };

  it('is kept under its checksum, and not asked for again', async () => {
    expect(await download()).toBe(path.join(folder, sha256));
    await download();
    expect(asked).toEqual([0]);
    expectWhole();
  });

  it('goes on where a server hung up', async () => {
    answers = [hangUpAfter(70_000), hangUpAfter(50_000)];
    await download();
    expect(asked[0]).toBe(0);
    expect(asked[1]).toBeGreaterThan(0);
    expect(asked[2]).toBeGreaterThan(asked[1]!);
    expectWhole();
  });

  it('goes on where a process that is no more has stopped', async () => {
    // No process has this number: it is larger than any system gives.
    writeFileSync(path.join(folder, `${sha256}.99999999.part`), BYTES.subarray(0, 150_000));
    await download();
    expect(asked).toEqual([150_000]);
    expectWhole();
  });

  it('begins again when the server sends the whole instead of the rest', async () => {
    answers = [
      hangUpAfter(70_000),
      (_request, response) => response.writeHead(200, { 'content-length': BYTES.length }).end(BYTES),
    ];
    await download();
    expect(asked).toHaveLength(2);
    expectWhole();
  });

  it('begins again when the server has no such rest', async () => {
    answers = [hangUpAfter(70_000), (_request, response) => response.writeHead(416).end()];
    await download();
    expect(asked.at(-1)).toBe(0);
    expectWhole();
  });

  it('asks a server that fails for the moment again', async () => {
    answers = [(_request, response) => response.writeHead(503).end('later')];
    await download();
    expectWhole();
  });

  it('says how far it came when a server stops for good, keeps that, and goes on from it the next time', async () => {
    answers = [hangUpAfter(70_000), ...Array.from({ length: 10 }, () => hangUpAfter(0))];
    await expect(download()).rejects.toThrow(/stopped after \d+ of 200000 bytes.*Run it again/);
    expect(readdirSync(folder)).toEqual([`${sha256}.${process.pid}.part`]);
    answers = [];
    await download();
    expect(asked.at(-1)).toBeGreaterThan(0);
    expectWhole();
  });

  it.each<[string, Answer[], RegExp]>([
    [
      'another checksum',
      [(_request, response) => response.end(Buffer.alloc(BYTES.length))],
      /another sha256 than its pack names; it was not kept/,
    ],
    [
      'fewer bytes',
      [(_request, response) => response.writeHead(200, { 'content-length': 1_000 }).end(BYTES.subarray(0, 1_000))],
      /has 1000 bytes, and its pack names 200000/,
    ],
    [
      'more bytes, unannounced',
      [(_request, response) => response.writeHead(200).end(Buffer.concat([BYTES, BYTES]))],
      /longer than the 200000 bytes/,
    ],
    ['nothing of that name', [(_request, response) => response.writeHead(404).end('no')], /answered 404/],
  ])('of a file with %s is refused, and nothing of it is kept', async (_, given, reason) => {
    answers = given;
    await expect(download()).rejects.toThrow(reason);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('ends at once when it is aborted, and keeps what has come', async () => {
    const stopping = new AbortController();
    answers = [
      (_request, response, from) => {
        response.writeHead(200, { 'content-length': BYTES.length });
        response.write(BYTES.subarray(from, 60_000));
      },
    ];
    const fetching = downloadTo(folder, file, {
      signal: stopping.signal,
      onProgress: () => stopping.abort(new Error('stopped by hand')),
    });
    await expect(fetching).rejects.toThrow(/stopped by hand/);
    expect(readdirSync(folder)).toEqual([`${sha256}.${process.pid}.part`]);
  });
});
