import { compileModel, loadFormat, summariseKeras } from '../../packages/packs/src';
import { hasKeras, KerasNetworks } from '../fixtures/keras';
import { suiteWhere } from '../fixtures/needs';
import { row, runOnnx, type Output } from '../fixtures/run-onnx';

/** Also tried as `.keras`, which differs by how it keeps names, not by the net. */
const SMALL = ['mobilenet', 'vgg_face', 'inception_resnet_v1', 'inception_resnet_v1_by_name', 'mixture'];
const FAMILIES = [
  ...SMALL,
  'mobilenet_v2',
  'nn4_small2',
  'resnet50',
  'inception_v3',
  'xception',
  'vgg16',
  'vgg19',
] as const;

const largest = (data: Float32Array): number => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const apart = (a: Output, b: Output): number => largest(a.data.map((value, i) => value - b.data[i]!));

/** Networks as Keras makes them, at small sizes; what it gives for two inputs differs by at least a tenth. */
suiteWhere(hasKeras())('compiling models of Keras', () => {
  jest.setTimeout(300_000);
  const networks = new KerasNetworks();

  beforeAll(async () => {
    await loadFormat('keras');
    await networks.write(FAMILIES, SMALL);
  });
  afterAll(() => networks.remove());

  it.each(FAMILIES)('%s gives what Keras gives, and its layers are told as Keras tells them', (family) => {
    const { input, output, summary, lambdas, file } = networks.read(family);
    expect(apart(row(output, 0), row(output, 1))).toBeGreaterThanOrEqual(0.1);
    for (const extension of SMALL.includes(family) ? (['h5', 'keras'] as const) : (['h5'] as const)) {
      const [together, alone] = runOnnx(compileModel('keras', [file(extension)], { lambdas }), [input, row(input, 1)]);
      const [given] = Object.values(together!);
      expect(given!.dims).toEqual(output.dims);
      expect(apart(given!, output) / largest(output.data)).toBeLessThanOrEqual(1e-4);
      expect(apart(Object.values(alone!)[0]!, row(output, 1)) / largest(output.data)).toBeLessThanOrEqual(1e-4);
    }
    expect(summariseKeras([file('h5')], { lambdas })).toEqual(summary);
  });
});
