import sharp from 'sharp';
import type { BoundingBox } from '../../src/domain/geometry';
import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import { FaceStore } from '../../src/modules/faces/face.store';
import type { $Enums } from '../../src/database/generated/client';
import { createTestTenant, startTestDatabase, type TestDatabase } from '../fixtures/database';
import { startImageServer, type ImageServer } from '../fixtures/image-server';

const WIDTH = 2_000;
const HEIGHT = 1_200;
const MODEL_PACK = 'image-routes@1.0.0';

let db: TestDatabase;
let server: ImageServer;
let scope: TenantScope;
let collectionId: string;
let image: Buffer;

/** Grey, with a red face-like box at the middle left and a blue one in the corner at the bottom right. */
const RED: BoundingBox = { left: 0.1, top: 0.4, width: 0.05, height: 0.1 };
const BLUE: BoundingBox = { left: 0.95, top: 0.9, width: 0.08, height: 0.15 };

beforeAll(async () => {
  db = await startTestDatabase();
  server = await startImageServer(db.database);
  await db.database.system.modelPack.create({
    data: {
      id: MODEL_PACK,
      name: 'image-routes',
      version: '1.0.0',
      embeddingDigest: 'd',
      dimension: 4,
      metric: 'COSINE',
      licence: 'none',
      commercialUse: true,
    },
  });
  const box = (width: number, height: number, background: string) => ({
    create: { width, height, channels: 3 as const, background },
  });
  image = await sharp(box(WIDTH, HEIGHT, '#808080'))
    .composite([
      { input: box(100, 120, '#ff0000'), left: 200, top: 480 },
      { input: box(100, 120, '#0000ff'), left: 1_900, top: 1_080 },
    ])
    .jpeg({ quality: 95 })
    .toBuffer();
});
afterAll(async () => {
  await server?.stop();
  await db?.stop();
});
beforeEach(enterNewTenant);

async function enterNewTenant(): Promise<void> {
  scope = await createTestTenant(db.database);
  collectionId = newId();
  await db.database.maintain(scope, (tx) =>
    tx.collection.create({
      data: { id: collectionId, tenantId: scope.tenantId, name: collectionId, modelPackId: MODEL_PACK },
    }),
  );
}

/** A stored image with one face for each box. */
async function enrol(boxes: readonly BoundingBox[], bytes = image, mime = 'image/jpeg') {
  const imageId = newId();
  const faceIds = boxes.map(() => newId());
  const owner = { tenantId: scope.tenantId, collectionId };
  await db.database.maintain(scope, async (tx) => {
    await tx.image.create({
      data: {
        ...owner,
        id: imageId,
        subjectId: newId(),
        receivedSha256: new Uint8Array(32),
        storedSha256: new Uint8Array(32),
        mime,
        width: WIDTH,
        height: HEIGHT,
        bytes: bytes.length,
      },
    });
    for (const [ordinal, box] of boxes.entries()) {
      await tx.$executeRaw`
        INSERT INTO faces (id, tenant_id, collection_id, image_id, job_item_id, ordinal, state, bounding_box, landmarks,
                           pose, brightness, sharpness, confidence, size_px)
        VALUES (${faceIds[ordinal]}::uuid, ${scope.tenantId}::uuid, ${collectionId}::uuid, ${imageId}::uuid,
                ${imageId}::uuid, ${ordinal}, 'INDEXED', ${JSON.stringify(box)}::jsonb, '{}', '{}', 50, 50, 99, 100)`;
    }
  });
  await server.imageStore.put(`images/${scope.tenantId}/${imageId}`, bytes);
  return { imageId, faceIds };
}

const setState = (faceId: string, state: $Enums.FaceState) =>
  db.database.maintain(scope, (tx) => tx.face.update({ where: { id: faceId }, data: { state } }));

const statusOf = async (url: string) => (await fetch(url)).status;

async function crop(faceId: string) {
  const response = await fetch(server.addresses.faceCropUrl(scope, faceId));
  expect(response.status).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  const colourAt = (x: number, y: number) => [...data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3)];
  return { response, bytes, width: info.width, height: info.height, colourAt };
}

function expectColour(actual: number[], expected: number[]): void {
  actual.forEach((value, channel) => expect(Math.abs(value - expected[channel]!)).toBeLessThan(30));
}

describe('GET /images/<tenantId>/<imageId>', () => {
  it('serves a tenant while images of another one are slow to come', async () => {
    const slow = server.addresses.imageUrl(scope, (await enrol([RED])).imageId);
    const slowTenantId = scope.tenantId;
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    const get = server.imageStore.get.bind(server.imageStore);
    let reached!: () => void;
    const oneIsInside = new Promise<void>((resolve) => (reached = resolve));
    jest.spyOn(server.imageStore, 'get').mockImplementation(async (key) => {
      if (key.includes(slowTenantId)) {
        reached();
        await released;
      }
      return get(key);
    });
    const waiting = Array.from({ length: 8 }, () => statusOf(slow));
    await oneIsInside;
    await enterNewTenant();
    expect(await statusOf(server.addresses.imageUrl(scope, (await enrol([RED])).imageId))).toBe(200);
    release();
    expect(await Promise.all(waiting)).toEqual(Array(8).fill(200));
    jest.restoreAllMocks();
  });

  it('shows the stored image as it is, to be cached as long as the address works', async () => {
    const { imageId } = await enrol([RED]);
    const response = await fetch(server.addresses.imageUrl(scope, imageId));
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(image)).toBe(true);
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': String(image.length),
      'content-disposition': 'inline',
      'content-security-policy': "default-src 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    const maxAge = Number(/^private, max-age=(\d+), immutable$/.exec(headers['cache-control'] ?? '')?.[1]);
    expect(maxAge).toBeGreaterThan(2_600);
    expect(maxAge).toBeLessThanOrEqual(3_600);
  });

  it('answers HEAD, and an address that an older key has signed', async () => {
    const { imageId } = await enrol([RED]);
    const response = await fetch(server.olderAddresses.imageUrl(scope, imageId), { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(image.length));
  });

  it('answers 403 to a forged or expired address, in JSON and uncached', async () => {
    const { imageId, faceIds } = await enrol([RED]);
    const url = server.addresses.imageUrl(scope, imageId);
    const forged = [
      server.strangerAddresses.imageUrl(scope, imageId),
      server.addresses.faceCropUrl(scope, imageId).replace('/faces/', '/images/'),
      url.replace(scope.tenantId, newId()),
      url.replace(imageId, faceIds[0]!),
      url.replace(/signature=.*/, ''),
      url.replace(/expires=\d+/, `expires=${Date.now() + 9e9}`),
    ];
    for (const address of forged) {
      const response = await fetch(address);
      expect(response.status).toBe(403);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toMatchObject({ error: { code: 'FORBIDDEN', retryable: false } });
    }
    server.clock.advance(3_600_001);
    const expired = await fetch(url);
    expect(expired.status).toBe(403);
    expect(await expired.json()).toMatchObject({ error: { message: expect.stringContaining('expired') } });
  });

  it('never shows another tenant’s image, even with a signature of ours', async () => {
    const { imageId, faceIds } = await enrol([RED]);
    const stranger = await createTestTenant(db.database, 'Stranger');
    expect(await statusOf(server.addresses.imageUrl(stranger, imageId))).toBe(404);
    expect(await statusOf(server.addresses.faceCropUrl(stranger, faceIds[0]!))).toBe(404);
  });

  it('answers 404 to what is not there, or whose bytes are gone', async () => {
    const { imageId } = await enrol([RED]);
    expect(await statusOf(server.addresses.imageUrl(scope, newId()))).toBe(404);
    await server.imageStore.delete(`images/${scope.tenantId}/${imageId}`);
    expect(await statusOf(server.addresses.imageUrl(scope, imageId))).toBe(404);
  });

  it('shows nothing to the key that holds no longer', async () => {
    const { imageId, faceIds } = await enrol([RED]);
    const [lapsed, good] = [newId(), newId()];
    server.lapsed.add(lapsed);
    const addressesOf = (key: string) => [
      server.addresses.imageUrl(scope, imageId, undefined, key),
      server.addresses.faceCropUrl(scope, faceIds[0]!, undefined, key),
    ];
    for (const url of addressesOf(good)) expect(await statusOf(url)).toBe(200);
    for (const url of addressesOf(lapsed)) expect(await statusOf(url)).toBe(403);
  });

  it('shows an image as long as one of its faces is in use', async () => {
    const { imageId, faceIds } = await enrol([RED, BLUE]);
    const url = server.addresses.imageUrl(scope, imageId);
    await setState(faceIds[0]!, 'DELETED');
    expect(await statusOf(url)).toBe(200);
    await setState(faceIds[1]!, 'UNINDEXED');
    expect(await statusOf(url)).toBe(404);
  });

  it('shows an image whose faces were never indexed', async () => {
    const { imageId, faceIds } = await enrol([RED]);
    await setState(faceIds[0]!, 'UNINDEXED');
    expect(await statusOf(server.addresses.imageUrl(scope, imageId))).toBe(200);
  });

  it.each(['collection DELETING', 'tenant DELETING', 'tenant SUSPENDED'] as const)(
    'hides everything of a %s',
    async (what) => {
      const { imageId, faceIds } = await enrol([RED]);
      if (what === 'collection DELETING') {
        await db.database.maintain(scope, (tx) =>
          tx.collection.update({ where: { id: collectionId }, data: { state: 'DELETING' } }),
        );
      } else {
        const status = what === 'tenant DELETING' ? ('DELETING' as const) : ('SUSPENDED' as const);
        await db.database.system.tenant.update({ where: { id: scope.tenantId }, data: { status } });
      }
      expect(await statusOf(server.addresses.imageUrl(scope, imageId))).toBe(404);
      expect(await statusOf(server.addresses.faceCropUrl(scope, faceIds[0]!))).toBe(404);
    },
  );
});

describe('GET /faces/<tenantId>/<faceId>', () => {
  it('shows the face in a square with a margin', async () => {
    const { faceIds } = await enrol([RED]);
    const { response, width, height, colourAt } = await crop(faceIds[0]!);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect([width, height]).toEqual([192, 192]);
    expectColour(colourAt(96, 96), [255, 0, 0]);
    expectColour(colourAt(4, 96), [128, 128, 128]);
    expectColour(colourAt(96, 4), [128, 128, 128]);
    expectColour(colourAt(96, 40), [255, 0, 0]);
    expectColour(colourAt(52, 96), [255, 0, 0]);
  });

  it('stays inside the image for a face at its border', async () => {
    const { faceIds } = await enrol([BLUE]);
    const { width, height, colourAt } = await crop(faceIds[0]!);
    expect([width, height]).toEqual([192, 192]);
    expectColour(colourAt(184, 184), [0, 0, 255]);
    expectColour(colourAt(4, 4), [128, 128, 128]);
  });

  // Earlier versions stored boxes as the detector gave them.
  const stored = [-0.2, -0.04, 0.3, 0.97, 1.1].flatMap((left) =>
    [-0.3, 0.5, 0.96].flatMap((top) => [0.001, 0.2, 1.5].map((size) => ({ left, top, width: size, height: size }))),
  );

  it('answers faces at every edge and corner, and larger than their image, inside it, and cuts them out', async () => {
    const faces = new FaceStore(db.database);
    const { faceIds } = await enrol(stored);
    for (const id of faceIds) {
      const { left, top, width, height } = (await faces.find(scope, id))!.boundingBox;
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect(Math.max(left + width, top + height)).toBeLessThanOrEqual(1);
      expect(Math.min(width, height)).toBeGreaterThan(0);
      const cut = await crop(id);
      expect(cut.width).toBe(cut.height);
    }
  });

  it('cuts faces out of images of a pixel, and of a row of them', async () => {
    for (const [width, height] of [
      [1, 1],
      [1, 300],
      [300, 1],
    ] as const) {
      const bytes = await sharp({ create: { width, height, channels: 3, background: '#777' } })
        .png()
        .toBuffer();
      const { faceIds } = await enrol(stored.slice(0, 20), bytes, 'image/png');
      for (const id of faceIds) expect(await crop(id)).toMatchObject({ width: 1, height: 1 });
    }
  });

  it('reduces a large face to 512 pixels', async () => {
    const { faceIds } = await enrol([{ left: 0.2, top: 0.05, width: 0.5, height: 0.9 }]);
    const { width, height } = await crop(faceIds[0]!);
    expect([width, height]).toEqual([512, 512]);
  });

  it('lays a transparent PNG on white', async () => {
    const transparent = await sharp({
      create: { width: WIDTH, height: HEIGHT, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const { faceIds } = await enrol([RED], transparent, 'image/png');
    const { colourAt } = await crop(faceIds[0]!);
    expectColour(colourAt(10, 10), [255, 255, 255]);
  });

  it('answers 404 to a deleted face, at once and at the same address', async () => {
    const { faceIds } = await enrol([RED, BLUE]);
    const url = server.addresses.faceCropUrl(scope, faceIds[0]!);
    expect(await statusOf(url)).toBe(200);
    await setState(faceIds[0]!, 'DELETED');
    expect(await statusOf(url)).toBe(404);
    expect(await statusOf(server.addresses.faceCropUrl(scope, faceIds[1]!))).toBe(200);
  });

  it('shows a page of faces asked for at once', async () => {
    const { faceIds } = await enrol(Array.from({ length: 40 }, () => RED));
    const statuses = await Promise.all(faceIds.map((id) => statusOf(server.addresses.faceCropUrl(scope, id))));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('answers with a code when the stored bytes are damaged', async () => {
    const { faceIds } = await enrol([RED], Buffer.from('not an image'));
    const response = await fetch(server.addresses.faceCropUrl(scope, faceIds[0]!));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ error: { code: 'IMAGE_UNREADABLE' } });
  });

  it('never logs an address', async () => {
    const { faceIds } = await enrol([RED]);
    await fetch(server.strangerAddresses.faceCropUrl(scope, faceIds[0]!));
    expect(server.log.length).toBeGreaterThan(0);
    expect(server.log.join('')).not.toContain('signature=');
  });
});
