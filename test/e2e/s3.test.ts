import { createHash } from 'node:crypto';
import { createTenant, send, type CreatedUpload, type TestTenant } from '../factories/tenant';
import { makeDataFolder, removeDataFolder, TestPlatform } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';
import { cutOut, partyPhoto, variant, type Box } from '../fixtures/photos';
import { type BucketView, makeBucketBehindProxy, s3Server } from '../fixtures/s3';
import { suiteWhere } from '../fixtures/needs';
import type { TcpProxy } from '../../faults/tcp-proxy';
import type { Data } from '../fixtures/client';

const server = s3Server('the platform on S3');
const EX_CONFIG = 78;

const CREATE_KEY = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } secret } }';
const REVOKE_KEY = 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }';
const DELETE_PERSONS = 'mutation ($ids: [ID!]!) { deletePersons(input: { personIds: $ids }) { jobId } }';
const RETRY = 'mutation ($id: ID!) { retryJob(input: { id: $id }) { job { id } } }';

suiteWhere(server !== undefined)('the platform on S3', () => {
  let platform: TestPlatform;
  let proxy: TcpProxy;
  let bucket: BucketView;
  let env: Record<string, string>;
  let tenant: TestTenant;
  let collectionId: string;
  let portrait: Buffer;

  beforeAll(async () => {
    ({ proxy, bucket, env } = await makeBucketBehindProxy(server!));
    platform = await TestPlatform.start({ env });
    const helper = await createTenant(platform.operator);
    const { faces } = await helper.detect(partyPhoto(1));
    const rightmost = faces.reduce((one: Data, face: Data) =>
      face.boundingBox.left > one.boundingBox.left ? face : one,
    );
    portrait = await cutOut(partyPhoto(1), rightmost.boundingBox as Box);
  });
  afterAll(async () => {
    await platform?.stop();
    await proxy?.shut();
    bucket?.close();
  });
  beforeEach(async () => {
    tenant = await createTenant(platform.operator);
    collectionId = await tenant.createCollection();
  });

  const announce = async (bytes: Buffer, by = tenant): Promise<CreatedUpload> => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const [upload] = await by.createUploads([{ bytes: bytes.length, mime: 'image/jpeg', sha256 }]);
    return upload!;
  };
  const own = async (kind: string): Promise<string[]> =>
    (await bucket.names(kind)).filter((name) => name.includes(tenant.id));

  test('a portrait goes straight to the bucket, is enrolled, found, seen, and gone when its person is deleted', async () => {
    const upload = await announce(portrait);
    expect(new URL(upload.url).origin).toBe(env['LIKENESS_S3_ENDPOINT']);
    expect(new URL(upload.url).searchParams.get('X-Amz-Expires')).toBe('300');

    const other = Buffer.from(portrait);
    other[500]! ^= 1;
    expect((await send(upload, other)).status).toBe(400);
    expect((await send(upload, portrait.subarray(1))).status).toBe(403);
    expect(
      (await send({ ...upload, headers: { ...upload.headers, 'content-type': 'text/html' } }, portrait)).status,
    ).toBe(403);
    expect((await send(upload, portrait)).status).toBe(200);
    expect((await send(upload, portrait)).status).toBe(412);
    expect(await own('quarantine')).toEqual([`quarantine/${tenant.id}/${upload.id}`]);

    const person = { create: { displayName: 'Guest' } };
    const job = await tenant.enroll(collectionId, [{ image: { uploadId: upload.id }, person }]);
    expect(job.items.nodes[0].error).toBeNull();
    const [face] = job.items.nodes[0].faceRecords;
    expect(await own('images')).toHaveLength(1);
    expect([...(await own('quarantine')), ...(await own('uploads'))]).toEqual([]);

    const probe = await announce(partyPhoto(3));
    await send(probe, partyPhoto(3));
    const found = await tenant.search([collectionId], { uploadId: probe.id });
    expect(found.probes.flatMap(({ matches }: Data) => matches)).toMatchObject([
      { person: { displayName: 'Guest' }, face: { id: face.id } },
    ]);

    expect(new URL(face.cropUrl).origin).toBe(platform.url);
    const crop = await fetch(face.cropUrl);
    expect(crop.status).toBe(200);
    expect(crop.headers.get('content-type')).toBe('image/jpeg');
    // Nobody reads the bucket without its key.
    const [name] = await own('images');
    const direct = `${env['LIKENESS_S3_ENDPOINT']}/${env['LIKENESS_S3_BUCKET']}/${env['LIKENESS_S3_PREFIX']}/${name}`;
    expect((await fetch(direct)).status).toBe(403);

    const deletion = await tenant.api.call(DELETE_PERSONS, { ids: [face.person.id] });
    await tenant.finishJob(deletion.deletePersons.jobId);
    expect(await own('images')).toEqual([]);
    expect((await fetch(face.cropUrl)).status).toBe(404);
  });

  test('what was sent with the address of a key that is revoked is never used', async () => {
    const made = await tenant.api.call(CREATE_KEY, { input: { name: 'Camera', scopes: ['ENROLL', 'SEARCH'] } });
    const camera = tenant.at(platform.url, made.createApiKey.secret);
    const [before, amid] = [await announce(portrait, camera), await announce(await variant(portrait, 1), camera)];
    await send(before, portrait);
    await tenant.api.call(REVOKE_KEY, { id: made.createApiKey.apiKey.id });
    // The bucket knows nothing of that: its address is good for five minutes.
    expect((await send(amid, await variant(portrait, 1))).status).toBe(200);

    const images = [before, amid].map(({ id }) => ({ image: { uploadId: id } }));
    const job = await tenant.enroll(collectionId, images);
    expect(job.items.nodes.map(({ error }: Data) => error.code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    await tenant.api.call(RETRY, { id: job.id });
    const again = await tenant.finishJob(job.id);
    expect(again.progress).toMatchObject({ failed: 2 });
    await expect(tenant.search([collectionId], { uploadId: before.id })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    for (const kind of ['quarantine', 'uploads', 'images']) expect(await own(kind)).toEqual([]);
  });

  test('bytes that the store should not have taken are removed, and the right ones may be sent after', async () => {
    const upload = await announce(portrait);
    for (const wrong of [Buffer.alloc(portrait.length, 7), portrait.subarray(1)]) {
      await bucket.put(`quarantine/${tenant.id}/${upload.id}`, wrong);
      await expect(tenant.search([collectionId], { uploadId: upload.id })).rejects.toMatchObject({ code: 'CONFLICT' });
      expect([...(await own('quarantine')), ...(await own('uploads'))]).toEqual([]);
    }
    const job = await tenant.enroll(collectionId, [{ image: { uploadId: upload.id } }]);
    expect(job.items.nodes[0].error.code).toBe('CONFLICT');
    expect((await send(upload, portrait)).status).toBe(200);
    await tenant.api.call(RETRY, { id: job.id });
    expect((await tenant.finishJob(job.id)).items.nodes[0]).toMatchObject({ state: 'SUCCEEDED', error: null });
  });

  test('a file whose digest is not told comes through the server', async () => {
    const [upload] = await tenant.createUploads([{ bytes: portrait.length, mime: 'image/jpeg' }]);
    expect(new URL(upload!.url).origin).toBe(platform.url);
    expect((await send(upload!, portrait)).status).toBe(201);
    expect(await own('uploads')).toHaveLength(1);
  });

  test('the typed client sends what it is told', async () => {
    const [outcome] = await tenant.api.likeness.uploadFiles([portrait]);
    expect(outcome).toMatchObject({ bytes: portrait.length });
    expect(await own('quarantine')).toHaveLength(1);
  });

  test('a tenant that is deleted leaves nothing in the bucket', async () => {
    await send(await announce(portrait), portrait);
    await tenant.enroll(collectionId, [{ image: { base64: portrait.toString('base64') } }]);
    expect([...(await own('images')), ...(await own('quarantine'))]).toHaveLength(2);
    await platform.operator.call('mutation ($id: ID!) { deleteTenant(input: { id: $id }) { tenant { id } } }', {
      id: tenant.id,
    });
    const deadline = Date.now() + 20_000;
    const left = async () => [...(await own('images')), ...(await own('quarantine'))];
    while ((await left()).length > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await left()).toEqual([]);
  });

  test('the page may send files to the bucket', async () => {
    const page = await fetch(platform.url, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-security-policy')).toContain(`connect-src 'self' ${env['LIKENESS_S3_ENDPOINT']};`);
  });

  test('while the bucket is away the rest goes on, and what needs it says so', async () => {
    const image = { base64: portrait.toString('base64') };
    const job = await tenant.enroll(collectionId, [{ image, person: { create: { displayName: 'Guest' } } }]);
    const [face] = job.items.nodes[0].faceRecords;
    const ready = async (): Promise<Data> => (await fetch(`${platform.url}/readyz`)).json() as Promise<Data>;
    await proxy.shut();
    try {
      expect(await ready()).toMatchObject({
        status: 'unavailable',
        checks: { imageStore: 'unavailable', database: 'ok' },
      });
      const found = await tenant.search([collectionId], { base64: partyPhoto(3).toString('base64') });
      expect(found.probes.flatMap(({ matches }: Data) => matches)).toHaveLength(1);
      const crop = await fetch(face.cropUrl);
      expect(crop.status).toBe(503);
      expect(await crop.json()).toMatchObject({ error: { code: 'DEPENDENCY_UNAVAILABLE', retryable: true } });
    } finally {
      await proxy.open();
    }
    expect((await fetch(face.cropUrl)).status).toBe(200);
    expect(await ready()).toMatchObject({ status: 'ok' });
  });

  test.each([
    ['no such bucket', { LIKENESS_S3_BUCKET: 'likeness-no-such-bucket' }, 'Make it, or correct LIKENESS_S3_BUCKET.'],
    [
      'an address where nothing is',
      { LIKENESS_S3_ENDPOINT: 'http://127.0.0.1:9' },
      'cannot be reached (ECONNREFUSED). Start the store, or correct LIKENESS_S3_ENDPOINT.',
    ],
    ['the bucket of another deployment', {}, 'holds the images of another Likeness'],
  ])('a start is refused: %s', async (_what, changed, told) => {
    const dataDir = await makeDataFolder();
    try {
      const one = PlatformProcess.spawn({ dataDir, env: { ...env, ...changed } });
      expect(await one.ended).toEqual({ code: EX_CONFIG, signal: null });
      expect(one.output).toContain(told);
      expect(one.output).not.toMatch(/\n\s+at /);
    } finally {
      await removeDataFolder(dataDir);
    }
  });
});
