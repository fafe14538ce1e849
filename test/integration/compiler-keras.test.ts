import { compileModel, loadFormat } from '../../packages/packs/src';
import { hasKeras, KerasNetworks } from '../fixtures/keras';
import { suiteWhere } from '../fixtures/needs';
import { row, runOnnx, type Output } from '../fixtures/run-onnx';

const FAMILIES = ['mobilenet', 'vgg_face'];

const largest = (data: Float32Array): number => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const apart = (a: Output, b: Output): number => largest(a.data.map((value, i) => value - b.data[i]!));

/** Networks as Keras makes them, at small sizes; what it gives for two inputs differs by at least a tenth. */
suiteWhere(hasKeras())('compiling models of Keras', () => {
  jest.setTimeout(300_000);
  const networks = new KerasNetworks();

  beforeAll(async () => {
    await loadFormat('keras');
    await networks.write(FAMILIES);
  });
  afterAll(() => networks.remove());

  it.each(FAMILIES)('%s gives what Keras gives', (family) => {
    const { input, output, file } = networks.read(family);
    expect(apart(row(output, 0), row(output, 1))).toBeGreaterThanOrEqual(0.1);
    for (const extension of ['h5', 'keras'] as const) {
      const [together, alone] = runOnnx(compileModel('keras', [file(extension)]), [input, row(input, 1)]);
      const [given] = Object.values(together!);
      expect(given!.dims).toEqual(output.dims);
      expect(apart(given!, output) / largest(output.data)).toBeLessThanOrEqual(1e-4);
      expect(apart(Object.values(alone!)[0]!, row(output, 1)) / largest(output.data)).toBeLessThanOrEqual(1e-4);
    }
  });
});
