import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { loadFormat } from '../../packages/packs/src';
import { addClassifier } from '../../src/cli/models/add-classifier';
import type { AddValues } from '../../src/cli/models/model-wishes';
import { createTenant, type TestTenant } from '../factories/tenant';
import { ApiClient } from '../fixtures/client';
import { hasKeras, KERAS_PYTHON } from '../fixtures/keras';
import { meanNet, meanNetWeights } from '../fixtures/mean-net';
import { modelsContext } from '../fixtures/models-context';
import { suiteWhere } from '../fixtures/needs';
import { partyPhoto } from '../fixtures/photos';
import { makeDataFolder, removeDataFolder } from '../fixtures/platform';
import { PlatformProcess } from '../fixtures/platform-process';

const ROOT = path.join(__dirname, '..', '..');
const PAGE = readFileSync(path.join(ROOT, 'docs', 'classifiers.md'), 'utf8');
/** A block of docs/classifiers.md, by its mark. */
const block = (mark: string): string => PAGE.split(`<!-- test:${mark} -->`)[1]!.match(/```\w+\n([\s\S]*?)```/)![1]!;

const CLASSIFY = `query ($image: ImageInput!, $model: String!, $top: Int) {
  classifyImage(image: $image, model: $model, top: $top) {
    labels { label confidence } width height firstFrameOnly classifier { id } timings { decodeMs netMs totalMs }
  }
}`;
/** Whatever stands for a cat is warm, for a dog cold: what a net of that size learns within seconds. */
const TINTS = { cat: { r: 255, g: 150, b: 90 }, dog: { r: 90, g: 150, b: 255 } };

async function pet(kind: keyof typeof TINTS, number: number): Promise<sharp.Sharp> {
  const photo = sharp(partyPhoto((1 + (number % 6)) as 1));
  const { width, height } = await photo.metadata();
  const side = Math.floor(Math.min(width, height) / 2);
  const left = Math.floor(((number * 0.17) % 1) * (width - side));
  return photo
    .extract({ left, top: number % 40, width: side, height: side })
    .resize(150, 150)
    .tint(TINTS[kind]);
}

/** A classifier that somebody trained with Keras, as docs/classifiers.md tells it: from the program to an answer of the server. */
suiteWhere(hasKeras())('a classifier', () => {
  jest.setTimeout(200_000);
  let home: string;
  let dataDir: string;
  let platform: PlatformProcess;
  let tenant: TestTenant;
  /** What Keras gives for the image that is asked about: how sure of a dog, 0-1. */
  let expected: number;
  let asked: Buffer;

  const put = (name: string, bytes: Uint8Array | string): string => {
    const file = path.join(dataDir, name);
    writeFileSync(file, bytes);
    return file;
  };
  const shell = async (script: string, env: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOME: home, LIKENESS_DATA_DIR: dataDir, ...env },
    });
    return stdout;
  };
  const classify = async (model: string, image: Buffer, top = 5) =>
    (await tenant.api.call(CLASSIFY, { image: { base64: image.toString('base64') }, model, top })).classifyImage;
  const add = (file: string, values: AddValues): Promise<number> =>
    addClassifier(modelsContext(dataDir), [file], { input: '32x32', normalize: '0,255', name: 'small', ...values });

  beforeAll(async () => {
    await loadFormat('keras');
    dataDir = await makeDataFolder();
    home = path.join(dataDir, 'home');
    for (const kind of ['cat', 'dog'] as const) {
      mkdirSync(path.join(home, 'pets', kind), { recursive: true });
      for (let i = 0; i < 20; i += 1) {
        await (await pet(kind, i)).jpeg().toFile(path.join(home, 'pets', kind, `${i}.jpg`));
      }
    }
    asked = await (await pet('cat', 31)).png().toBuffer();
    writeFileSync(path.join(home, 'pets', 'asked.png'), asked);
  });
  afterAll(async () => {
    await platform?.end();
    await removeDataFolder(dataDir);
  });

  test('is built in Keras and added, as the page tells it', async () => {
    const file = path.join(home, 'cats_and_dogs.py');
    const ask = 'print("asked", float(model.predict(read(FOLDER / "asked.png")[None], verbose=0)[0, 0]))';
    writeFileSync(file, `${block('cats_and_dogs.py')}\n${ask}\n`);
    const printed = await shell(`"${KERAS_PYTHON!}" "${file}"`);
    expected = Number(/asked (\S+)/.exec(printed)![1]);
    expect(expected).toBeLessThan(0.4);
    expect(await shell(block('add'))).toMatch(
      /cats-and-dogs@1 serves, on onnxruntime[\s\S]*LIKENESS_CLASSIFIERS=cats-and-dogs@1/,
    );
  });

  test('answers as Keras does, with its time', async () => {
    await add(put('soft.h5', meanNet(3, 'softmax')), { labels: put('three.txt', 'red\ngreen\nblue\n') });
    const two = put('two.txt', 'day\nnight\n');
    await add(put('line.h5', meanNet(1, 'linear')), { labels: two, output: 'logits', version: '2' });
    platform = await PlatformProcess.start({
      dataDir,
      env: { LIKENESS_CLASSIFIERS: 'cats-and-dogs,small@1,small@2,bundled,gone', LIKENESS_PACKS: 'bundled-fast' },
    });
    expect(platform.output).toMatch(/bundled does not serve: .*is a recognition pack and no classifier/);
    expect(platform.output).toMatch(/gone does not serve/);
    tenant = await createTenant(platform.operator);
    const answer = await classify('cats-and-dogs', asked);
    expect(answer).toMatchObject({
      width: 150,
      height: 150,
      firstFrameOnly: false,
      classifier: { id: 'cats-and-dogs@1' },
    });
    expect(answer.labels.map(({ label }: { label: string }) => label)).toEqual(['cat', 'dog']);
    expect(answer.labels[1].confidence).toBeCloseTo(expected * 100, 1);
    expect(answer.labels[0].confidence + answer.labels[1].confidence).toBeCloseTo(100, 1);
    const { decodeMs, netMs, totalMs } = answer.timings;
    expect(Math.min(decodeMs, netMs)).toBeGreaterThan(0);
    expect(totalMs).toBeGreaterThanOrEqual(decodeMs + netMs - 0.2);

    const curled = await shell(block('ask').replace('http://127.0.0.1:4000', platform.url), {
      LIKENESS_KEY: tenant.api.key!,
    });
    expect(JSON.parse(curled).data.classifyImage.labels).toEqual(answer.labels);
  });

  test('of logits answers their softmax, of one number the second label; top cuts, and a bare name is the newest version', async () => {
    const grey = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#808080' } })
      .png()
      .toBuffer();
    const [nine, three] = [meanNetWeights(3), meanNetWeights(1)];
    // Each means the grey's 128 / 255.
    const sums = [0, 1, 2].map((at) => [0, 1, 2].reduce((sum, row) => sum + (nine[row * 3 + at]! * 128) / 255, 0));
    const powers = sums.map(Math.exp);
    const most = Math.max(...powers) / powers.reduce((a, b) => a + b, 0);
    const soft = await classify('small@1', grey, 1);
    expect(soft.labels).toHaveLength(1);
    expect(soft.labels[0].confidence).toBeCloseTo(most * 100, 1);
    const logit = three.reduce((sum, one) => sum + (one * 128) / 255, 0);
    const { labels, classifier } = await classify('small', grey);
    expect(classifier).toEqual({ id: 'small@2' });
    const night = labels.find(({ label }: { label: string }) => label === 'night');
    expect(night.confidence).toBeCloseTo(100 / (1 + Math.exp(-logit)), 1);
  });

  test('is listed, asked by a key with SEARCH alone, counted as a face analysed, and leaves nothing', async () => {
    const { classifiers } = await tenant.api.call(
      '{ classifiers { id name version labels description licence commercialUse } }',
    );
    expect(classifiers.map(({ id }: { id: string }) => id)).toEqual(['cats-and-dogs@1', 'small@1', 'small@2']);
    expect(classifiers[0]).toMatchObject({ labels: ['cat', 'dog'], licence: 'not stated', commercialUse: false });
    const image = { base64: asked.toString('base64') };
    const withScopes = async (scopes: readonly string[]): Promise<ApiClient> => {
      const { createApiKey } = await tenant.api.call(
        'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
        { input: { name: scopes.join(), scopes } },
      );
      return new ApiClient(platform.url, createApiKey.secret);
    };
    const reader = await withScopes(['READ']);
    expect(await reader.refusal(CLASSIFY, { image, model: 'small' })).toMatchObject({ code: 'FORBIDDEN' });
    const searcher = await withScopes(['SEARCH']);
    expect((await searcher.call(CLASSIFY, { image, model: 'small' })).classifyImage.labels).toHaveLength(2);
    const { text } = await tenant.api.ask(CLASSIFY, { image, model: 'small' });
    expect(JSON.parse(text).extensions.cost.charges).toEqual([expect.objectContaining({ rate: 'FACES', actual: 1 })]);
  });

  test('that is not there, and an image that is none, are refused by their codes; another tenant’s upload is nowhere', async () => {
    const image = { base64: asked.toString('base64') };
    expect(await tenant.api.refusal(CLASSIFY, { image, model: 'lions' })).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/model must be one of cats-and-dogs@1, small@1, small@2/),
    });
    for (const [bytes, code] of [
      [asked.subarray(0, asked.length / 2), 'IMAGE_UNREADABLE'],
      [Buffer.from('GIF89a, or so it says'), 'IMAGE_UNSUPPORTED'],
    ] as const) {
      const broken = { base64: bytes.toString('base64') };
      expect(await tenant.api.refusal(CLASSIFY, { image: broken, model: 'small' })).toMatchObject({ code });
    }
    for (const top of [0, 101]) {
      expect(await tenant.api.refusal(CLASSIFY, { image, model: 'small', top })).toMatchObject({
        code: 'BAD_USER_INPUT',
      });
    }
    const other = await createTenant(platform.operator);
    const uploadId = await other.upload(asked, 'image/png');
    expect(await tenant.api.refusal(CLASSIFY, { image: { uploadId }, model: 'small' })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect((await other.api.call(CLASSIFY, { image: { uploadId }, model: 'small' })).classifyImage.width).toBe(150);
  });
});
