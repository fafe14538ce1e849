import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';
import { ApiClient } from '../fixtures/client';

describe('npm run seed', () => {
  jest.setTimeout(120_000);
  let dataDir: string;
  let server: PlatformProcess | undefined;
  beforeEach(async () => {
    dataDir = await makeDataFolder();
  });
  afterEach(async () => {
    await server?.end();
    await removeDataFolder(dataDir);
  });

  async function seed(env: Record<string, string>) {
    const one = PlatformProcess.spawn({
      dataDir,
      command: ['demo/seed.js'],
      env: { LIKENESS_PACKS: 'bundled', ...env },
    });
    expect({ ...(await one.ended), output: one.output }).toMatchObject({ code: 0 });
    const [, key = ''] = /^Key +(\S+)$/m.exec(one.output) ?? [];
    const [, collectionId = ''] = /^Collection +(\S+)$/m.exec(one.output) ?? [];
    return { output: one.output, key, collectionId };
  }

  test('makes a tenant with photographs, with a server or without one, and enrols nothing twice', async () => {
    const alone = await seed({});
    expect(alone.output).toContain('Starting Likeness for this');
    expect(alone.output).toContain('6 photographs enrolled, 0 were there already');

    server = await PlatformProcess.start({ dataDir, env: { LIKENESS_PACKS: 'bundled' } });
    const again = await seed({ LIKENESS_PORT: new URL(server.url).port });
    expect(again.output).not.toContain('Starting Likeness');
    expect(again.output).toContain('0 photographs enrolled, 6 were there already');
    for (const { key, collectionId } of [alone, again]) {
      const { persons } = await new ApiClient(server.url, key).call(
        'query ($id: ID!) { persons(collectionId: $id) { nodes { displayName faces(first: 1) { nodes { cropUrl } } } } }',
        { id: collectionId },
      );
      expect(persons.nodes.length).toBeGreaterThan(15);
      expect((await fetch(persons.nodes[0].faces.nodes[0].cropUrl)).headers.get('content-type')).toBe('image/jpeg');
    }
  });
});
