import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import sharp from 'sharp';
import { createSystem } from '../../src/database/system';
import { DomainError } from '../../src/domain/errors';
import { newId } from '../../src/domain/ids';
import type { SupportedImageMime } from '../../src/domain/image-format';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { MEGABYTE } from '../../src/domain/units';
import type { NewUpload, UploadRecord } from '../../src/records/upload';
import { createTestTenant, startTestDatabase, type TestDatabase } from '../fixtures/database';
import { MAX_BYTES, startImageServer, type ImageServer } from '../fixtures/image-server';

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let db: TestDatabase;
let server: ImageServer;
let scope: TenantScope;
const images = {} as Record<SupportedImageMime, Buffer>;

beforeAll(async () => {
  db = await startTestDatabase();
  server = await startImageServer(db.database);
  const noise = randomBytes(120 * 90 * 3);
  const image = () => sharp(noise, { raw: { width: 120, height: 90, channels: 3 } });
  images['image/jpeg'] = await image().jpeg().toBuffer();
  images['image/png'] = await image().png().toBuffer();
  images['image/webp'] = await image().webp().toBuffer();
});
afterAll(async () => {
  await server?.stop();
  await db?.stop();
});
beforeEach(async () => {
  scope = await createTestTenant(db.database);
});

async function createUpload(bytes: Uint8Array, changes: Partial<NewUpload> = {}, ttlMs = 3_600_000) {
  const file = { bytes: bytes.length, mime: 'image/png' as const, sha256: null, ...changes };
  const [upload] = await server.uploads.create(scope, [file], new Date(server.clock.now().getTime() + ttlMs));
  return { upload: upload!, url: server.addresses.uploadUrl(scope, upload!) };
}

async function put(url: string, body: Uint8Array, headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: 'PUT', body, headers: { 'content-type': 'image/png', ...headers } });
  const answer = (await response.json()) as {
    id?: string;
    error?: { code: string; message: string; retryable: boolean; errorId: string; details?: unknown };
  };
  return { status: response.status, headers: response.headers, ...answer };
}

const stateOf = async (upload: UploadRecord) => (await server.uploads.find(scope, upload.id))?.state;
const storedBytes = (upload: UploadRecord) => server.imageStore.get(`uploads/${scope.tenantId}/${upload.id}`);
const expectNothingStored = async (upload: UploadRecord) => {
  await expect(storedBytes(upload)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await stateOf(upload)).toBe('PENDING');
};

describe('new uploads', () => {
  it('are refused when the open ones of the tenant would hold more than it may', async () => {
    const file = { bytes: 1_024 * MEGABYTE, mime: 'image/png' as const, sha256: null };
    const expiresAt = new Date(server.clock.now().getTime() + 3_600_000);
    const open = await server.uploads.create(scope, Array(4).fill(file), expiresAt);
    const create = (of = scope) => server.uploads.create(of, [{ ...file, bytes: 1 }], expiresAt);
    await expect(create()).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      details: { limit: 4_096, used: 4_096, wanted: 1, what: 'MB of open uploads' },
    });
    await expect(create(await createTestTenant(db.database))).resolves.toHaveLength(1);
    await server.uploads.remove(scope, [open[0]!.id]);
    await expect(create()).resolves.toHaveLength(1);
  });
});

it('uploads count as 64 KB at least, however small they are said to be', async () => {
  const expiresAt = new Date(server.clock.now().getTime() + 3_600_000);
  await db.database.system.tenant.update({
    where: { id: scope.tenantId },
    data: { limits: { maxOpenUploadMegabytes: 1 } },
  });
  const tiny = (count: number) =>
    server.uploads.create(scope, Array(count).fill({ bytes: 1, mime: 'image/png', sha256: null }), expiresAt);
  await expect(tiny(17)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  await tiny(16);
  await expect(tiny(1)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
});

describe('PUT /uploads/<tenantId>/<uploadId>', () => {
  it.each(['image/jpg', 'image/pjpeg', 'Image/JPEG', 'image/jpeg; charset=binary', 'image/jpg ;q=1'])(
    'takes a JPEG that is sent as %s',
    async (contentType) => {
      const { url } = await createUpload(images['image/jpeg'], { mime: 'image/jpeg' });
      const answer = await put(url, images['image/jpeg'], { 'content-type': contentType });
      expect(answer).toMatchObject({ status: 201, mime: 'image/jpeg' });
    },
  );

  it.each(['image/jpeg', 'image/png', 'image/webp'] as const)('takes %s', async (mime) => {
    const image = images[mime];
    const { upload, url } = await createUpload(image, { mime, sha256: sha256Of(image) });
    const answer = await put(url, image, { 'content-type': mime });
    expect(answer).toMatchObject({
      status: 201,
      id: upload.id,
      bytes: image.length,
      mime,
      sha256: sha256Of(image),
    });
    expect(Buffer.from(await storedBytes(upload)).equals(image)).toBe(true);
    expect(await server.uploads.find(scope, upload.id)).toMatchObject({ state: 'RECEIVED', sha256: sha256Of(image) });
  });

  it('takes a body without a length, in pieces', async () => {
    const image = images['image/png'];
    const { upload, url } = await createUpload(image);
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < image.length; at += 1_000) controller.enqueue(image.subarray(at, at + 1_000));
        controller.close();
      },
    });
    const response = await fetch(url, {
      method: 'PUT',
      body,
      headers: { 'content-type': 'image/png' },
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(201);
    expect(Buffer.from(await storedBytes(upload)).equals(image)).toBe(true);
  });

  it('takes an address that an older key has signed', async () => {
    const image = images['image/png'];
    const { upload } = await createUpload(image);
    expect((await put(server.olderAddresses.uploadUrl(scope, upload), image)).status).toBe(201);
  });

  it('takes an address once', async () => {
    const image = images['image/png'];
    const { upload, url } = await createUpload(image);
    expect((await put(url, image)).status).toBe(201);
    const again = await put(url, image);
    expect(again).toMatchObject({ status: 409, error: { code: 'CONFLICT', retryable: false } });
    expect(await stateOf(upload)).toBe('RECEIVED');
  });

  it('lets the first of many PUTs at once win, and stores the bytes of the winner', async () => {
    const candidates = await Promise.all(
      ['#a00', '#0a0', '#00a', '#aa0', '#0aa', '#a0a'].map((background) =>
        sharp({ create: { width: 64, height: 64, channels: 3, background } })
          .png({ compressionLevel: 0 })
          .toBuffer(),
      ),
    );
    const { upload, url } = await createUpload(candidates[0]!);
    expect(new Set(candidates.map((one) => one.length)).size).toBe(1);
    const answers = await Promise.all([...candidates, ...candidates].map((candidate) => put(url, candidate)));
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 409 || answer.status === 400)).toHaveLength(11);
    const stored = await storedBytes(upload);
    expect((await server.uploads.find(scope, upload.id))?.sha256).toBe(sha256Of(stored));
  });

  it('takes a tenant’s own upload while more of its others stall than there are places', async () => {
    const file = { bytes: MAX_BYTES, mime: 'image/png' as const, sha256: null };
    const expiresAt = new Date(server.clock.now().getTime() + 3_600_000);
    const uploads = await server.uploads.create(scope, Array(100).fill(file), expiresAt);
    const stalled = uploads.map((upload) => {
      const { hostname, port, pathname, search } = new URL(server.addresses.uploadUrl(scope, upload));
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      socket.write(
        `PUT ${pathname}${search} HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\ncontent-length: ${MAX_BYTES}\r\n\r\n`,
      );
      return socket;
    });
    const { url } = await createUpload(images['image/png']);
    const startedAt = performance.now();
    expect((await put(url, images['image/png'])).status).toBe(201);
    // Those that have sent nothing hold no place; each of the others would hold its for 5 s.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    for (const socket of stalled) socket.destroy();
  });

  it('leaves nothing of an aborted PUT, and the address good', async () => {
    const image = images['image/png'];
    const { upload, url } = await createUpload(image);
    const { hostname, port, pathname, search } = new URL(url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        const head = [
          `PUT ${pathname}${search} HTTP/1.1`,
          'host: x',
          'content-type: image/png',
          `content-length: ${image.length}`,
        ];
        socket.write(`${head.join('\r\n')}\r\n\r\n`);
        socket.write(image.subarray(0, 1_000), () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    await expectNothingStored(upload);
    expect((await put(url, image)).status).toBe(201);
  });

  it('goes on where a PUT died between storing and recording', async () => {
    const image = images['image/png'];
    const { upload, url } = await createUpload(image);
    await server.uploads.bind(scope, upload.id, sha256Of(image));
    await server.imageStore.put(`uploads/${scope.tenantId}/${upload.id}`, image);
    expect((await put(url, image)).status).toBe(201);
  });

  it('refuses other bytes than the address was settled on', async () => {
    const image = images['image/png'];
    const { upload, url } = await createUpload(image);
    await server.uploads.bind(scope, upload.id, sha256Of(Buffer.from('another image')));
    expect(await put(url, image)).toMatchObject({ status: 400, error: { code: 'BAD_USER_INPUT' } });
    await expectNothingStored(upload);
  });

  describe('refuses, storing nothing and keeping the address good:', () => {
    it.each([
      ['another type', 'image/png', { 'content-type': 'image/jpeg' }, 400, 'BAD_USER_INPUT', 'content-type must be'],
      ['an encoding', 'image/png', { 'content-encoding': 'gzip' }, 400, 'BAD_USER_INPUT', 'content-encoding'],
      ['bytes of another format', 'image/jpeg', {}, 400, 'BAD_USER_INPUT', 'but is image/jpeg'],
    ] as const)('%s', async (_what, image, headers, status, code, words) => {
      const bytes = images[image];
      const { upload, url } = await createUpload(bytes);
      const answer = await put(url, bytes, headers);
      expect(answer).toMatchObject({ status, error: { code, message: expect.stringContaining(words) } });
      await expectNothingStored(upload);
    });

    it.each([-1, 1, 5_000])('a body longer by %d bytes than declared', async (more) => {
      const image = images['image/png'];
      const { upload, url } = await createUpload(image, { bytes: image.length - more });
      const answer = await put(url, image);
      expect(answer).toMatchObject({
        status: 400,
        error: { code: 'BAD_USER_INPUT', retryable: false, details: { fields: [{ path: 'body' }] } },
      });
      await expectNothingStored(upload);
    });

    it('a body that turns out longer than declared while it is read', async () => {
      const image = images['image/png'];
      const { upload, url } = await createUpload(image.subarray(0, 500));
      const body = new Blob([image]).stream();
      const init = { method: 'PUT', body, headers: { 'content-type': 'image/png' }, duplex: 'half' } as RequestInit;
      expect((await fetch(url, init)).status).toBe(400);
      await expectNothingStored(upload);
    });

    it('another sha256 than declared', async () => {
      const image = images['image/png'];
      const { upload, url } = await createUpload(image, { sha256: sha256Of(Buffer.from('another')) });
      expect(await put(url, image)).toMatchObject({
        status: 400,
        error: { code: 'BAD_USER_INPUT', message: expect.stringContaining('sha256') },
      });
      await expectNothingStored(upload);
    });

    it('a HEIC, with how to convert it', async () => {
      const heic = Buffer.concat([Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), randomBytes(500)]);
      const { upload, url } = await createUpload(heic, { mime: 'image/jpeg' });
      expect(await put(url, heic, { 'content-type': 'image/jpeg' })).toMatchObject({
        status: 415,
        error: {
          code: 'IMAGE_UNSUPPORTED',
          message: expect.stringMatching(/HEIC.*JPEG/),
          details: { format: 'HEIC' },
        },
      });
      await expectNothingStored(upload);
    });

    it('more than the largest image, whatever was declared', async () => {
      const large = Buffer.concat([images['image/png'], Buffer.alloc(MAX_BYTES)]);
      const { upload, url } = await createUpload(large);
      expect(await put(url, large)).toMatchObject({
        status: 413,
        error: { code: 'IMAGE_TOO_LARGE', details: { maxBytes: MAX_BYTES } },
      });
      await expectNothingStored(upload);
    });
  });

  it('stops reading a body that does not end', async () => {
    const { upload, url } = await createUpload(images['image/png']);
    const { hostname, port, pathname, search } = new URL(url);
    let sent = 0;
    let answer = '';
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\n`);
        socket.write('transfer-encoding: chunked\r\n\r\n');
        const push = () => {
          while (!socket.destroyed && socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`)) sent += 65_536;
        };
        socket.on('drain', push);
        push();
      });
      socket.on('data', (bytes) => (answer += bytes.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
    });
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect(sent).toBeLessThan(30 * MAX_BYTES);
    await expectNothingStored(upload);
  });

  it('answers 410 once the address has expired', async () => {
    const image = images['image/png'];
    const { upload, url } = await createUpload(image, {}, 60_000);
    server.clock.advance(60_001);
    expect(await put(url, image)).toMatchObject({
      status: 410,
      error: { code: 'UPLOAD_EXPIRED', message: expect.stringContaining('createUploads') },
    });
    await expectNothingStored(upload);
  });

  it('answers 403 to any address that is not exactly ours', async () => {
    const image = images['image/png'];
    const { upload, url } = await createUpload(image);
    const other = await createUpload(image);
    const changed = (change: (url: URL) => void) => {
      const made = new URL(url);
      change(made);
      return made.href;
    };
    const forged = [
      server.strangerAddresses.uploadUrl(scope, upload),
      server.addresses.imageUrl(scope, upload.id).replace('/images/', '/uploads/'),
      changed((it) => it.searchParams.delete('signature')),
      changed((it) => it.searchParams.append('signature', 'A'.repeat(43))),
      changed((it) => it.searchParams.set('expires', String(Date.now() + 9e9))),
      changed((it) => (it.pathname = it.pathname.replace(upload.id, other.upload.id))),
      changed((it) => (it.pathname = it.pathname.replace(scope.tenantId, newId()))),
      changed((it) => (it.pathname = it.pathname.replace(upload.id, 'not-an-id'))),
      changed((it) => (it.pathname = it.pathname.replace(upload.id, '..%2f..%2fsecrets'))),
    ];
    for (const address of forged) {
      expect(await put(address, image)).toMatchObject({ status: 403, error: { code: 'FORBIDDEN' } });
    }
    await expectNothingStored(upload);
  });

  it('never reaches another tenant’s upload, even with a signature of ours', async () => {
    const image = images['image/png'];
    const { upload } = await createUpload(image);
    const stranger = await createTestTenant(db.database, 'Stranger');
    const answer = await put(server.addresses.uploadUrl(stranger, upload), image);
    expect(answer).toMatchObject({ status: 404, error: { code: 'NOT_FOUND' } });
    await expectNothingStored(upload);
  });

  it('leaves nothing of a tenant that is deleted meanwhile', async () => {
    const image = images['image/png'];
    const { upload, url } = await createUpload(image);
    await db.database.system.tenant.update({ where: { id: scope.tenantId }, data: { status: 'DELETING' } });
    expect((await put(url, image)).status).toBe(404);
    await expect(storedBytes(upload)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('takes nothing of a tenant that is suspended until it is active again', async () => {
    const image = images['image/png'];
    const { upload, url } = await createUpload(image);
    const setStatus = (status: 'ACTIVE' | 'SUSPENDED') =>
      db.database.system.tenant.update({ where: { id: scope.tenantId }, data: { status } });
    await setStatus('SUSPENDED');
    expect((await put(url, image)).status).toBe(404);
    await expectNothingStored(upload);
    await setStatus('ACTIVE');
    expect((await put(url, image)).status).toBe(201);
  });

  it('answers other methods with 405', async () => {
    const { url } = await createUpload(images['image/png']);
    for (const method of ['GET', 'POST', 'DELETE']) {
      const response = await fetch(url, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('PUT');
    }
  });

  it('answers STORAGE_FULL when there is no room, and takes the same image once there is', async () => {
    const image = images['image/png'];
    const { upload, url } = await createUpload(image);
    const full = jest.spyOn(server.imageStore, 'put').mockRejectedValueOnce(new DomainError('STORAGE_FULL', 'Full.'));
    expect(await put(url, image)).toMatchObject({ status: 507, error: { code: 'STORAGE_FULL', retryable: true } });
    full.mockRestore();
    await expectNothingStored(upload);
    expect((await put(url, image)).status).toBe(201);
  });

  it('masks what nobody foresaw, and logs it under the id that it answers with', async () => {
    const image = images['image/png'];
    const { url } = await createUpload(image);
    const broken = jest.spyOn(server.imageStore, 'put').mockRejectedValueOnce(new Error('secret detail'));
    const answer = await put(url, image);
    broken.mockRestore();
    expect(answer).toMatchObject({ status: 500, error: { code: 'INTERNAL_SERVER_ERROR' } });
    expect(JSON.stringify(answer)).not.toContain('secret detail');
    expect(server.log.some((line) => line.includes(answer.error!.errorId) && line.includes('secret detail'))).toBe(
      true,
    );
  });

  it('never logs an address', async () => {
    const { url } = await createUpload(images['image/png']);
    await put(url, images['image/png']);
    await put(url, images['image/png']);
    expect(server.log.length).toBeGreaterThan(0);
    expect(server.log.join('')).not.toContain(new URL(url).searchParams.get('signature'));
    expect(server.log.join('')).not.toContain('signature=');
  });
});

describe('UploadStore', () => {
  it('finds, settles, marks and removes uploads of its own tenant only', async () => {
    const { upload } = await createUpload(images['image/png']);
    const stranger = await createTestTenant(db.database, 'Stranger');
    expect(await server.uploads.find(stranger, upload.id)).toBeNull();
    expect(await server.uploads.bind(stranger, upload.id, 'ab'.repeat(32))).toBe(false);
    expect(await server.uploads.markReceived(stranger, upload.id)).toBe(false);
    await server.uploads.remove(stranger, [upload.id]);
    expect(await server.uploads.find(scope, upload.id)).toMatchObject({ state: 'PENDING', sha256: null });
    await server.uploads.remove(scope, [upload.id]);
    expect(await server.uploads.find(scope, upload.id)).toBeNull();
  });

  it('lists what has expired and no unfinished item needs', async () => {
    const [stale, needed, done, fresh] = await server.uploads.create(
      scope,
      Array.from({ length: 4 }, () => ({ bytes: 10, mime: 'image/png' as const, sha256: null })),
      new Date(0),
    );
    await db.database.maintain(scope, async (tx) => {
      await tx.upload.update({ where: { id: fresh!.id }, data: { expiresAt: new Date(Date.now() + 60_000) } });
      const jobId = newId();
      await tx.job.create({ data: { id: jobId, tenantId: scope.tenantId, kind: 'ENROLLMENT', requestId: 'r' } });
      const item = { tenantId: scope.tenantId, jobId };
      await tx.jobItem.create({ data: { ...item, id: newId(), ordinal: 0, uploadId: needed!.id } });
      await tx.jobItem.create({ data: { ...item, id: newId(), ordinal: 1, uploadId: done!.id, state: 'SUCCEEDED' } });
    });
    const { sweeps } = createSystem(db.database);
    const listed = (await sweeps.listStaleUploads(new Date(), 1_000)).filter(
      (one) => one.scope.tenantId === scope.tenantId,
    );
    expect(listed.map((one) => one.id).sort()).toEqual([stale!.id, done!.id].sort());
    expect((await sweeps.listStaleUploads(new Date(), 1)).length).toBe(1);
  });
});
