import { createTenant } from '../factories/tenant';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';

const EX_CONFIG = 78;

describe('start and stop', () => {
  let dataDir: string;
  const started: PlatformProcess[] = [];
  const start = async (env: Record<string, string> = {}): Promise<PlatformProcess> => {
    const one = await PlatformProcess.start({ dataDir, env });
    started.push(one);
    return one;
  };

  beforeEach(async () => {
    dataDir = await makeDataFolder();
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((one) => one.end('SIGKILL')));
    await removeDataFolder(dataDir);
  });

  test('every bad setting is named at once, with what it must be, and nothing is started', async () => {
    const one = PlatformProcess.spawn({
      dataDir,
      env: {
        LIKENESS_PORT: 'eighty',
        LIKENESS_LOG_LEVEL: 'loud',
        DATABASE_URL: 'mysql://localhost/likeness',
        MILVUS_ADDRESS: 'http://localhost:19530',
        LIKENESS_KEY_PEPPER: 'short',
        LIKENESS_PAKS: 'bundled',
      },
    });
    expect(await one.ended).toEqual({ code: EX_CONFIG, signal: null });
    for (const setting of [
      'LIKENESS_PORT',
      'LIKENESS_LOG_LEVEL must be one of fatal',
      'DATABASE_URL must begin with postgresql://',
      'MILVUS_ADDRESS must be host:port',
      'LIKENESS_KEY_PEPPER must have at least 32 characters',
      'LIKENESS_PAKS is not a setting of Likeness (misspelt?)',
    ]) {
      expect(one.output).toContain(setting);
    }
    expect(one.output).not.toMatch(/\n\s+at /);
  });

  test('settings that cannot work together are refused with what to set', async () => {
    const one = PlatformProcess.spawn({ dataDir, env: { LIKENESS_ROLE: 'worker' } });
    expect(await one.ended).toEqual({ code: EX_CONFIG, signal: null });
    for (const setting of ['DATABASE_URL', 'MILVUS_ADDRESS', 'LIKENESS_IMAGES_DIR', 'LIKENESS_SIGNING_KEY']) {
      expect(one.output).toContain(setting);
    }
  });

  test('a pack that does not exist is refused with a sentence', async () => {
    const one = PlatformProcess.spawn({ dataDir, env: { LIKENESS_PACKS: 'no-such-pack' } });
    expect(await one.ended).toEqual({ code: EX_CONFIG, signal: null });
    expect(one.output).toContain('no-such-pack');
    expect(one.output).not.toMatch(/\n\s+at /);
  });

  test('a second start on the same data is told who holds it, and the first is not disturbed', async () => {
    const first = await start();
    const second = PlatformProcess.spawn({ dataDir });
    expect(await second.ended).toEqual({ code: EX_CONFIG, signal: null });
    expect(second.output).toContain(`is held by pid ${first.pid}`);
    expect(second.output).toContain('LIKENESS_DATA_DIR');
    expect(second.output).not.toMatch(/\n\s+at /);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  });

  test('a port in use is said in a sentence', async () => {
    const first = await start();
    const other = await makeDataFolder();
    try {
      const second = PlatformProcess.spawn({ dataDir: other, env: { LIKENESS_PORT: new URL(first.url).port } });
      expect(await second.ended).toEqual({ code: EX_CONFIG, signal: null });
      expect(second.output).toContain(`127.0.0.1:${new URL(first.url).port}`);
      expect(second.output).toContain('LIKENESS_PORT');
      expect(second.output).not.toMatch(/\n\s+at /);
    } finally {
      await removeDataFolder(other);
    }
  });

  test('SIGTERM closes sockets with a reason and leaves with 0; the data is there at the next start', async () => {
    const first = await start();
    const tenant = await createTenant(first.operator);
    const collectionId = await tenant.createCollection({ name: 'kept' });
    const { client, closing } = tenant.api.socket();
    const events = client.iterate({
      query: `subscription ($id: ID!) { collectionEvents(collectionId: $id) { cursor } }`,
      variables: { id: collectionId },
    });
    const opened = events.next();
    for (let seen = false; !seen;) {
      await tenant.createPerson(collectionId);
      seen = await Promise.race([
        opened.then(() => true),
        new Promise<boolean>((resolve) => setImmediate(resolve, false)),
      ]);
    }
    // Events of the persons made while the socket opened may still come before the end.
    const drained = (async () => {
      while (!(await events.next()).done);
    })();
    const cut = expect(drained).rejects.toMatchObject({ code: 1001 });
    expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await cut;
    expect(await closing).toMatchObject({ code: 1001, reason: expect.stringMatching(/shutting down/) });

    const second = await start();
    const { collection } = await tenant.at(second.url).api.call(`{ collection(name: "kept") { id } }`);
    expect(collection).toEqual({ id: collectionId });
  });
});
