import { createClient, LikenessError, type UploadProgress } from '@likeness/client';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { MAX_IMAGE_BYTES, mimeOf } from '../../packages/client/src/image-kind';
import { MAX_IMAGE_BYTES as MAX_OF_SERVER } from '../../src/modules/images/image-loader.service';
import { ScriptedServer, type Exchange } from '../fixtures/scripted-server';

interface Announced {
  readonly bytes: number;
  readonly mime: string;
  readonly sha256?: string;
}

/** What a Likeness does with uploads, and what a test does instead with their bytes. */
class UploadServer {
  readonly announced: Announced[][] = [];
  readonly received = new Map<string, Buffer>();
  puts = 0;
  server!: ScriptedServer;
  private places = 0;

  constructor(private readonly put: (exchange: Exchange, accept: () => void) => void | Promise<void>) {}

  async start() {
    this.server = await ScriptedServer.start((exchange) => this.serve(exchange));
    return createClient({ url: this.server.url, retry: { baseDelayMs: 1 } });
  }

  private serve(exchange: Exchange): void | Promise<void> {
    const { request, body, json } = exchange;
    if (request.method === 'PUT') {
      this.puts += 1;
      const taken = this.received.has(request.url!);
      if (taken) return json(409, { error: { code: 'CONFLICT', message: 'Used', retryable: false, errorId: 'e' } });
      return this.put(exchange, () => {
        this.received.set(request.url!, body);
        json(201, {});
      });
    }
    const { files } = (JSON.parse(body.toString()) as { variables: { input: { files: Announced[] } } }).variables.input;
    this.announced.push(files);
    const uploads = files.map(({ mime }) => {
      const id = `upload-${(this.places += 1)}`;
      return { id, url: `${this.server.url}/${id}`, headers: { 'content-type': mime }, expiresAt: '' };
    });
    json(200, { data: { createUploads: { uploads } } });
  }
}

const image = (number: number): Buffer => Buffer.from(`\xff\xd8\xff image ${number}`, 'latin1');

describe('uploads of the client', () => {
  let uploads: UploadServer | undefined;
  afterEach(async () => {
    await uploads?.server.stop();
    uploads = undefined;
  });
  const start = (put: (exchange: Exchange, accept: () => void) => void | Promise<void>) =>
    (uploads = new UploadServer(put)).start();

  test('announce files in batches, send so many at once and no more, and tell how far they are', async () => {
    let running = 0;
    let most = 0;
    const client = await start(async (_, accept) => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      accept();
    });
    const images = Array.from({ length: 70 }, (_, number) => image(number));
    const told: UploadProgress[] = [];
    const outcomes = await client.uploadFiles(images, { parallel: 3, onProgress: (one) => told.push(one) });
    expect(uploads!.announced.map(({ length }) => length)).toEqual([32, 32, 6]);
    expect(most).toBe(3);
    expect(told).toHaveLength(70);
    const bytes = images.reduce((sum, { length }) => sum + length, 0);
    expect(told.at(-1)).toEqual({ done: 70, total: 70, bytes });
    for (const [index, one] of outcomes.entries()) {
      expect(uploads!.received.get(`/${one.uploadId}`)).toEqual(images[index]);
      expect(one).toMatchObject({ sha256: createHash('sha256').update(images[index]!).digest('hex') });
    }
  });

  test('read a file when its turn comes, so that few are in memory', async () => {
    let read = 0;
    let most = 0;
    let settled = 0;
    const client = await start((_, accept) => accept());
    const sources = Array.from({ length: 300 }, (_, number) => () => {
      read += 1;
      most = Math.max(most, read - settled);
      return Promise.resolve(number % 2 ? image(number) : new Blob([new Uint8Array(image(number))]));
    });
    await client.uploadFiles(sources, { onProgress: ({ done }) => (settled = done) });
    expect(read).toBe(300);
    expect(most).toBeLessThanOrEqual(3 * 32);
  });

  test('send a file again after a fault, and take an address that is used up by the lost try for sent', async () => {
    const tries = new Map<string, number>();
    const client = await start(({ request, json, drop, body }, accept) => {
      const attempt = (tries.get(request.url!) ?? 0) + 1;
      tries.set(request.url!, attempt);
      if (attempt === 1) return json(503, { error: { code: 'DEPENDENCY_UNAVAILABLE', message: 'x', retryable: true } });
      if (attempt === 3) return accept();
      // What came is kept, and the answer is lost.
      if (request.url === '/upload-1') uploads!.received.set(request.url, body);
      drop();
    });
    const outcomes = await client.uploadFiles([image(1), image(2)]);
    expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined]);
    expect(uploads!.received.get('/upload-1')).toEqual(image(1));
    expect(uploads!.received.get('/upload-2')).toEqual(image(2));
    expect(uploads!.puts).toBe(6);
  });

  test('let one bad file stop no other, and say of each what is wrong', async () => {
    const client = await start(({ request, json }, accept) => {
      if (request.url !== '/upload-2') return accept();
      const error = { code: 'IMAGE_UNSUPPORTED', message: 'This is a GIF.', retryable: false, errorId: 'e-7' };
      json(415, { error });
    });
    const outcomes = await client.uploadFiles([
      image(1),
      Buffer.from('GIF89a'),
      new Uint8Array(),
      new Uint8Array(MAX_IMAGE_BYTES + 1),
      () => Promise.reject(new Error('EACCES: permission denied')),
      image(6),
    ]);
    expect(outcomes.map(({ error }) => error?.code)).toEqual([
      undefined,
      'IMAGE_UNSUPPORTED',
      'IMAGE_UNREADABLE',
      'IMAGE_TOO_LARGE',
      'IMAGE_UNREADABLE',
      undefined,
    ]);
    expect(outcomes[1]!.error).toMatchObject({ message: 'This is a GIF.', errorId: 'e-7', status: 415 });
    expect(outcomes[4]!.error!.message).toContain('permission denied');
    expect(uploads!.puts).toBe(3);
  });

  test('end with the reason of their signal, and send nothing more', async () => {
    const mine = new Error('Enough');
    const stop = new AbortController();
    const closed: Promise<unknown>[] = [];
    const client = await start(({ response }) => {
      closed.push(once(response, 'close'));
      if (closed.length === 2) stop.abort(mine);
    });
    const sending = client.uploadFiles(
      Array.from({ length: 100 }, (_, number) => image(number)),
      { parallel: 2, signal: stop.signal },
    );
    await expect(sending).rejects.toBe(mine);
    await Promise.all(closed);
    expect(uploads!.puts).toBe(2);
    expect(uploads!.announced.length).toBeLessThanOrEqual(2);
  });

  test('give every file of a batch the error that it was refused with', async () => {
    uploads = undefined;
    const server = await ScriptedServer.start(({ json }) =>
      json(200, { errors: [{ message: 'Full', extensions: { code: 'QUOTA_EXCEEDED', retryable: false } }] }),
    );
    const outcomes = await createClient({ url: server.url }).uploadFiles([image(1), image(2)]);
    await server.stop();
    expect(outcomes.map(({ error }) => error)).toEqual([expect.any(LikenessError), expect.any(LikenessError)]);
    expect(outcomes.map(({ error }) => error?.code)).toEqual(['QUOTA_EXCEEDED', 'QUOTA_EXCEEDED']);
  });

  test('ask for another address of the image store where one has lapsed, and takes 412 for sent', async () => {
    let places = 0;
    const puts: string[] = [];
    const server = await ScriptedServer.start(({ request, json }) => {
      if (request.method === 'PUT') {
        puts.push(request.url!);
        // The second was sent by a try whose answer was lost.
        return json(request.url === '/place-1' ? 403 : 412, {});
      }
      const id = `place-${(places += 1)}`;
      const headers = { 'content-type': 'image/jpeg', 'if-none-match': '*' };
      json(200, { data: { createUploads: { uploads: [{ id, url: `${server.url}/${id}`, headers, expiresAt: '' }] } } });
    });
    try {
      const client = createClient({ url: server.url, retry: { baseDelayMs: 1 } });
      expect(await client.uploadFiles([image(1)])).toMatchObject([{ uploadId: 'place-2' }]);
      expect(puts).toEqual(['/place-1', '/place-2']);
    } finally {
      await server.stop();
    }
  });
});

test('the client takes as many bytes as the server', () => expect(MAX_IMAGE_BYTES).toBe(MAX_OF_SERVER));

test('kinds are told by the first bytes', () => {
  expect(mimeOf(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))).toBe('image/png');
  expect(mimeOf(Buffer.from('RIFF\0\0\0\0WEBPVP8 ', 'latin1'))).toBe('image/webp');
  expect(mimeOf(Buffer.from('RIFF\0\0\0\0AVI ', 'latin1'))).toBe('image/jpeg');
  expect(mimeOf(image(1))).toBe('image/jpeg');
  expect(mimeOf(Buffer.alloc(0))).toBe('image/jpeg');
});
