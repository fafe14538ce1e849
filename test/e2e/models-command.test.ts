import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { putOwnPack } from '../factories/own-pack';
import { createTenant } from '../factories/tenant';
import { FileServer } from '../fixtures/file-server';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess, serversOn, type Ending } from '../fixtures/platform-process';

const FACE_API = path.resolve(__dirname, '../../node_modules/@vladmandic/face-api/model');
const NAMES = ['face_recognition_model-weights_manifest.json', 'face_recognition_model.bin'] as const;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('npm run models', () => {
  jest.setTimeout(120_000);
  let dataDir: string;
  let server: FileServer;
  const files = NAMES.map((name) => ({ name, bytes: readFileSync(path.join(FACE_API, name)) }));

  const models = async (...args: string[]): Promise<Ending & { output: string }> => {
    const one = PlatformProcess.spawn({ dataDir, command: ['cli/models-command.js', ...args] });
    const ending = await one.ended;
    expect(serversOn(dataDir)).toEqual([]);
    return { ...ending, output: one.output };
  };
  const store = (): string[] => {
    const folder = path.join(dataDir, 'models');
    return existsSync(folder) ? readdirSync(folder) : [];
  };
  /** A pack whose embedder is fetched from the server. */
  const putPack = (id: string, licence: { licence: string; commercialUse: boolean }, checksum?: string): void =>
    putOwnPack(dataDir, id, ({ embedders }) => {
      const remote = files.map(({ name, bytes }) => ({
        url: `${server.address}/${name}`,
        bytes: bytes.length,
        sha256: checksum ?? sha256(bytes),
      }));
      return { ...licence, embedders: [{ ...embedders[0]!, model: { ...embedders[0]!.model, files: remote } }] };
    });

  beforeAll(async () => {
    dataDir = await makeDataFolder();
    server = await FileServer.start(files);
    putPack('fetched@1', { licence: 'CC-BY-NC-4.0', commercialUse: false });
    putPack('mistaken@1', { licence: 'MIT', commercialUse: true }, '0'.repeat(64));
  });
  afterAll(async () => {
    await server.stop();
    await removeDataFolder(dataDir);
  });
  beforeEach(() => {
    server.asked = [];
    server.patience = Infinity;
  });

  test('list and show tell what there is, what is missing and under what licence, and ask nobody', async () => {
    const { code, output } = await models('list');
    expect(code).toBe(0);
    expect(output).toMatch(/^bundled@1 +shipped +here +128-d euclidean +MIT$/m);
    expect(output).toMatch(/^fetched@1 +own +to pull, 6\.5 MB +128-d euclidean +CC-BY-NC-4\.0, no commercial use$/m);
    const shown = await models('show', 'fetched');
    expect(shown.output).toContain(`${server.address}/${NAMES[1]}`);
    expect(shown.output).toMatch(/missing face_recognition_model\.bin/);
    expect(server.asked).toEqual([]);
  });

  test('a pack that was not pulled does not serve, and the server says what to do and fetches nothing', async () => {
    const one = PlatformProcess.spawn({ dataDir, env: { LIKENESS_PACKS: 'fetched' } });
    expect(await one.ended).toMatchObject({ code: 78 });
    expect(one.output).toContain('npm run models -- pull fetched');
    expect(server.asked).toEqual([]);
  });

  test('a licence that restricts has to be accepted first', async () => {
    const { code, output } = await models('pull', 'fetched');
    expect(code).toBe(2);
    expect(output).toMatch(/CC-BY-NC-4\.0.*--accept-licence/s);
    expect(server.asked).toEqual([]);
  });

  test('a server that stops half way leaves what came, and the next pull goes on from there', async () => {
    server.patience = 1_000_000;
    const pulling = PlatformProcess.spawn({
      dataDir,
      command: ['cli/models-command.js', 'pull', 'fetched', '--accept-licence'],
    });
    await pulling.waitFor(/ 10 %/);
    expect(await pulling.end('SIGINT')).toMatchObject({ code: 130 });
    expect(store().filter((name) => name.endsWith('.part'))).toHaveLength(1);
    server.asked = [];
    server.patience = Infinity;
    const { code, output } = await models('pull', 'fetched', '--accept-licence');
    expect(output).toMatch(/fetched@1 serves, on onnxruntime/);
    expect(code).toBe(0);
    const [path_, from] = server.asked[0]!.split(' ');
    expect(path_).toBe(`/${NAMES[1]}`);
    expect(Number(from)).toBeGreaterThan(0);
    expect(server.asked).toHaveLength(1);
    expect(store().sort()).toEqual(['compiled', ...files.map(({ bytes }) => sha256(bytes))].sort());
    server.asked = [];
    expect(await models('pull', 'fetched', '--accept-licence')).toMatchObject({ code: 0 });
    expect(server.asked).toEqual([]);
  });

  test('a file with another checksum is refused and not kept', async () => {
    const before = store();
    const { code, output } = await models('pull', 'mistaken');
    expect(code).toBe(1);
    expect(output).toMatch(/another sha256 than its pack names; it was not kept/);
    expect(output).not.toMatch(/\n\s+at /);
    expect(store()).toEqual(before);
  });

  test('verify finds a file that was changed', async () => {
    expect(await models('verify', 'fetched')).toMatchObject({ code: 0 });
    const file = path.join(dataDir, 'models', sha256(files[1]!.bytes));
    writeFileSync(file, files[1]!.bytes.subarray(0, 100));
    const { code, output } = await models('verify', 'fetched');
    expect(code).toBe(1);
    expect(output).toMatch(/another sha256.*run npm run models -- pull fetched@1/);
  });

  test('pull fetches a file again that was changed', async () => {
    server.asked = [];
    expect(await models('pull', 'fetched', '--accept-licence')).toMatchObject({ code: 0 });
    expect(server.asked).toEqual([`/${NAMES[1]} 0`]);
    expect(await models('verify', 'fetched')).toMatchObject({ code: 0 });
  });

  test('remove spares a pack that a collection uses, names the collection, and can be forced', async () => {
    const platform = await PlatformProcess.start({ dataDir, env: { LIKENESS_PACKS: 'fetched,bundled' } });
    const tenant = await createTenant(platform.operator);
    const collectionId = await tenant.createCollection();
    const other = await tenant.createCollection({ modelPack: 'bundled' });
    await platform.end();

    const refused = await models('remove', 'fetched');
    expect(refused.code).toBe(2);
    expect(refused.output).toContain(collectionId);
    expect(refused.output).not.toContain(other);
    expect(existsSync(path.join(dataDir, 'packs/fetched@1'))).toBe(true);

    const forced = await models('remove', 'fetched', '--force');
    expect(forced).toMatchObject({ code: 0, output: expect.stringMatching(/fetched@1 is removed/) });
    expect(existsSync(path.join(dataDir, 'packs/fetched@1'))).toBe(false);
    // bundled@1 has files with the same checksums from npm: it does not need these.
    expect(store().filter((name) => name !== 'compiled')).toEqual([]);
    const after = await PlatformProcess.start({ dataDir, env: { LIKENESS_PACKS: 'bundled' } });
    expect(after.output).toMatch(new RegExp(`${collectionId}.*cannot be searched`));
    await after.end();
  });

  test('remove asks which version is meant, and takes a pack with a broken manifest too', async () => {
    const folder = (id: string): string => path.join(dataDir, 'packs', id);
    for (const id of ['twice@1', 'twice@2']) putOwnPack(dataDir, id);
    const asked = await models('remove', 'twice');
    expect(asked).toMatchObject({ code: 2, output: expect.stringMatching(/Say which of them: twice@2, twice@1/) });
    expect(await models('remove', 'twice@2')).toMatchObject({ code: 0 });
    expect([1, 2].map((version) => existsSync(folder(`twice@${version}`)))).toEqual([true, false]);

    writeFileSync(path.join(folder('twice@1'), 'pack.json'), '{');
    const broken = await models('remove', 'twice');
    expect(broken).toMatchObject({
      code: 0,
      output: expect.stringMatching(/twice@1 is removed\..*manifest was broken/),
    });
    expect(existsSync(folder('twice@1'))).toBe(false);
    expect(await models('remove', 'twice')).toMatchObject({ code: 2, output: expect.stringMatching(/no pack twice/) });
  });

  test('tidy takes away what another compiler made, which list tells, and nothing that is in use', async () => {
    const compiled = path.join(dataDir, 'models/compiled');
    const before = readdirSync(compiled);
    expect((await models('list')).output).not.toMatch(/models -- tidy/);
    writeFileSync(path.join(compiled, `${'0'.repeat(32)}-${'1'.repeat(64)}.onnx`), 'of an earlier release');
    expect((await models('list')).output).toMatch(/1 compiled models are of no pack here.*models -- tidy/);
    expect(await models('tidy')).toMatchObject({ code: 0, output: expect.stringMatching(/1 compiled models, 1 KB/) });
    expect(before.length).toBeGreaterThan(0);
    expect(readdirSync(compiled)).toEqual(before);
    expect(await models('tidy', 'bundled')).toMatchObject({ code: 2 });
  });

  test('what is no command is refused with the usage', async () => {
    expect(await models()).toMatchObject({ code: 2, output: expect.stringMatching(/^Usage: npm run models/) });
    expect(await models('pull')).toMatchObject({ code: 2, output: expect.stringMatching(/Say which pack/) });
    expect(await models('show', 'nobody')).toMatchObject({ code: 1, output: expect.stringMatching(/no pack nobody/) });
  });
});
