import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadFormat } from '../../packages/packs/src';
import { addClassifier } from '../../src/cli/models/add-classifier';
import { UsageError, type ModelsContext } from '../../src/cli/models/context';
import { calibrateModel } from '../../src/cli/models/calibrate';
import { listModels, showModel } from '../../src/cli/models/look';
import type { AddValues } from '../../src/cli/models/model-wishes';
import { removeModel } from '../../src/cli/models/remove';
import { kerasFile, layer } from '../fixtures/keras-file';
import { meanNet } from '../fixtures/mean-net';
import { modelsContext } from '../fixtures/models-context';

/** What `npm run models` does with classifiers, and does not take. `test/e2e/classifiers.test.ts` asks some. */
describe('a classifier', () => {
  jest.setTimeout(60_000);
  const dataDir = mkdtempSync(path.join(tmpdir(), 'likeness-classifier-'));
  const lines: string[] = [];
  let context: ModelsContext;

  const put = (name: string, content: Uint8Array | string): string => {
    const file = path.join(dataDir, name);
    writeFileSync(file, content);
    return file;
  };
  const labels = (count: number): string =>
    put(`${count}.txt`, Array.from({ length: count }, (_, i) => `label ${i}\n`).join(''));
  const add = (file: Uint8Array, values: AddValues): Promise<number> =>
    addClassifier(context, [put('net.h5', file)], { input: '32x32', normalize: '0,255', name: 'small', ...values });
  const pooled = (): Uint8Array =>
    kerasFile('map.h5', [
      layer('InputLayer', 'image', { batch_input_shape: [null, 32, 32, 3] }),
      layer('MaxPooling2D', 'pool', { pool_size: [16, 16] }),
    ]).bytes;

  beforeAll(async () => {
    await loadFormat('keras');
    context = modelsContext(dataDir, lines);
  });
  afterAll(() => rmSync(dataDir, { recursive: true }));

  test.each<[string, () => Promise<number>, RegExp]>([
    [
      'another number of outputs than labels',
      () => add(meanNet(5, 'softmax'), { labels: labels(2) }),
      /gives 1 x 5, and there are 2 labels: 2 numbers an image are wanted/,
    ],
    [
      'an image for an output',
      () => add(pooled(), { labels: labels(12) }),
      /gives 1 x 2 x 2 x 3, and there are 12 labels/,
    ],
    [
      'one number for three labels',
      () => add(meanNet(1, 'sigmoid'), { labels: labels(3), output: 'sigmoid' }),
      /gives 1 x 1, and there are 3 labels/,
    ],
    [
      'a file cut short',
      () => add(meanNet(2, 'softmax').subarray(0, 3_000), { labels: labels(2) }),
      /net\.h5 .*cut short/,
    ],
    [
      'weights that are no numbers',
      () => add(meanNet(2, 'softmax', NaN), { labels: labels(2) }),
      /last\/matrix holds what is no number/,
    ],
    [
      'weights that overflow',
      () => add(meanNet(2, 'linear', 3e38), { labels: labels(2), output: 'logits' }),
      /gives what is no number \(NaN\)/,
    ],
    [
      'logits that were said to be softmax',
      () => add(meanNet(3, 'linear', 4), { labels: labels(3) }),
      /which is no softmax: say --output logits/,
    ],
    [
      'softmax that was said to be logits',
      () => add(meanNet(3, 'softmax'), { labels: labels(3), output: 'logits' }),
      /which is softmax already: say --output softmax/,
    ],
  ])('with %s is refused with a sentence, and nothing is left of it', async (_, tried, reason) => {
    await expect(tried()).rejects.toThrow(reason);
    expect(existsSync(context.ownPacks) ? readdirSync(context.ownPacks) : []).toEqual([]);
  });

  test.each<[string, AddValues, RegExp]>([
    ['no labels', {}, /--labels must be said/],
    ['labels that are not there', { labels: '/no/such/labels.txt' }, /no file \/no\/such\/labels\.txt/],
    ['a folder of labels', { labels: dataDir }, /likeness-classifier-.* is no file/],
    ['more labels than there may be', { labels: labels(50_001) }, /50001\.txt has more than 50000 labels/],
    ['a share of what is not cropped', { labels: labels(2), 'crop-share': '0.8' }, /--crop-share .* say --fit crop/],
    ['a label twice', { labels: put('twice.txt', 'red\ngreen\nred\n') }, /Line 3 of .*twice\.txt says red again/],
    ['an empty label', { labels: put('empty.txt', 'red\n\nblue\n') }, /Line 2 of .*empty\.txt is empty/],
    [
      'labels in another script than UTF-8',
      { labels: put('latin.txt', Buffer.from([0xe9, 0x0a])) },
      /no text in UTF-8/,
    ],
    ['one label', { labels: labels(1) }, /One label is always sure of itself/],
    ['an output that is none', { labels: labels(2), output: 'max' }, /--output must be softmax, logits or sigmoid/],
    ['an input that is none', { labels: labels(2), input: '150' }, /--input must be WIDTHxHEIGHT/],
    ['a side of 0', { labels: labels(2), input: '0x150' }, /--input must be WIDTHxHEIGHT/],
    ['a side that no net has', { labels: labels(2), input: '9000x9000' }, /width/],
    ['a division by 0', { labels: labels(2), normalize: '0,0' }, /--normalize must not divide by 0/],
    ['a template', { labels: labels(2), template: 'dlib' }, /--template: a classifier has none/],
  ])('with %s is wrongly said', async (_, values, reason) => {
    const tried = add(meanNet(2, 'softmax'), values);
    await expect(tried).rejects.toThrow(reason);
    await expect(tried).rejects.toBeInstanceOf(UsageError);
  });

  test('that was added is listed and shown, has no scale, and is removed with what was compiled for it', async () => {
    await add(meanNet(3, 'softmax'), { labels: put('rgb.txt', 'red\ngreen\nblue\n'), licence: 'MIT' });
    await listModels(context);
    await showModel(context, 'small');
    expect(lines.join('\n')).toMatch(/small@1 +own +here +3 labels +MIT, no commercial use/);
    expect(lines.join('\n')).toMatch(/labels +red, green, blue\ninput +32x32, stretch\noutput +softmax/);
    await expect(calibrateModel(context, 'small', dataDir)).rejects.toThrow(
      /is an image classifier and knows no faces/,
    );
    expect(readdirSync(path.join(dataDir, 'models', 'compiled'))).not.toEqual([]);
    await removeModel(context, 'small', false);
    expect(readdirSync(context.ownPacks)).toEqual([]);
  });
});
