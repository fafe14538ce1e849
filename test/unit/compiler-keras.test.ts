import { zipSync } from 'fflate';
import { compileModel, loadFormat, ModelError, type ModelFile } from '../../packages/packs/src';
import { kerasFile, layer, weightsFile, type TestLayer } from '../fixtures/keras-file';
import { runOnnx } from '../fixtures/run-onnx';

const INPUT = layer('InputLayer', 'image', { batch_input_shape: [null, 4, 4, 2] });
const CONVOLUTION = layer(
  'Conv2D',
  'first',
  { kernel_size: [3, 3], padding: 'same', activation: 'relu' },
  { kernel: [3, 3, 2, 3], bias: [3] },
);
const FLAT = layer('Flatten', 'flat');
const DENSE = layer('Dense', 'last', { use_bias: false }, { kernel: [48, 5] });
const NET = [INPUT, CONVOLUTION, FLAT, DENSE];

const compile =
  (...files: ModelFile[]): (() => Uint8Array) =>
  () =>
    compileModel('keras', files);
const net = (layers: readonly TestLayer[]): ModelFile => kerasFile('net.h5', layers);
const damaged = (bytes: Uint8Array, name = 'net.h5'): ModelFile => ({ name, bytes });
const json = (name: string, value: unknown): ModelFile => ({ name, bytes: Buffer.from(JSON.stringify(value)) });
const archive = (entries: Record<string, Uint8Array>): ModelFile => ({
  name: 'net.keras',
  bytes: zipSync(entries, { level: 6 }),
});

describe('compiling models of Keras', () => {
  beforeAll(() => loadFormat('keras'));

  it('reads a whole file, and weights beside the architecture in either order', () => {
    const image = { dims: [1, 4, 4, 2], data: Float32Array.from({ length: 32 }, (_, i) => Math.sin(i)) };
    const whole = compile(net(NET))();
    const { architecture, weights } = weightsFile('weights.h5', NET);
    const apart = [
      compile(json('net.json', architecture), weights)(),
      compile(weights, json('net.json', architecture))(),
    ];
    for (const one of apart) expect(Buffer.compare(Buffer.from(one), Buffer.from(whole))).toBe(0);
    const [given] = runOnnx(whole, [image]);
    expect(given!['last']!.dims).toEqual([1, 5]);
    expect(given!['last']!.data.some((value) => value !== 0)).toBe(true);
  });

  test.each<[string, () => () => Uint8Array, RegExp]>([
    ['a file cut short', () => compile(damaged(net(NET).bytes.slice(0, 3_000))), /net\.h5 .*cut short or damaged/],
    ['no file of Keras', () => compile(damaged(Buffer.from('{}'), 'net.keras')), /net\.keras is no Keras model/],
    ['no file at all', () => compile(), /Nothing is no Keras model/],
    [
      'a pickle',
      () => compile(damaged(Buffer.from('\x80\x04\x95cposix', 'latin1'), 'net.keras')),
      /net\.keras is a pickle/,
    ],
    ['weights alone', () => compile(weightsFile('net.h5', NET).weights), /net\.h5 holds weights alone/],
    ['an archive of something else', () => compile(archive({ 'a.txt': new Uint8Array(3) })), /has no config\.json/],
    [
      'an archive that unpacks to more than a model can be',
      () => compile(archive({ 'config.json': Buffer.from('{}'), 'metadata.json': new Uint8Array(2_000_000) })),
      /net\.keras unpacks to more than a model can be: metadata\.json says 2000000 bytes/,
    ],
    [
      'an archive cut short',
      () =>
        compile({
          ...archive({ 'config.json': Buffer.from('{}') }),
          bytes: Buffer.from('PK\x03\x04xxxxxxxxxxxxxxxxxxxxxxxx'),
        }),
      /no zip archive/,
    ],
    [
      'a layer that is not known',
      () => compile(net([INPUT, layer('Attention', 'looking'), FLAT])),
      /The layer looking is a Attention, which is not supported/,
    ],
    [
      'a layer without its weights',
      () => compile(net([INPUT, { ...CONVOLUTION, weights: {} }])),
      /net\.h5 lacks weights of the layer first \(Conv2D\): it needs kernel, bias and has none/,
    ],
    [
      'weights that are no numbers',
      () => compile(net([INPUT, { ...CONVOLUTION, fill: NaN }])),
      /The weight first\/.* holds what is no number/,
    ],
    [
      'weights of another shape',
      () => compile(net([INPUT, FLAT, { ...DENSE, weights: { kernel: [47, 5] } }])),
      /The matrix at last takes rows of 47, its input has 1 x 32/,
    ],
    [
      'channels that lie first',
      () => compile(net([INPUT, layer('MaxPooling2D', 'pool', { data_format: 'channels_first' })])),
      /The layer pool has its channels first/,
    ],
    [
      'an image smaller than a window',
      () => compile(net([INPUT, layer('MaxPooling2D', 'pool', { pool_size: [5, 5] })])),
      /The layer pool makes 1 x 0 x 0 x 2/,
    ],
    [
      'a setting that is none',
      () => compile(net([INPUT, layer('MaxPooling2D', 'pool', { pool_size: 'big' })])),
      /The layer pool has a setting pool_size that is not known: "big"/,
    ],
    [
      'a class of its author alone',
      () => compile(json('net.json', { class_name: 'MyModel', config: {} }), weightsFile('w.h5', NET).weights),
      /net\.json is a model of the class MyModel/,
    ],
  ])('%s is refused with a sentence', (_, tried, message) => {
    expect(tried()).toThrow(ModelError);
    expect(tried()).toThrow(message);
  });

  it('a file cut short anywhere is refused, or gives the whole model', () => {
    const { bytes } = net(NET);
    for (let length = 0; length < bytes.length; length += 509) {
      expect(compile(damaged(bytes.slice(0, length)))).toThrow(ModelError);
    }
  });

  it('layers that read each other in a circle are refused', () => {
    const { architecture, weights } = weightsFile('weights.h5', NET);
    const around = {
      class_name: 'Functional',
      config: {
        name: 'round',
        layers: [
          { class_name: 'InputLayer', name: 'image', config: INPUT.config, inbound_nodes: [] },
          {
            class_name: 'Add',
            name: 'a',
            config: {},
            inbound_nodes: [
              [
                ['image', 0, 0, {}],
                ['b', 0, 0, {}],
              ],
            ],
          },
          {
            class_name: 'Add',
            name: 'b',
            config: {},
            inbound_nodes: [
              [
                ['a', 0, 0, {}],
                ['image', 0, 0, {}],
              ],
            ],
          },
        ],
        input_layers: [['image', 0, 0]],
        output_layers: [['b', 0, 0]],
      },
    };
    expect(architecture).toBeDefined();
    expect(compile(json('net.json', around), weights)).toThrow(/circle at [ab]/);
  });
});
