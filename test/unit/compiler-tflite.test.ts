import { ByteBuffer } from 'flatbuffers';
import { compileModel, ModelError } from '../../packages/packs/src';
import { FlatTable } from '../../packages/packs/src/front-ends/flat-table';
import { row, runOnnx, waves } from '../fixtures/run-onnx';
import { tfliteNet } from '../fixtures/tflite-net';

const compile = (bytes: Uint8Array): Uint8Array => compileModel('tflite', [{ name: 'net.tflite', bytes }]);

/** Every 97th number of `map` and every number of `vector`, by Google's own interpreter (LiteRT 2.1) for this file and this input. */
const GOLDEN = {
  map: [
    [0.786883, 1.5124, 2.86871, 0.0164966, 0.425424, 2.81189, 1.17725, 0.176104, 0, 0],
    [0, 1.36895, 2.98819, 0, 0.684292, 2.40645, 1.19361, 0, 0, 0],
  ],
  vector: [
    [5.53554, -4.95201, -5.77334, 4.64052, 6.01817],
    [5.21393, -5.6834, -5.4815, 5.38379, 5.75658],
  ],
} as const;
const STEPS = { map: 97, vector: 1 } as const;

describe('compiling TensorFlow Lite', () => {
  it('gives what its own interpreter gives, for a batch of any length', () => {
    const batch = waves([2, 17, 15, 3], 1);
    const [together, ...alone] = runOnnx(compile(tfliteNet()), [batch, row(batch, 0), row(batch, 1)]);
    for (const output of ['map', 'vector'] as const) {
      for (const i of [0, 1]) {
        const numbers = [...alone[i]![output]!.data].filter((_, at) => at % STEPS[output] === 0);
        expect(numbers).toHaveLength(GOLDEN[output][i]!.length);
        numbers.forEach((value, at) => expect(Math.abs(value - GOLDEN[output][i]![at]!)).toBeLessThan(1e-4));
        expect([...row(together![output]!, i).data]).toEqual([...alone[i]![output]!.data]);
      }
    }
  });

  it('sees a PRelu where one is written out', () => {
    const onnx = Buffer.from(compile(tfliteNet()));
    expect(onnx.includes('Abs')).toBe(false);
    expect(onnx.includes('Sub')).toBe(false);
  });

  it('names an operator that is not known, and its place', () => {
    const densify = tfliteNet((operator) => (operator.output === 'deep' ? { ...operator, code: 124 } : operator));
    expect(() => compile(densify)).toThrow(ModelError);
    expect(() => compile(densify)).toThrow(/DENSIFY at deep/);
    const later = tfliteNet((operator) => (operator.output === 'deep' ? { ...operator, code: 150 } : operator));
    expect(() => compile(later)).toThrow(/number 150 at deep/);
  });

  it('refuses a net whose sizes are not those that its operators make', () => {
    const strided = tfliteNet((operator) =>
      operator.output === 'convolved'
        ? { ...operator, options: { type: 1, ints: { 1: 1, 2: 1, 4: 1, 5: 1 } } }
        : operator,
    );
    expect(() => compile(strided)).toThrow(
      /CONV_2D at convolved makes 2 x 17 x 15 x 8, and the file says 2 x 9 x 8 x 8/,
    );
  });

  // Why there is a reader of our own: docs/adr/0011-one-model-compiler.md.
  it('refuses to read past the end, where the library of the format gives zeros', () => {
    const cut = tfliteNet().subarray(0, 8);
    const library = new ByteBuffer(cut);
    const root = library.readUint32(0);
    expect(root).toBeGreaterThanOrEqual(cut.length);
    expect([library.readInt32(root), library.readUint16(root), library.readFloat32(root)]).toEqual([0, 0, 0]);
    expect(() => FlatTable.root(cut, 'TFL3')).toThrow(/cut short or damaged/);
  });

  it('refuses a file that is cut short anywhere, and one of another kind', () => {
    const whole = tfliteNet();
    for (let length = 0; length < whole.length; length += 61) {
      expect(() => compile(whole.subarray(0, length))).toThrow(ModelError);
    }
    expect(() => compile(Buffer.from('{"format": "graph-model"}'))).toThrow(/no TFL3 file/);
    expect(() => compileModel('tflite', [])).toThrow(/one file/);
  });
});
