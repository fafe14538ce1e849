import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTenant } from '../factories/tenant';
import { startTestDatabase, type TestDatabase } from '../fixtures/database';
import { imageRoot, runInImage } from '../fixtures/image-root';
import { suiteWhere } from '../fixtures/needs';
import { cutOut, partyPhoto, type Box } from '../fixtures/photos';
import { hasServers, platformEnvironment } from '../fixtures/platform';
import { OPERATOR_KEY, type PlatformProcess } from '../fixtures/platform-process';

const root = imageRoot();

suiteWhere(root !== undefined && hasServers('the image'))('the container image', () => {
  jest.setTimeout(120_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'likeness-image-'));
  const places = { dataDir: path.join(folder, 'data'), secretsDir: path.join(folder, 'secrets') };
  const processes: PlatformProcess[] = [];
  let database: TestDatabase;
  let env: Record<string, string>;

  beforeAll(async () => {
    database = await startTestDatabase();
    const { REDIS_URL = '', MILVUS_ADDRESS = '' } = platformEnvironment('', { engines: 'redis+milvus' });
    const secret = (): string => randomBytes(32).toString('hex');
    env = {
      MILVUS_ADDRESS,
      LIKENESS_HOST: '127.0.0.1',
      LIKENESS_PORT: '0',
      LIKENESS_WORKER_PORT: '0',
      LIKENESS_IMAGES_DIR: '/var/lib/likeness/images',
      ...inFiles({
        DATABASE_URL: database.ownerUrl,
        DATABASE_APP_URL: database.appUrl,
        DATABASE_SYSTEM_URL: database.systemUrl,
        REDIS_URL,
        LIKENESS_OPERATOR_KEY: OPERATOR_KEY,
        LIKENESS_KEY_PEPPER: secret(),
        LIKENESS_SIGNING_KEY: secret(),
      }),
    };
  });
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.end()));
    await database?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** As a container engine gives secrets. */
  function inFiles(secrets: Readonly<Record<string, string>>): Record<string, string> {
    const settings: Record<string, string> = {};
    mkdirSync(places.secretsDir);
    for (const [name, value] of Object.entries(secrets)) {
      writeFileSync(path.join(places.secretsDir, name), `${value}\n`, { mode: 0o444 });
      settings[`${name}_FILE`] = `/mnt/${name}`;
    }
    return settings;
  }

  function run(words: readonly string[], more: Readonly<Record<string, string>> = {}): PlatformProcess {
    const one = runInImage(root!, places, words, { ...env, ...more });
    processes.push(one);
    return one;
  }

  test('holds every package that the product names', () => {
    const missing = new Set<string>();
    const dist = path.join(root!, 'opt', 'likeness', 'dist');
    for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.js')) continue;
      const file = path.join(dist, name);
      const { resolve } = createRequire(file);
      for (const [, wanted] of readFileSync(file, 'utf8').matchAll(/\brequire\("([^".][^"]*)"\)/g)) {
        try {
          resolve(wanted!);
        } catch {
          missing.add(wanted!);
        }
      }
    }
    expect([...missing]).toEqual([]);
  });

  test('migrates, serves and works as an account without rights, on a root that cannot be written to', async () => {
    expect(await run(['migrate']).ended).toEqual({ code: 0, signal: null });
    const api = run(['api']);
    const worker = run(['worker']);
    await Promise.all([api.whenReady('api'), worker.whenReady('worker')]);
    const status = readFileSync(`/proc/${worker.pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t10001\t10001\t10001\t10001$/m);

    const tenant = await createTenant(api.operator);
    const collectionId = await tenant.createCollection();
    const { faces } = await tenant.detect(partyPhoto(1));
    const portrait = await cutOut(partyPhoto(1), faces[0].boundingBox as Box);
    const { personId } = await tenant.enrollPerson(collectionId, portrait, 'One of the party');
    const { probes } = await tenant.search([collectionId], { base64: partyPhoto(1).toString('base64') });
    const found = probes.flatMap(({ matches }: { matches: { person: { id: string } }[] }) =>
      matches.map(({ person }) => person.id),
    );
    expect(found).toEqual([personId]);

    const port = new URL(api.url).port;
    const health = run(['health'], { LIKENESS_PORT: port });
    expect(await health.ended).toEqual({ code: 0, signal: null });
    expect(health.output).toContain('"vectorIndex":"ok"');
    expect(await worker.end()).toEqual({ code: 0, signal: null });
    expect(await api.end()).toEqual({ code: 0, signal: null });
  });

  test('a word that it does not know, and a server that does not answer, are said', async () => {
    const unknown = run(['serve']);
    expect(await unknown.ended).toMatchObject({ code: 64 });
    expect(unknown.output).toContain('serve is none of api, worker, all, migrate');
    const unhealthy = run(['health'], { LIKENESS_PORT: '4' });
    expect(await unhealthy.ended).toMatchObject({ code: 1 });
    expect(unhealthy.output).toContain('ECONNREFUSED');
  });

  test('without any engine it keeps its data in the volume, PostgreSQL included', async () => {
    const alone = { dataDir: path.join(folder, 'alone'), secretsDir: places.secretsDir };
    const one = runInImage(root!, alone, [], { LIKENESS_HOST: '127.0.0.1', LIKENESS_PORT: '0' });
    processes.push(one);
    await one.whenReady('api');
    expect(readdirSync(alone.dataDir)).toEqual(expect.arrayContaining(['postgres', 'images', 'secrets.json']));
    expect(await one.end()).toEqual({ code: 0, signal: null });
  });
});
