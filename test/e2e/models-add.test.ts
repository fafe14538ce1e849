import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PackManifest } from '../../workers/inference/pack-manifest';
import { createTenant, type TestTenant } from '../factories/tenant';
import { cutOut, partyPhoto, variant, type Box } from '../fixtures/photos';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess, type Ending } from '../fixtures/platform-process';

const FACE_API = path.resolve(__dirname, '../../node_modules/@vladmandic/face-api/model');
const WEIGHTS = 'face_recognition_model.bin';
const MODEL = ['face_recognition_model-weights_manifest.json', WEIGHTS].map((name) => path.join(FACE_API, name));
const COMPARE = `query ($photo: String!, $pack: String!) {
  compareFaces(source: { base64: $photo }, target: { base64: $photo }, modelPack: $pack) {
    threshold
    faces { similarity distance isMatch }
  }
}`;

describe('npm run models -- add', () => {
  jest.setTimeout(120_000);
  let dataDir: string;
  const models = async (...args: string[]): Promise<Ending & { output: string }> => {
    const one = PlatformProcess.spawn({ dataDir, command: ['cli/models-command.js', ...args] });
    return { ...(await one.ended), output: one.output };
  };
  const settings = '--input 150x150 --dimension 128 --template dlib --template-scale 1.08 --metric EUCLIDEAN';
  const add = (files: readonly string[], ...more: string[]): ReturnType<typeof models> =>
    models('add', ...files, ...settings.split(' '), '--format', 'face-api-recognition', '--name', 'mine', ...more);
  const normalize = ['--normalize', '122.782,117.001,104.298,255,255,255'];
  const packs = (): string[] =>
    existsSync(path.join(dataDir, 'packs')) ? readdirSync(path.join(dataDir, 'packs')) : [];
  const people = (): string => path.join(dataDir, 'people');
  /** A folder of likenesses for each face of a photograph. */
  const putPeople = async (tenant: TestTenant, photo: Buffer, name: string): Promise<void> => {
    const { faces } = await tenant.detect(photo);
    for (const [i, face] of faces.entries()) {
      const folder = path.join(people(), `${name}-${i}`);
      mkdirSync(folder, { recursive: true });
      const portrait = await cutOut(photo, face.boundingBox as Box);
      for (const step of [0, 8, 16, 24, 32]) {
        writeFileSync(path.join(folder, `${step}.jpg`), await variant(portrait, step));
      }
    }
  };
  const damaged = (change: (bytes: Buffer) => Buffer): string[] => {
    const file = path.join(dataDir, WEIGHTS);
    writeFileSync(file, change(readFileSync(MODEL[1]!)));
    return [MODEL[0]!, file];
  };

  beforeAll(async () => {
    dataDir = await makeDataFolder();
  });
  afterAll(() => removeDataFolder(dataDir));

  test.each<[string, () => Promise<Ending & { output: string }>, number, RegExp]>([
    [
      'a file cut short',
      () =>
        add(
          damaged((bytes) => bytes.subarray(0, 1_000_000)),
          ...normalize,
        ),
      1,
      /face_recognition_model|weights/,
    ],
    [
      'numbers that are none',
      () =>
        add(
          damaged((bytes) => Buffer.alloc(bytes.length, 0xff)),
          ...normalize,
        ),
      1,
      /does not serve|usable|NaN|finite/i,
    ],
    [
      'another kind than its name says',
      () => models('add', MODEL[1]!, ...settings.split(' '), '--format', 'onnx', '--name', 'mine'),
      1,
      /onnx|ONNX|damaged/,
    ],
    ['a wrong dimension', () => add(MODEL, ...normalize, '--dimension', '100'), 1, /128, not 100 numbers a face/],
    ['no name of a template', () => add(MODEL, '--template', 'mine'), 2, /--template must be arcface, dlib or reid/],
    ['a size that is no square', () => add(MODEL, '--input', '112x96'), 2, /--input must be a square/],
    [
      'a version that leads elsewhere',
      () => add(MODEL, '--version', '1/../../../elsewhere'),
      2,
      /--version must be of/,
    ],
    ['the name of a shipped pack', () => add(MODEL, '--name', 'bundled'), 2, /a pack bundled@1 already/],
    ['two files of one name', () => add([MODEL[0]!, MODEL[0]!]), 2, /a name of its own/],
    ['no file', () => add(['/no/such/file.onnx']), 2, /no file \/no\/such\/file\.onnx/],
  ])('a model with %s is refused with a sentence, and nothing is left of it', async (_, tried, status, reason) => {
    const { code, output } = await tried();
    expect(output).toMatch(reason);
    expect(output).not.toMatch(/\n\s+at /);
    expect(code).toBe(status);
    expect(packs()).toEqual([]);
  });

  test('a pack without a scale compares by raw distance, has no collections, and says so; calibrate wants enough images', async () => {
    const added = await add(MODEL, ...normalize, '--licence', 'MIT', '--commercial-use');
    expect(added.output).toMatch(/mine@1 is in .*compares by raw distance only/s);
    expect(added.code).toBe(0);
    expect(await add(MODEL, ...normalize)).toMatchObject({
      code: 2,
      output: expect.stringMatching(/another --version/),
    });

    const platform = await PlatformProcess.start({ dataDir, env: { LIKENESS_PACKS: 'bundled,mine' } });
    try {
      const tenant = await createTenant(platform.operator);
      const { modelPacks } = await tenant.api.call(
        '{ modelPacks { id calibrated calibrationRevision operatingPoints { distance } } }',
      );
      expect(modelPacks[1]).toEqual({
        id: 'mine@1',
        calibrated: false,
        calibrationRevision: null,
        operatingPoints: [],
      });
      expect(modelPacks[0]).toMatchObject({ calibrated: true });
      await expect(tenant.createCollection({ modelPack: 'mine' })).rejects.toThrow(
        /must be a pack with a similarity scale, which mine@1 has not: name one that modelPacks lists as calibrated/,
      );
      const photo = partyPhoto(1).toString('base64');
      const { compareFaces } = await tenant.api.call(COMPARE, { photo, pack: 'mine' });
      expect(compareFaces.threshold).toBeNull();
      expect(compareFaces.faces[0]).toEqual({ similarity: null, distance: 0, isMatch: null });
      expect(compareFaces.faces[1].distance).toBeGreaterThan(0.3);
      for (const number of [1, 2, 4] as const) await putPeople(tenant, partyPhoto(number), `guest-${number}`);
    } finally {
      await platform.end();
    }

    const two = path.join(dataDir, 'two');
    for (const [i, name] of ['anna', 'berta'].entries()) {
      mkdirSync(path.join(two, name), { recursive: true });
      writeFileSync(path.join(two, name, '1.jpg'), partyPhoto(i === 0 ? 1 : 2));
    }
    const tooFew = await models('calibrate', 'mine', two);
    expect(tooFew).toMatchObject({ code: 2, output: expect.stringMatching(/gives 1 pairs .*at least 1000/) });
    expect(await models('calibrate', 'bundled', two)).toMatchObject({ code: 2 });

    const fitted = await models('calibrate', 'mine', people());
    expect(fitted.output).toMatch(/fewer than 440 people .*every face counts as one/);
    expect(fitted.output).toMatch(/A server that runs .*start it again/);
    expect(fitted.code).toBe(0);
    const { calibration } = JSON.parse(
      readFileSync(path.join(dataDir, 'packs/mine@1/pack.json'), 'utf8'),
    ) as PackManifest;
    expect(calibration).toMatchObject({ source: expect.stringMatching(/people of people/) });
    expect(calibration).not.toHaveProperty('identification');
  });
});
