import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { createTenant, send, type TestTenant } from '../factories/tenant';
import { suiteWhere } from '../fixtures/needs';
import { TestPlatform } from '../fixtures/platform';
import { mountSmallDisk } from '../fixtures/small-disk';

const MB = 2 ** 20;

const disk = mountSmallDisk(64, 'a disk that fills');

/** A disk of 64 MB for the images: 5 % of it, 3.2 MB, is the first floor, .8 MB the second. */
suiteWhere(disk !== null)('a disk that fills', () => {
  const { folder, unmount } = disk!;
  let platform: TestPlatform;
  let tenant: TestTenant;

  beforeAll(async () => {
    platform = await TestPlatform.start({ env: { LIKENESS_IMAGES_DIR: folder } });
    tenant = await createTenant(platform.operator);
  });
  afterAll(async () => {
    await platform?.stop();
    unmount();
  });

  const readiness = async () => {
    const response = await fetch(`${platform.url}/readyz`);
    const { status, checks } = (await response.json()) as { status: string; checks: Record<string, string> };
    return { code: response.status, status, storage: checks['storage'] };
  };
  const leaveFree = (bytes: number): void => {
    const filler = path.join(folder, 'filler');
    rmSync(filler, { force: true });
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(filler, Buffer.alloc(bavail * bsize - bytes));
  };
  const becomes = async (expected: Awaited<ReturnType<typeof readiness>>): Promise<void> => {
    const deadline = Date.now() + 10_000;
    let seen = await readiness();
    while (Date.now() < deadline && seen.storage !== expected.storage) {
      await wait(100);
      seen = await readiness();
    }
    expect(seen).toEqual(expected);
  };
  const UPLOAD = 'mutation ($input: CreateUploadsInput!) { createUploads(input: $input) { uploads { id } } }';
  const ENROLL = 'mutation ($input: EnrollFacesInput!) { enrollFaces(input: $input) { job { id } } }';
  const PERSON = 'mutation ($input: CreatePersonInput!) { createPerson(input: $input) { person { id } } }';
  const DELETE = 'mutation ($input: DeletePersonsInput!) { deletePersons(input: $input) { deletedPersonIds } }';

  test('is told before it is full: images first, then all that writes; searches and deletions go on', async () => {
    const collectionId = await tenant.createCollection();
    const [first, second] = [await tenant.createPerson(collectionId), await tenant.createPerson(collectionId)];
    const image = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'grey' } })
      .jpeg()
      .toBuffer();
    const [upload] = await tenant.createUploads([{ bytes: image.length, mime: 'image/jpeg' }]);
    const enrolment = { collectionId, items: [{ image: { base64: image.toString('base64') } }] };
    const files = { files: [{ bytes: 10, mime: 'image/jpeg' }] };
    const search = () => tenant.search([collectionId], { base64: image.toString('base64') });
    expect(await readiness()).toEqual({ code: 200, status: 'ok', storage: 'ok' });

    leaveFree(2 * MB);
    await becomes({ code: 200, status: 'ok', storage: 'low' });
    for (const [mutation, input] of [
      [UPLOAD, files],
      [ENROLL, enrolment],
    ] as const) {
      expect(await tenant.api.refusal(mutation, { input })).toEqual({
        code: 'STORAGE_FULL',
        message: expect.stringMatching(/^The disk of the images is nearly full, so no new images are taken\./),
        details: { disks: ['images'] },
      });
    }
    const put = await send(upload!, image);
    expect([put.status, JSON.parse(put.text)]).toMatchObject([507, { error: { code: 'STORAGE_FULL' } }]);
    const third = await tenant.createPerson(collectionId);
    await search();

    leaveFree(MB / 2);
    await becomes({ code: 503, status: 'unavailable', storage: 'unavailable' });
    expect(await tenant.api.refusal(PERSON, { input: { collectionId, displayName: 'One more' } })).toMatchObject({
      code: 'STORAGE_FULL',
      message: expect.stringContaining('nothing new is taken'),
    });
    await search();
    const { deletePersons } = await tenant.api.call(DELETE, { input: { personIds: [first, second, third] } });
    expect(deletePersons.deletedPersonIds.sort()).toEqual([first, second, third].sort());

    leaveFree(20 * MB);
    await becomes({ code: 200, status: 'ok', storage: 'ok' });
    expect((await send(upload!, image)).status).toBe(201);
    await tenant.api.call(ENROLL, { input: enrolment });
  });
});
