import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { putOwnPack } from '../factories/own-pack';
import { createTenant, type TestTenant } from '../factories/tenant';
import { cutOut, partyPhoto, type Box } from '../fixtures/photos';
import { TestPlatform } from '../fixtures/platform';

/** A pack that aligns faces a little closer or wider. */
function putPack(dataDir: string, version: string, templateScale: number, more: object = {}): void {
  putOwnPack(dataDir, `mine@${version}`, ({ embedders }) => ({
    embedders: [{ ...embedders[0]!, templateScale }],
    ...more,
  }));
}

describe('packs that collections use', () => {
  let platform: TestPlatform;
  let tenant: TestTenant;
  let guest: Buffer;
  let old: string;
  let recent: string;

  const restart = async (packs: string): Promise<void> => {
    platform.log.length = 0;
    await platform.restart({ LIKENESS_PACKS: packs });
    tenant = tenant.at(platform.url);
  };
  const served = async (): Promise<string[]> =>
    (await tenant.api.call('{ modelPacks { id } }')).modelPacks.map(({ id }: { id: string }) => id);
  const namesFound = async (collectionId: string): Promise<string[]> => {
    const { probes } = await tenant.search([collectionId], { uploadId: await tenant.upload(guest) });
    return probes[0].matches.map((match: { person: { displayName: string } }) => match.person.displayName);
  };

  beforeAll(async () => {
    platform = await TestPlatform.start({ env: { LIKENESS_PACKS: 'bundled@1' } });
    tenant = await createTenant(platform.operator);
    const photo = partyPhoto(1);
    const { faces } = await tenant.detect(photo);
    guest = await cutOut(photo, faces[0].boundingBox as Box);
    old = await tenant.createCollection();
    await tenant.enrollPerson(old, guest, 'Guest');
    putPack(platform.dataDir, '9', 1.05);
    putPack(platform.dataDir, '10', 1.06);
  });
  afterAll(() => platform?.stop());

  test('go on being served when the default becomes another, and a bare name means the newest version', async () => {
    await restart('mine');
    expect(await served()).toEqual(['mine@10', 'bundled@1']);
    recent = await tenant.createCollection();
    const { collection } = await tenant.api.call('query ($id: ID!) { collection(id: $id) { modelPackId } }', {
      id: recent,
    });
    expect(collection.modelPackId).toBe('mine@10');
    await tenant.enrollPerson(recent, guest, 'Guest again');
    expect(await namesFound(old)).toEqual(['Guest']);
    expect(await namesFound(recent)).toEqual(['Guest again']);
  });

  test('stand beside another version of the same name', async () => {
    await restart('mine@9');
    expect(await served()).toEqual(['mine@9', 'bundled@1', 'mine@10']);
    expect(await namesFound(recent)).toEqual(['Guest again']);
  });

  test('one that has lost its scale serves, but its collections cannot be searched: callers and the log are told so', async () => {
    putPack(platform.dataDir, '10', 1.06, { calibration: undefined });
    await restart('bundled');
    expect(await served()).toEqual(['bundled@2', 'bundled@1', 'mine@10']);
    const refused = namesFound(recent);
    await expect(refused).rejects.toMatchObject({
      code: 'MODEL_MISMATCH',
      message: expect.stringContaining('mine@10 has lost its similarity scale'),
    });
    await expect(refused).rejects.not.toThrow(/npm run/);
    const told = platform.log.map((line) => JSON.parse(line)).find((line) => line.pack === 'mine@10');
    expect(told).toMatchObject({ level: 40, collections: [recent], reason: 'it has no similarity scale' });
    expect(told.msg).toMatch(/npm run models -- calibrate mine@10 DIR/);

    putPack(platform.dataDir, '10', 1.06);
    await restart('bundled');
    expect(await namesFound(recent)).toEqual(['Guest again']);
  });

  test.each([
    ['is another than it was', () => putPack(platform.dataDir, '10', 1.2), /not the one/],
    [
      'is damaged',
      () => writeFileSync(path.join(platform.dataDir, 'packs/mine@10/pack.json'), '{'),
      /pack\.json is not JSON/,
    ],
  ])('one that %s costs its own collections only, which are named', async (_, spoil, reason) => {
    spoil();
    await restart('bundled');
    expect(await served()).toEqual(['bundled@2', 'bundled@1']);
    expect(await namesFound(old)).toEqual(['Guest']);
    const refused = namesFound(recent);
    await expect(refused).rejects.toMatchObject({
      code: 'MODEL_MISMATCH',
      message: expect.stringContaining('mine@10, which this server does not serve at present'),
    });
    await expect(refused).rejects.not.toThrow(/npm run/);
    const told = platform.log.map((line) => JSON.parse(line)).find((line) => line.pack === 'mine@10');
    expect(told).toMatchObject({ level: 40, collections: [recent], count: 1 });
    expect(told.reason).toMatch(reason);
    expect(told.msg).toMatch(/npm run models -- verify mine@10/);
  });

  test('whatever is missing, the others go on, also when the default is gone', async () => {
    await restart('no-such-pack');
    expect(await served()).toEqual(['bundled@1']);
    expect(await namesFound(old)).toEqual(['Guest']);
  });
});
