import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compileModel, KERAS_FILES, loadFormat, writeKeras, type NewKerasModel } from '../../packages/packs/src';
import { floats, sizeOf, type FloatConstant } from '../../packages/packs/src/graph';
import { projectionModel } from '../../src/cli/models/export';
import { packManifestSchema } from '../../workers/inference/pack-manifest';
import { readTables } from '../../workers/inference/pack-tables';
import { centreUnit, makeUnit, project } from '../../workers/pipeline/vector';
import { hasKeras, runKeras } from '../fixtures/keras';
import { suiteWhere } from '../fixtures/needs';
import { difference, runOnnx, waves } from '../fixtures/run-onnx';

const PACK = path.resolve(__dirname, '../../models/bundled@2');

const numbers = (dims: readonly number[], scale: number, offset = 0): FloatConstant =>
  floats(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, (_, i) => offset + scale * Math.sin(i * 1.7 + dims.length)),
  );
const weight = (name: string, dims: readonly number[], scale = 0.4, offset = 0) => ({
  name,
  value: numbers(dims, scale, offset),
});

/** A small classifier. */
const CLASSIFIER: NewKerasModel = {
  name: 'classifier',
  inputShape: [12, 10, 3],
  layers: [
    {
      className: 'Conv2D',
      name: 'first',
      config: { filters: 4, kernel_size: [3, 3], padding: 'same' },
      weights: [weight('kernel', [3, 3, 3, 4]), weight('bias', [4])],
    },
    {
      className: 'BatchNormalization',
      name: 'normal',
      config: {},
      weights: [
        weight('gamma', [4], 0.3, 1),
        weight('beta', [4]),
        weight('moving_mean', [4]),
        weight('moving_variance', [4], 0.3, 1),
      ],
    },
    { className: 'ReLU', name: 'positive', config: {}, weights: [] },
    { className: 'MaxPooling2D', name: 'smaller', config: { pool_size: [2, 2] }, weights: [] },
    {
      className: 'Conv2D',
      name: 'second',
      config: { filters: 6, kernel_size: [3, 3], activation: 'relu' },
      weights: [weight('kernel', [3, 3, 4, 6]), weight('bias', [6])],
    },
    { className: 'Flatten', name: 'flat', config: {}, weights: [] },
    {
      className: 'Dense',
      name: 'label',
      config: { units: 5 },
      weights: [weight('kernel', [72, 5], 0.3), weight('bias', [5])],
    },
  ],
};

suiteWhere(hasKeras())('models that are written for Keras', () => {
  jest.setTimeout(200_000);
  let folder: string;

  beforeAll(async () => {
    await loadFormat('keras');
    folder = mkdtempSync(path.join(tmpdir(), 'likeness-keras-out-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What Keras gives for the inputs, with the model from each kind of file. */
  const ask = async (model: NewKerasModel, inputs: Float32Array, outputs: number): Promise<Float32Array[]> => {
    const files = KERAS_FILES.map((kind) => path.join(folder, `${model.name}.${kind}`));
    files.forEach((file, i) => writeFileSync(file, writeKeras(model, KERAS_FILES[i]!)));
    const [given, asked] = ['given', 'asked'].map((name) => path.join(folder, name)) as [string, string];
    writeFileSync(asked, new Uint8Array(inputs.buffer));
    await runKeras('read.py', asked, given, ...files);
    const all = new Float32Array(Uint8Array.from(readFileSync(given)).buffer);
    expect(all.length).toBe(outputs * files.length);
    return files.map((_, i) => all.slice(i * outputs, (i + 1) * outputs));
  };

  it('a classifier gives in Keras what it gives here', async () => {
    const images = waves([2, ...CLASSIFIER.inputShape], 1);
    const given = await ask(CLASSIFIER, images.data, 10);
    for (const [i, kind] of KERAS_FILES.entries()) {
      const compiled = compileModel('keras', [{ name: `classifier.${kind}`, bytes: writeKeras(CLASSIFIER, kind) }]);
      const [own] = runOnnx(compiled, [images]);
      const label = own!['label']!;
      expect(Math.abs(label.data[0]! - label.data[5]!)).toBeGreaterThan(0.1);
      expect(difference(label, { dims: label.dims, data: given[i]! })).toBeLessThan(1e-5);
    }
  });

  it('the projection of a pack gives in Keras what the pack makes of the numbers of its net', async () => {
    const manifest = packManifestSchema.parse(JSON.parse(readFileSync(path.join(PACK, 'pack.json'), 'utf8')));
    const embedder = manifest.embedders.find(({ projection }) => projection !== undefined)!;
    const files = [embedder.centre!, embedder.projection!.file] as { pack: string; sha256: string }[];
    const paths = Object.fromEntries(files.map(({ pack, sha256 }) => [sha256, path.join(PACK, pack)]));
    const tables = await readTables({ manifest, paths, compiled: {} }, embedder);
    const from = embedder.projection!.from;
    const inputs = waves([2, from], 1, 1.2);
    const wanted = [0, 1].flatMap((row) => {
      const vector = inputs.data.slice(row * from, (row + 1) * from);
      makeUnit(vector);
      centreUnit(vector, tables.centre!);
      return [...project(vector, tables.projection!)];
    });
    expect(Math.max(...wanted)).toBeGreaterThan(0.1);
    for (const given of await ask(projectionModel(embedder, tables), inputs.data, wanted.length)) {
      given.forEach((value, i) => expect(value).toBeCloseTo(wanted[i]!, 5));
    }
  });

  it('the same model gives the same archive', () => {
    const [first, second] = [writeKeras(CLASSIFIER, 'keras'), writeKeras(CLASSIFIER, 'keras')];
    expect(Buffer.compare(Buffer.from(first), Buffer.from(second))).toBe(0);
  });
});
