import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { addressPath, signAddress, type AddressKind, type AddressMethod } from '../../src/domain/signed-address';
import { animatedWebp, cmykJpeg, deepPng, heicHeader, hugePng, meadow } from '../factories/images';
import { createTenant, SEARCH, send, type TestTenant } from '../factories/tenant';
import { ApiClient, type Data } from '../fixtures/client';
import { cutOut, partyPhoto, variant, type Box } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';
import { readDatabase } from '../fixtures/platform-process';
import { suiteWhere } from '../fixtures/needs';
import { mountSmallDisk } from '../fixtures/small-disk';

const DETECT = `query ($image: ImageInput!) { detectFaces(image: $image) { width height faces { confidence } } }`;
const VIEWER = `{ viewer { keyName } }`;

describe('bad input', () => {
  let platform: TestPlatform;
  let tenant: TestTenant;
  let portrait: Buffer;

  beforeAll(async () => {
    platform = await TestPlatform.start();
    const helper = await createTenant(platform.operator);
    const { faces } = await helper.detect(partyPhoto(1));
    portrait = await cutOut(partyPhoto(1), faces[0].boundingBox as Box);
  });
  afterAll(() => platform?.stop());
  beforeEach(async () => {
    tenant = await createTenant(platform.operator);
  });

  const base64 = (bytes: Buffer): { base64: string } => ({ base64: bytes.toString('base64') });

  describe('an image', () => {
    const refused: readonly [string, () => Buffer | Promise<Buffer>, string, RegExp][] = [
      [
        'that is noise',
        () => Buffer.from('no image at all, but long enough'),
        'IMAGE_UNSUPPORTED',
        /JPEG, PNG or WebP/,
      ],
      [
        'that is damaged',
        () => Buffer.concat([portrait.subarray(0, 40), Buffer.alloc(2_000, 7)]),
        'IMAGE_UNREADABLE',
        /damaged/,
      ],
      [
        'that is cut off',
        () => portrait.subarray(0, Math.floor(portrait.length / 2)),
        'IMAGE_UNREADABLE',
        /damaged or cut off/,
      ],
      ['of 196 megapixels', () => hugePng(14_000, 14_000), 'IMAGE_TOO_LARGE', /14000 x 14000.*64 megapixels/],
      [
        'that is an animation in GIF',
        () => Buffer.from('GIF89a'.padEnd(400, '\0')),
        'IMAGE_UNSUPPORTED',
        /one of its frames/,
      ],
      ['in HEIC', heicHeader, 'IMAGE_UNSUPPORTED', /HEIC.*Convert it to JPEG/],
      ['that is a page', () => Buffer.from('<!doctype html><html></html>'), 'IMAGE_UNSUPPORTED', /web page/],
    ];

    test.each(refused)(
      '%s is refused wherever it comes in, with its code and a sentence',
      async (_what, make, code, sentence) => {
        const image = await make();
        const answer = await tenant.api.refusal(DETECT, { image: base64(image) });
        expect(answer).toMatchObject({ code, message: expect.stringMatching(sentence) });

        const collectionId = await tenant.createCollection();
        const job = await tenant.enroll(collectionId, [{ image: base64(image) }, { image: base64(portrait) }]);
        expect(job).toMatchObject({ state: 'SUCCEEDED', progress: { done: 1, failed: 1, total: 2 } });
        expect(job.items.nodes[0]).toMatchObject({
          state: 'FAILED',
          image: null,
          faceRecords: [],
          error: { code, message: expect.stringMatching(sentence) },
        });
      },
    );

    test('of 196 megapixels costs neither memory nor the API’s attention', async () => {
      const image = base64(hugePng(14_000, 14_000));
      const before = process.memoryUsage().rss;
      const [first] = await Promise.all([
        tenant.api.refusal(DETECT, { image: image }),
        ...Array.from({ length: 5 }, () => tenant.api.refusal(DETECT, { image: image })),
        tenant.api.call(VIEWER),
      ]);
      expect(first).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
      expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
    });

    test('in disguise is told by its bytes: at the upload, and where nobody said what it is', async () => {
      const disguised = heicHeader();
      const [upload] = await tenant.createUploads([{ bytes: disguised.length, mime: 'image/jpeg' }]);
      const { status, text } = await send(upload!, disguised);
      expect(status).toBe(415);
      expect(JSON.parse(text).error).toMatchObject({
        code: 'IMAGE_UNSUPPORTED',
        message: expect.stringMatching(/HEIC/),
      });

      const [asPng] = await tenant.createUploads([{ bytes: portrait.length, mime: 'image/png' }]);
      const answer = await send(asPng!, portrait);
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.text).error).toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringMatching(/image\/jpeg/),
      });
    });

    test.each([
      ['CMYK', cmykJpeg],
      ['16 bits', deepPng],
      ['an animation, of which the first frame counts,', animatedWebp],
    ])('in %s is taken and means the same', async (_what, convert) => {
      const answer = await tenant.api.call(
        `query ($a: ImageInput!, $b: ImageInput!) { compareFaces(source: $a, target: $b) { faces { isMatch } } }`,
        { a: base64(await convert(portrait)), b: base64(portrait) },
      );
      expect(answer.compareFaces.faces[0].isMatch).toBe(true);
    });

    test('that is an animation is answered with what was looked at, on every path', async () => {
      const collectionId = await tenant.createCollection();
      const animation = base64(await animatedWebp(portrait));
      const job = await tenant.enroll(collectionId, [{ image: animation, person: { create: { displayName: 'Ada' } } }]);
      const queries = (image: object) =>
        tenant.api.call(
          `query ($j: ID!, $p: ID!, $c: [ID!]!, $i: ImageInput!, $still: ImageInput!) {
            detectFaces(image: $i) { firstFrameOnly }
            compareFaces(source: $still, target: $i) { firstFrameOnly }
            verifyPerson(personId: $p, image: $i) { firstFrameOnly }
            searchFaces(collectionIds: $c, image: $i) { firstFrameOnly }
            job(id: $j) { items { nodes { image { firstFrameOnly } } } } }`,
          {
            j: job.id,
            p: job.items.nodes[0].faceRecords[0].person.id,
            c: [collectionId],
            i: image,
            still: base64(portrait),
          },
        );
      const { job: enrolled, ...answers } = await queries(animation);
      expect(Object.values(answers)).toEqual(Array(4).fill({ firstFrameOnly: true }));
      expect(enrolled.items.nodes).toEqual([{ image: { firstFrameOnly: true } }]);
      const { job: _enrolled, ...others } = await queries(base64(portrait));
      expect(Object.values(others)).toEqual(Array(4).fill({ firstFrameOnly: false }));
      const faceless = await tenant.enroll(collectionId, [{ image: base64(await animatedWebp(await meadow())) }]);
      expect(faceless.items.nodes[0]).toMatchObject({
        state: 'FAILED',
        error: { code: 'NO_FACE_FOUND', message: expect.stringMatching(/first frame/) },
      });
    });

    test('without a face is no error to a search, and NO_FACE_FOUND to what needs one', async () => {
      const image = base64(await meadow());
      const collectionId = await tenant.createCollection();
      const personId = await tenant.createPerson(collectionId);
      expect(await tenant.search([collectionId], image)).toMatchObject({ probes: [] });
      for (const [query, variables] of [
        [
          `query ($p: ID!, $i: ImageInput!) { verifyPerson(personId: $p, image: $i) { isMatch } }`,
          { p: personId, i: image },
        ],
        [
          `query ($a: ImageInput!, $b: ImageInput!) { compareFaces(source: $a, target: $b) { threshold } }`,
          { a: image, b: base64(portrait) },
        ],
      ] as const) {
        expect(await tenant.api.refusal(query, variables)).toMatchObject({ code: 'NO_FACE_FOUND' });
      }
      const job = await tenant.enroll(collectionId, [{ image: image }]);
      expect(job.items.nodes[0]).toMatchObject({ state: 'FAILED', error: { code: 'NO_FACE_FOUND' } });
    });

    test('must come in exactly one way', async () => {
      for (const image of [{}, { ...base64(portrait), url: 'https://example.com/a.jpg' }]) {
        expect(await tenant.api.refusal(DETECT, { image })).toMatchObject({
          code: 'BAD_USER_INPUT',
          message: expect.stringMatching(/^image: must have exactly one of uploadId, url and base64/),
          details: { fields: [{ path: 'image', rule: expect.any(String) }] },
        });
      }
      const inQuery = 'mutation { enrollFaces(input: { collectionId: "c", items: [{ image: {} }] }) { job { id } } }';
      expect(await tenant.api.refusal(inQuery)).toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringMatching(/must have exactly one of uploadId, url and base64/),
      });
      expect(await tenant.api.refusal(DETECT, { image: { ...base64(portrait), url: null } })).toMatchObject({
        code: 'BAD_USER_INPUT',
      });
      expect(await tenant.api.refusal(DETECT, { image: { base64: 'not base64 !' } })).toMatchObject({
        code: 'BAD_USER_INPUT',
      });
      const tooLong = { base64: Buffer.alloc(4 * 1024 * 1024 + 1_024).toString('base64') };
      expect(await tenant.api.refusal(DETECT, { image: tooLong })).toMatchObject({
        code: 'IMAGE_TOO_LARGE',
        message: expect.stringMatching(/createUploads/),
      });
    });
  });

  describe('a key', () => {
    test('that is missing, wrong or damaged is UNAUTHENTICATED', async () => {
      const key = tenant.api.key!;
      const damaged = key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');
      for (const wrong of [null, 'nonsense', damaged]) {
        const answer = await new ApiClient(platform.url, wrong).ask(VIEWER);
        expect(answer.status).toBe(401);
        expect(answer.errors?.[0]).toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
        expect(answer.text).not.toContain(key);
      }
    });

    test('that has expired or was revoked is UNAUTHENTICATED; one without the scope is FORBIDDEN', async () => {
      const make = async (input: string) =>
        (await tenant.api.call(`mutation { createApiKey(input: { name: "k", ${input} }) { secret apiKey { id } } }`))
          .createApiKey;
      const expiring = await make(`scopes: [READ], expiresAt: "${new Date(Date.now() + 1_500).toISOString()}"`);
      const reader = tenant.at(platform.url, expiring.secret);
      expect((await reader.api.ask(VIEWER)).errors).toBeUndefined();
      expect(
        await reader.api.refusal(`mutation { createCollection(input: { name: "x" }) { collection { id } } }`),
      ).toMatchObject({
        code: 'FORBIDDEN',
        message: expect.stringMatching(/WRITE/),
      });

      const revoked = await make('scopes: [READ]');
      await tenant.api.call(`mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }`, {
        id: revoked.apiKey.id,
      });
      expect(await tenant.at(platform.url, revoked.secret).api.refusal(VIEWER)).toMatchObject({
        code: 'UNAUTHENTICATED',
        message: expect.stringMatching(/revoked/),
      });

      let answer = await reader.api.ask(VIEWER);
      while (!answer.errors) answer = await reader.api.ask(VIEWER);
      expect(answer.errors[0]).toMatchObject({
        message: expect.stringMatching(/expired/),
        extensions: { code: 'UNAUTHENTICATED' },
      });
    });
  });

  test('a collection that was just searched and is gone is NOT_FOUND, whatever is wrong with the image beside it', async () => {
    const collectionId = await tenant.createCollection();
    const ask = (image: Buffer) => tenant.api.refusal(SEARCH, { collectionIds: [collectionId], image: base64(image) });
    for (let time = 1; time <= 2; time += 1) await tenant.search([collectionId], base64(portrait));
    const noise = Buffer.from('no image at all, but long enough');
    expect(await ask(noise)).toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
    await tenant.api.call(`mutation ($id: ID!) { deleteCollection(input: { id: $id }) { jobId } }`, {
      id: collectionId,
    });
    for (const image of [portrait, noise]) expect(await ask(image)).toMatchObject({ code: 'NOT_FOUND' });
    const other = await createTenant(platform.operator);
    const theirs = { collectionIds: [collectionId], image: base64(portrait) };
    expect(await other.api.refusal(SEARCH, theirs)).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('an id of another tenant, and one that never was, are NOT_FOUND alike', async () => {
    const other = await createTenant(platform.operator);
    const theirs = await other.createCollection();
    const ask = (id: string) => tenant.api.refusal(SEARCH, { collectionIds: [id], image: base64(portrait) });
    const absent = await ask('01900000-0000-7000-8000-000000000000');
    expect(absent).toMatchObject({ code: 'NOT_FOUND', message: expect.stringMatching(/collection/) });
    expect(await ask(theirs)).toEqual(absent);
  });

  test('a clientRequestToken with the same input is the same job; with other input it is refused', async () => {
    const collectionId = await tenant.createCollection();
    const items = [{ image: base64(portrait) }];
    const more = { clientRequestToken: 'once' };
    const first = await tenant.beginEnrollment(collectionId, items, more);
    expect(await tenant.beginEnrollment(collectionId, items, more)).toBe(first);
    expect(
      await tenant.api.refusal(`mutation ($input: EnrollFacesInput!) { enrollFaces(input: $input) { job { id } } }`, {
        input: { collectionId, items: [{ image: base64(await variant(portrait, 1)) }], ...more },
      }),
    ).toMatchObject({ code: 'IDEMPOTENT_PARAMETER_MISMATCH', message: expect.stringMatching(/new token/) });
    await tenant.finishJob(first);
  });

  describe('a query', () => {
    test('that is too deep is QUERY_TOO_COMPLEX', async () => {
      const deep = (levels: number): string =>
        levels === 0 ? 'id' : `id person { faces(first: 1) { nodes { ${deep(levels - 1)} } } }`;
      const query = `{ faces(first: 1) { nodes { ${deep(8)} } } }`;
      expect(await tenant.api.refusal(query)).toMatchObject({
        code: 'QUERY_TOO_COMPLEX',
        message: expect.stringMatching(/levels deep/),
      });
    });

    test('that is too wide is QUERY_TOO_COMPLEX', async () => {
      const query = `{ jobs(first: 1000) { nodes { items(first: 1000) { nodes { id } } } } }`;
      expect(await tenant.api.refusal(query)).toMatchObject({
        code: 'QUERY_TOO_COMPLEX',
        message: expect.stringMatching(/fields/),
      });
    });

    test('of a megabyte, of 10,000 aliases and of fragments in fragments are refused fast', async () => {
      const aliases = Array.from({ length: 10_000 }, (_, index) => `a${index}:viewer{keyName}`).join(' ');
      const fragments = Array.from(
        { length: 30 },
        (_, index) => `fragment f${index} on Viewer { ...f${index + 1} ...f${index + 1} }`,
      );
      for (const query of [
        `{ viewer { keyName } }${'#'.padEnd(1_000_000, 'x')}`,
        `{ ${aliases} }`,
        `{ ${aliases.slice(0, 8_000)} }`.replace(/ a\d+:?v?i?e?w?e?r?{?k?e?y?N?a?m?e? }$/, ' }'),
        `{ viewer { ...f0 } } ${fragments.join(' ')} fragment f30 on Viewer { keyName }`,
      ]) {
        const startedAt = performance.now();
        const { status, errors } = await tenant.api.ask(query);
        expect(performance.now() - startedAt).toBeLessThan(1_000);
        if (query.includes('...f0'))
          expect(errors?.[0]?.extensions.code ?? 'answered').toMatch(/answered|QUERY_TOO_COMPLEX/);
        else {
          expect(status).toBe(400);
          expect(errors?.[0]?.extensions.code).toBe('QUERY_TOO_COMPLEX');
        }
      }
    });

    test('in a batch, or that is no JSON, is BAD_USER_INPUT', async () => {
      for (const body of [`[{"query":"{viewer{keyName}}"},{"query":"{viewer{keyName}}"}]`, '{"query": ']) {
        const { status, errors } = await tenant.api.post(body);
        expect(status).toBe(400);
        expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
      }
    });
  });

  test('an image’s address does not work past its end', async () => {
    const job = await tenant.enroll(await tenant.createCollection(), [{ image: base64(portrait) }]);
    const [item] = job.items.nodes;
    for (const [kind, id] of [
      ['images', item.image.id],
      ['faces', item.faceRecords[0].id],
    ] as const) {
      const answer = await fetch(expiredAddress('GET', kind, tenant.id, id));
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ error: { message: expect.stringMatching(/expired/) } });
    }
  });

  /** Signed by the platform's own key for a time that is over. */
  function expiredAddress(method: AddressMethod, kind: AddressKind, tenantId: string, id: string): string {
    const secrets = readFileSync(path.join(platform.dataDir, 'secrets.json'), 'utf8');
    const { signingKey } = JSON.parse(secrets) as { signingKey: string };
    const address = {
      method,
      path: addressPath(kind, tenantId, id),
      expiresAtMs: Date.now() - 60_000,
      key: signingKey,
    };
    return platform.url + signAddress(address);
  }

  describe('a url', () => {
    const privateUrls = [
      'http://10.0.0.1/a.jpg',
      'https://169.254.169.254/latest/meta-data',
      'http://[::ffff:10.0.0.1]/a.jpg',
      'https://0x0a000001/a.jpg',
    ];

    test.each(privateUrls)('%s is URL_REFUSED, at once and in a job', async (url) => {
      expect(await tenant.api.refusal(DETECT, { image: { url } })).toMatchObject({
        code: 'URL_REFUSED',
        message: expect.stringMatching(/public address/),
      });
      const job = await tenant.enroll(await tenant.createCollection(), [{ image: { url } }]);
      expect(job.items.nodes[0]).toMatchObject({ state: 'FAILED', error: { code: 'URL_REFUSED' } });
    });

    test('that redirects to a private address is URL_REFUSED too; one that answers with no image says so', async () => {
      const server = createServer((request, response) => {
        if (request.url === '/redirect') response.writeHead(302, { location: 'http://10.0.0.1/a.jpg' }).end();
        else response.writeHead(200, { 'content-type': 'image/jpeg' }).end('<html>no image</html>');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      try {
        expect(await tenant.api.refusal(DETECT, { image: { url: `${origin}/redirect` } })).toMatchObject({
          code: 'URL_REFUSED',
        });
        expect(await tenant.api.refusal(DETECT, { image: { url: `${origin}/page` } })).toMatchObject({
          code: 'IMAGE_UNSUPPORTED',
        });
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });
  });

  describe('an upload address', () => {
    test('for a JPEG by any of its names is one for a JPEG', async () => {
      const names = ['image/jpg', 'image/pjpeg', 'IMAGE/JPEG', 'image/jpeg; charset=binary'];
      const uploads = await tenant.createUploads(names.map((mime) => ({ bytes: portrait.length, mime })));
      for (const upload of uploads) {
        expect(upload.headers).toEqual({ 'content-type': 'image/jpeg' });
        expect((await send(upload, portrait)).status).toBe(201);
      }
    });

    test('that was used takes nothing more, and the image is the first one', async () => {
      const [upload] = await tenant.createUploads([{ bytes: portrait.length, mime: 'image/jpeg' }]);
      expect((await send(upload!, portrait)).status).toBe(201);
      const again = await send(upload!, portrait);
      expect(again.status).toBe(409);
      expect(JSON.parse(again.text).error).toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(/used already/),
      });
    });

    test('that was tampered with, or got other bytes or none, is refused with what to do', async () => {
      const [upload] = await tenant.createUploads([{ bytes: portrait.length, mime: 'image/jpeg' }]);
      expect(await tenant.api.refusal(DETECT, { image: { uploadId: upload!.id } })).toMatchObject({
        code: 'CONFLICT',
        message: expect.stringMatching(/PUT its bytes/),
      });
      const tampered = new URL(upload!.url);
      tampered.searchParams.set('expires', String(Number(tampered.searchParams.get('expires')) + 1_000));
      expect((await send({ ...upload!, url: tampered.href }, portrait)).status).toBe(403);
      const more = await send(upload!, Buffer.concat([portrait, Buffer.alloc(10)]));
      expect(more.status).toBe(400);
      expect(JSON.parse(more.text).error).toMatchObject({ code: 'BAD_USER_INPUT' });
    });

    test('that has expired is UPLOAD_EXPIRED, to send to and to use', async () => {
      const [upload] = await tenant.createUploads([{ bytes: portrait.length, mime: 'image/jpeg' }]);
      const late = { ...upload!, url: expiredAddress('PUT', 'uploads', tenant.id, upload!.id) };
      const answer = await send(late, portrait);
      expect(answer.status).toBe(410);
      expect(JSON.parse(answer.text).error).toMatchObject({ code: 'UPLOAD_EXPIRED', retryable: false });

      const uploadId = await tenant.upload(portrait);
      await readDatabase(
        platform.dataDir,
        `UPDATE uploads SET expires_at = now() - interval '1 minute' WHERE id = $1`,
        [uploadId],
      );
      expect(await tenant.api.refusal(DETECT, { image: { uploadId } })).toMatchObject({
        code: 'UPLOAD_EXPIRED',
        message: expect.stringMatching(/createUploads/),
      });
      const job = await tenant.enroll(await tenant.createCollection(), [{ image: { uploadId } }]);
      expect(job.items.nodes[0]).toMatchObject({ state: 'FAILED', error: { code: 'UPLOAD_EXPIRED' } });
    });

    test('for more than 15 MB is not given out', async () => {
      const query = `mutation { createUploads(input: { files: [{ bytes: 15728641, mime: "image/jpeg" }] }) { uploads { id } } }`;
      expect(await tenant.api.refusal(query)).toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringMatching(/bytes/),
      });
      const heic = `mutation { createUploads(input: { files: [{ bytes: 100, mime: "image/heic" }] }) { uploads { id } } }`;
      expect(await tenant.api.refusal(heic)).toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringMatching(/convert HEIC/),
      });
    });
  });
});

const smallDisk = mountSmallDisk(2, 'a full disk');

/** Disks may fill faster than they are looked at: not looked at here. */
suiteWhere(smallDisk !== null)('a full disk', () => {
  const { folder, unmount } = smallDisk!;
  let platform: TestPlatform;

  beforeAll(async () => {
    platform = await TestPlatform.start({ env: { LIKENESS_IMAGES_DIR: folder, LIKENESS_DISK_RESERVE_MB: '0' } });
  });
  afterAll(async () => {
    await platform?.stop();
    unmount();
  });

  test('is STORAGE_FULL to whoever sends; what was accepted before is enrolled when there is room again', async () => {
    const tenant = await createTenant(platform.operator);
    const collectionId = await tenant.createCollection({ qualityFilter: 'NONE' });
    const image = partyPhoto(1);
    const uploadId = await tenant.upload(image);
    const ballast = path.join(folder, 'ballast');
    await writeFile(ballast, Buffer.alloc(4 * 1024 * 1024)).catch(() => undefined);

    const [upload] = await tenant.createUploads([{ bytes: image.length, mime: 'image/jpeg' }]);
    const refused = await send(upload!, image);
    expect(refused.status).toBe(507);
    expect(JSON.parse(refused.text).error).toMatchObject({ code: 'STORAGE_FULL', retryable: true });
    expect(
      await tenant.api.refusal(`mutation ($input: EnrollFacesInput!) { enrollFaces(input: $input) { job { id } } }`, {
        input: { collectionId, items: [{ image: { base64: image.toString('base64') } }] },
      }),
    ).toMatchObject({ code: 'STORAGE_FULL' });

    const jobId = await tenant.beginEnrollment(collectionId, [{ image: { uploadId } }]);
    for await (const event of tenant.followJob(jobId)) {
      if (event.type === 'JOB_STARTED') break;
    }
    await rm(ballast);
    expect((await send(upload!, image)).status).toBe(201);
    const job: Data = await tenant.finishJob(jobId);
    expect(job).toMatchObject({ state: 'SUCCEEDED', progress: { done: 1, failed: 0 } });
    expect(job.items.nodes[0].faceRecords.length).toBeGreaterThan(0);
  });
});
