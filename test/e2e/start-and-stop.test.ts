import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createTenant } from '../factories/tenant';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess, serversOn } from '../fixtures/platform-process';

const EX_CONFIG = 78;
/** An early stop waits for the step under way, and for the nets. */
const SOON_MS = 15_000;

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
        LIKENESS_URL_ALLOW_CIDRS: '10.0.0.0/8,10.0.0.0/33,intranet,fd12::/64',
        LIKENESS_CORS_ORIGINS: 'https://app.example.com,http://localhost:3000,https://app.example.com/,*',
      },
    });
    expect(await one.ended).toEqual({ code: EX_CONFIG, signal: null });
    for (const setting of [
      'LIKENESS_PORT',
      'LIKENESS_LOG_LEVEL must be one of fatal',
      'DATABASE_URL must begin with postgresql://',
      'MILVUS_ADDRESS must be host:port',
      'LIKENESS_KEY_PEPPER must have at least 32 characters',
      'LIKENESS_PAKS is not a setting of Likeness. Did you mean LIKENESS_PACKS?',
      'LIKENESS_URL_ALLOW_CIDRS must hold ranges like 10.1.0.0/16 or fd12::/64, not 10.0.0.0/33, intranet\n',
      'LIKENESS_CORS_ORIGINS must hold origins as browsers send them, like https://app.example.com or http://localhost:3000, not https://app.example.com/, *\n',
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
      expect(second.output.trim().split('\n')).toHaveLength(1);
      expect(second.output).toContain('LIKENESS_PORT');
      expect(await readdir(other)).not.toContain('postgres');
    } finally {
      await removeDataFolder(other);
    }
  });

  test('on every address of the machine, images have the one that the client used', async () => {
    const one = await start({ LIKENESS_HOST: '0.0.0.0' });
    expect(one.output).toContain('set LIKENESS_PUBLIC_URL');
    const { port } = new URL(one.url);
    expect(one.url).toBe(`http://127.0.0.1:${port}`);
    const tenant = await createTenant(one.operator);
    const place =
      'mutation { createUploads(input: { files: [{ bytes: 3, mime: "image/jpeg" }] }) { uploads { url } } }';
    for (const used of [`http://localhost:${port}`, `http://127.0.0.2:${port}`]) {
      const { createUploads } = await tenant.at(used).api.call(place);
      expect(createUploads.uploads[0]!.url).toMatch(new RegExp(`^${used}/uploads/`));
    }
  });

  test('the operator key can be asked for again, while it runs and when it does not', async () => {
    const ask = async (env: Record<string, string>) => {
      const one = PlatformProcess.spawn({ dataDir, command: ['cli/operator-key-command.js'], env });
      return [(await one.ended).code, one.output.trim()];
    };
    const made = { LIKENESS_OPERATOR_KEY: '' };
    expect(await ask(made)).toEqual([1, expect.stringContaining('npm start makes one')]);
    const running = await start(made);
    const [, printed] = /The operator key \(npm run operator-key prints it again\): (\S+)/.exec(running.output) ?? [];
    expect(await ask(made)).toEqual([0, printed]);
    await running.end();
    expect(await ask(made)).toEqual([0, printed]);
    const given = `lk_operator_${'g'.repeat(40)}`;
    expect(await ask({ LIKENESS_OPERATOR_KEY: given })).toEqual([0, given]);
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

  test('a start that waits for a database that says nothing can be stopped', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const asked = once(silent, 'connection') as Promise<[Socket]>;
    const one = PlatformProcess.spawn({ dataDir, env: { DATABASE_URL: `postgresql://likeness@127.0.0.1:${port}/x` } });
    started.push(one);
    const [connection] = await asked;
    try {
      expect(await one.end('SIGINT')).toEqual({ code: 0, signal: null });
      expect(one.output).toContain('Likeness was stopped before it was ready.\n');
      expect(await readdir(dataDir)).not.toContain('lock');
    } finally {
      connection.destroy();
      silent.close();
    }
  });

  test.each([
    ['npm start', 'its cluster is made', ['main.js'], /^postgres\.new-.+(?<!\.password)$/, 'SIGINT'],
    ['npm start', 'PostgreSQL starts', ['main.js'], /^postgres\.log$/, 'SIGTERM'],
    ['npm run demo -- --once', 'PostgreSQL starts', ['demo/main.js', '--once'], /^postgres\.log$/, 'SIGINT'],
  ] as const)(
    'the first %s, stopped while %s, leaves nothing running, and the next start works',
    async (_name, _moment, command, file, signal) => {
      const one = PlatformProcess.spawn({ dataDir, command });
      started.push(one);
      while (!(await readdir(dataDir)).some((name) => file.test(name))) await wait(5);
      const stoppedAt = performance.now();
      expect(await one.end(signal)).toEqual({ code: 0, signal: null });
      expect(performance.now() - stoppedAt).toBeLessThan(SOON_MS);
      expect(one.output).not.toMatch(/listens on|is up|\n\s+at |error/i);
      expect(serversOn(dataDir)).toEqual([]);
      expect(await readdir(dataDir)).not.toContain('lock');

      const next = await start();
      expect((await fetch(`${next.url}/readyz`)).status).toBe(200);
    },
  );

  test('a full disk under its log keeps it neither from serving nor from stopping', async () => {
    const port = await freePort();
    const full = openSync('/dev/full', 'w');
    const one = PlatformProcess.spawn({ dataDir, stdout: full, env: { LIKENESS_PORT: String(port) } });
    started.push(one);
    const isReady = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isReady())) await wait(50);
    for (let n = 0; n < 100; n++) expect((await fetch(`http://127.0.0.1:${port}/nowhere`)).status).toBe(404);
    expect(await isReady()).toBe(true);
    expect(await one.end()).toEqual({ code: 0, signal: null });
    closeSync(full);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
