import { newId } from '../../src/domain/ids';
import type { TenantScope } from '../../src/domain/tenant-scope';
import type { EnrollFacesCommand, EnrollFacesItem } from '../../src/modules/enrollment/enrollment-request';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { createEnrollmentWorld, scriptedImage, type EnrollmentWorld } from '../fixtures/enrollment-world';

let db: TestDatabase;
let world: EnrollmentWorld;
beforeAll(async () => {
  db = await startTestDatabase();
  world = await createEnrollmentWorld(db);
});
afterAll(async () => {
  await world.dispose();
  await db.stop();
});

const base64 = (face: number) => ({ base64: scriptedImage({ faces: [face] }).toString('base64') });

async function start() {
  const scope = await world.createTenant();
  return { scope, collectionId: await world.createCollection(scope) };
}

describe('clientRequestToken', () => {
  const command = (collectionId: string, face = 1): EnrollFacesCommand => ({
    collectionId,
    clientRequestToken: 'token-1',
    items: [{ image: base64(face), person: { create: { displayName: 'Ada', metadata: { a: 1, b: [2] } } } }],
  });

  it('answers the same input with the same job, and other input with a refusal', async () => {
    const { scope, collectionId } = await start();
    const first = await world.service.enroll(scope, command(collectionId), 'request-1');
    const again = command(collectionId);
    const reordered = {
      ...again,
      items: [{ ...again.items[0]!, person: { create: { metadata: { b: [2], a: 1 }, displayName: 'Ada' } } }],
    };
    expect((await world.service.enroll(scope, reordered, 'request-2')).id).toBe(first.id);
    await expect(world.service.enroll(scope, command(collectionId, 2), 'request-3')).rejects.toMatchObject({
      code: 'IDEMPOTENT_PARAMETER_MISMATCH',
    });
    const jobs = await world.jobs.list(scope, {}, { first: 10 });
    expect(jobs.map((job) => job.id)).toEqual([first.id]);
  });

  it('makes one job of requests that come at the same time', async () => {
    const { scope, collectionId } = await start();
    const jobs = await Promise.all(
      Array.from({ length: 6 }, (_, n) => world.service.enroll(scope, command(collectionId), `request-${n}`)),
    );
    expect(new Set(jobs.map((job) => job.id)).size).toBe(1);
    expect(await world.jobs.list(scope, {}, { first: 10 })).toHaveLength(1);
    await world.settle();
    expect(await world.jobs.find(scope, jobs[0]!.id)).toMatchObject({ state: 'SUCCEEDED', done: 1 });
  });

  it('is a tenant’s own', async () => {
    const one = await start();
    const other = await start();
    const first = await world.service.enroll(one.scope, command(one.collectionId), 'request');
    const second = await world.service.enroll(other.scope, command(other.collectionId, 2), 'request');
    expect(second.id).not.toBe(first.id);
  });
});

describe('an item that cannot be used', () => {
  it('fails by itself: an upload that is absent, another tenant’s, expired or empty; bytes that are no image', async () => {
    const { scope, collectionId } = await start();
    const other = await world.createTenant();
    const foreign = await world.upload(other, scriptedImage({ faces: [1] }));
    const expired = await world.upload(scope, scriptedImage({ faces: [1] }), -1);
    const expiresAt = new Date(world.clock.now().getTime() + 60_000);
    const [empty] = await world.uploads.create(scope, [{ bytes: 10, mime: 'image/jpeg', sha256: null }], expiresAt);
    const items: EnrollFacesItem[] = [newId(), foreign, expired, empty!.id].map((uploadId) => ({
      image: { uploadId },
    }));
    items.push({ image: { base64: Buffer.from('GIF89a, they say').toString('base64') } }, { image: base64(1) });
    const job = await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.settle();
    const outcomes = await world.jobs.listItems(scope, job.id, {}, { first: 10 });
    expect(outcomes.map((item) => item.error?.code)).toEqual([
      'NOT_FOUND',
      'NOT_FOUND',
      'UPLOAD_EXPIRED',
      'CONFLICT',
      'IMAGE_UNSUPPORTED',
      undefined,
    ]);
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'SUCCEEDED', done: 1, failed: 5 });
    expect(await world.storedKeys(other, 'uploads')).toEqual([foreign]);
  });

  it('ends the job at once when there is no other', async () => {
    const { scope, collectionId } = await start();
    const items = [{ image: { uploadId: newId() } }];
    const job = await world.service.enroll(scope, { collectionId, items }, 'request');
    expect(job).toMatchObject({ state: 'SUCCEEDED', done: 0, failed: 1 });
    const page = await world.events.readAfter(scope, { jobId: job.id }, 0n, 10);
    expect(page.events.map((event) => event.type)).toEqual(['JOB_CREATED', 'JOB_SUCCEEDED']);
  });

  it('fails by itself for a person who is absent, of another collection or of another tenant', async () => {
    const { scope, collectionId } = await start();
    const other = await start();
    const create = { create: { displayName: 'Bea', externalId: 'bea' } };
    await world.service.enroll(
      other.scope,
      { collectionId: other.collectionId, items: [{ image: base64(1), person: create }] },
      'r',
    );
    const elsewhere = await world.createCollection(scope);
    await world.service.enroll(scope, { collectionId: elsewhere, items: [{ image: base64(1), person: create }] }, 'r');
    await world.settle();
    const beaOf = (of: TenantScope) =>
      db.database.maintain(of, (tx) => tx.person.findFirstOrThrow({ where: { externalId: 'bea' } }));
    const [foreign, sibling] = [await beaOf(other.scope), await beaOf(scope)];
    const items = [{ id: foreign.id }, { id: sibling.id }, { id: newId() }, { externalId: 'bea' }].map((person, n) => ({
      image: base64(n),
      person,
    }));
    const job = await world.service.enroll(scope, { collectionId, items }, 'request');
    await world.settle();
    const outcomes = await world.jobs.listItems(scope, job.id, {}, { first: 10 });
    expect(outcomes.map((item) => item.error?.code)).toEqual(Array(4).fill('NOT_FOUND'));
    expect(await world.storedKeys(scope, 'images')).toHaveLength(1);
  });
});

describe('a request that is wrong', () => {
  it('is refused as a whole with every field that is', async () => {
    const { scope, collectionId } = await start();
    const command = {
      collectionId,
      maxFaces: 101,
      clientRequestToken: 'has spaces',
      items: [
        { image: {} },
        { image: { uploadId: 'nonsense' } },
        { image: { base64: 'not base64!' } },
        { image: { url: 'ftp://x' } },
        { image: base64(1), person: {} },
        { image: base64(1), person: { id: newId(), externalId: 'x' } },
        { image: base64(1), person: { create: { displayName: 'a\0b' } }, externalImageId: '' },
        { image: base64(1), person: { create: { displayName: 'a', metadata: { note: '\0' } } } },
      ],
    };
    const error = await world.service.enroll(scope, command, 'request').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'BAD_USER_INPUT' });
    const fields = (error as { details: { fields: { path: string }[] } }).details.fields.map((field) => field.path);
    expect(fields).toEqual([
      'input.maxFaces',
      'input.clientRequestToken',
      'input.items.0.image',
      'input.items.1.image.uploadId',
      'input.items.2.image.base64',
      'input.items.3.image.url',
      'input.items.4.person',
      'input.items.5.person',
      'input.items.6.person.create.displayName',
      'input.items.6.externalImageId',
      'input.items.7.person.create.metadata',
    ]);
    expect(await world.jobs.list(scope, {}, { first: 10 })).toEqual([]);
  });

  it('is refused without items, with too many, and for a collection of another tenant', async () => {
    const { scope, collectionId } = await start();
    const other = await start();
    await expect(world.service.enroll(scope, { collectionId, items: [] }, 'r')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    const many = Array.from({ length: 10_001 }, () => ({ image: { uploadId: newId() } }));
    await expect(world.service.enroll(scope, { collectionId, items: many }, 'r')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    for (const id of [other.collectionId, newId(), 'nonsense']) {
      const command = { collectionId: id, items: [{ image: base64(1) }] };
      await expect(world.service.enroll(scope, command, 'r')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(await db.database.system.job.count({ where: { tenantId: other.scope.tenantId } })).toBe(0);
  });

  it('takes 10,000 items', async () => {
    const { scope, collectionId } = await start();
    const items = Array.from({ length: 10_000 }, (_, n) => ({ image: { url: `https://images.test/${n}.jpg` } }));
    const job = await world.service.enroll(scope, { collectionId, items }, 'request');
    expect(job.total).toBe(10_000);
    const messages = await db.database.maintain(scope, (tx) => tx.outbox.findMany());
    expect(messages).toHaveLength(313);
    await world.jobService.cancel(scope, job.id);
    expect(await world.jobs.find(scope, job.id)).toMatchObject({ state: 'CANCELLED', done: 0, failed: 0 });
    await world.settle();
  });
});

describe('what is refused', () => {
  it('leaves no bytes behind, and persons to be made known count as persons', async () => {
    const { scope, collectionId } = await start();
    await db.database.system.tenant.update({ where: { id: scope.tenantId }, data: { limits: { maxPersons: 1 } } });
    const create = (displayName: string, externalId?: string) => ({ create: { displayName, externalId } });
    const items = (...persons: ReturnType<typeof create>[]) =>
      persons.map((person, n) => ({ image: base64(n), person }));
    const enroll = (into: string, ...persons: ReturnType<typeof create>[]) =>
      world.service.enroll(scope, { collectionId: into, items: items(...persons) }, 'request');
    await expect(enroll(newId(), create('Ada'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(enroll(collectionId, create('Ada'), create('Bea'))).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await world.storedKeys(scope, 'uploads')).toEqual([]);
    await enroll(collectionId, create('Ada', 'a'), create('Ada', 'a'));
    await world.settle();
    await enroll(collectionId, create('Ada', 'a'));
    await expect(enroll(collectionId, create('Bea', 'b'))).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  });

  it('would take more of the disk than the tenant may: by what is stored, and by what waits', async () => {
    const { scope, collectionId } = await start();
    const limit = (limits: Record<string, number>) =>
      db.database.system.tenant.update({ where: { id: scope.tenantId }, data: { limits } });
    const enroll = (...images: EnrollFacesItem['image'][]) =>
      world.service.enroll(scope, { collectionId, items: images.map((image) => ({ image })) }, 'request');
    const url = { url: 'https://images.test/one.jpg' };
    await limit({ maxImageMegabytes: 0 });
    for (const image of [base64(1), url]) {
      await expect(enroll(image)).rejects.toMatchObject({
        code: 'QUOTA_EXCEEDED',
        message:
          'This tenant may hold 0 MB of images and holds 0: 1 more do not fit. Delete persons or faces with their images, or ask the operator for more.',
      });
    }
    await limit({ maxOpenUploadMegabytes: 0 });
    await expect(enroll(base64(1))).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await world.storedKeys(scope, 'uploads')).toEqual([]);
    await limit({ maxImageMegabytes: 1 });
    await enroll(base64(1));
    await world.settle();
  });

  it('comes to its limit while a job is under way: what is left of the job fails with it', async () => {
    const { scope, collectionId } = await start();
    const job = await world.service.enroll(scope, { collectionId, items: [{ image: base64(1) }] }, 'request');
    await db.database.system.tenant.update({
      where: { id: scope.tenantId },
      data: { limits: { maxImageMegabytes: 0 } },
    });
    await world.settle();
    expect(await world.jobs.find(scope, job.id)).toMatchObject({
      state: 'FAILED',
      failed: 1,
      error: { code: 'QUOTA_EXCEEDED', message: expect.stringContaining('MB of images') },
    });
    expect(await world.storedKeys(scope, 'images')).toEqual([]);
  });
});
