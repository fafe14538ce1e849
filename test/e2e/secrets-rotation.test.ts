import { createTenant } from '../factories/tenant';
import { partyPhoto, cutOut, type Box } from '../fixtures/photos';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';

test('secrets are rotated while it serves, and what the old ones have made holds until they are retired', async () => {
  const dataDir = await makeDataFolder();
  const secrets = async (...args: string[]): Promise<{ code: number | null; output: string }> => {
    const one = PlatformProcess.spawn({ dataDir, command: ['cli/secrets-command.js', ...args] });
    const { code } = await one.ended;
    return { code, output: one.output };
  };
  const idsOf = (output: string): string[] => [...output.matchAll(/^([0-9a-f]{8}) {2}/gm)].map(([, id]) => id!);
  let platform = await PlatformProcess.start({ dataDir });
  try {
    const tenant = await createTenant(platform.operator);
    const collectionId = await tenant.createCollection();
    await tenant.createCollection();
    const { faces } = await tenant.detect(partyPhoto(1));
    const { faceId } = await tenant.enrollPerson(
      collectionId,
      await cutOut(partyPhoto(1), faces[0].boundingBox as Box),
      'Guest',
    );
    const look = async () => {
      const answer = await tenant.api.call(
        `query ($id: ID!) {
          face(id: $id) { cropUrl } collections(first: 1) { pageInfo { endCursor } } auditCheckpoint { keyId }
        }`,
        { id: faceId },
      );
      const { endCursor } = answer.collections.pageInfo;
      return { url: answer.face.cropUrl as string, cursor: endCursor as string, audit: answer.auditCheckpoint.keyId };
    };
    const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;
    const follows = async (cursor: string): Promise<unknown> => {
      const { errors } = await tenant.api.ask(
        `query ($after: String) { collections(after: $after) { nodes { id } } }`,
        {
          after: cursor,
        },
      );
      return errors?.[0]?.extensions.code ?? 'OK';
    };
    const createKey = async (): Promise<string> =>
      (await tenant.api.call(`mutation { createApiKey(input: { name: "more", scopes: [READ] }) { secret } }`))
        .createApiKey.secret;
    const unused = await createKey();
    const before = await look();

    expect(await secrets('rotate', 'auditKey')).toMatchObject({ code: 1 });
    expect(await secrets('rotate')).toMatchObject({ code: 2 });
    expect((await secrets('rotate', 'keyPepper')).code).toBe(0);
    const rotated = await secrets('rotate', 'signingKey');
    const [newSigning, oldSigning, newPepper, oldPepper] = idsOf(rotated.output);
    expect(new Set([newSigning, oldSigning, newPepper, oldPepper]).size).toBe(4);
    // Of one image and one holder at one time: another address by another key alone.
    while ((await look()).url === before.url) await new Promise((resolve) => setTimeout(resolve, 50));
    const after = await look();
    expect(after.audit).toBe(before.audit);
    expect([await statusOf(before.url), await statusOf(after.url)]).toEqual([200, 200]);
    expect([await follows(before.cursor), await follows(after.cursor)]).toEqual(['OK', 'OK']);
    const made = await createKey();
    expect((await tenant.at(platform.url, made).api.ask('{ viewer { keyName } }')).errors).toBeUndefined();

    expect(await secrets('retire', newSigning!)).toMatchObject({
      code: 1,
      output: expect.stringContaining('in force'),
    });
    expect(await secrets('retire', '00000000')).toMatchObject({ code: 1, output: expect.stringContaining('No such') });
    expect(await secrets('retire', oldSigning!)).toMatchObject({ code: 1, output: expect.stringContaining('--force') });
    expect(await secrets('retire', oldPepper!)).toMatchObject({
      code: 1,
      output: expect.stringContaining('lastUsedAt'),
    });
    expect((await secrets('retire', oldSigning!, '--force')).code).toBe(0);
    while ((await statusOf(before.url)) !== 403) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await statusOf(after.url)).toBe(200);
    expect([await follows(before.cursor), await follows(after.cursor)]).toEqual(['BAD_USER_INPUT', 'OK']);

    // What was used meanwhile has a hash by the new pepper.
    await platform.end('SIGTERM');
    expect((await secrets('retire', oldPepper!, '--force')).code).toBe(0);
    platform = await PlatformProcess.start({ dataDir });
    const codeOf = async (key: string): Promise<unknown> =>
      (await tenant.at(platform.url, key).api.ask('{ viewer { keyName } }')).errors?.[0]?.extensions.code ?? 'OK';
    expect([await codeOf(tenant.api.key!), await codeOf(made), await codeOf(unused)]).toEqual([
      'OK',
      'OK',
      'UNAUTHENTICATED',
    ]);
  } finally {
    await platform.end('SIGKILL');
    await removeDataFolder(dataDir);
  }
}, 180_000);
