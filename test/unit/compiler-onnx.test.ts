import { readFileSync } from 'node:fs';
import { compileModel, ModelError } from '../../packages/packs/src';
import { floats, integers, type Graph, type GraphNode } from '../../packages/packs/src/graph';
import { writeOnnx } from '../../packages/packs/src/onnx/writer';
import { hasLocalModels, localModel } from '../fixtures/analyzer';
import { difference, row, runOnnx, waves } from '../fixtures/run-onnx';
import { suiteWhere } from '../fixtures/needs';

const compile = (bytes: Uint8Array): Uint8Array => compileModel('onnx', [{ name: 'net.onnx', bytes }]);

const node = (op: string, inputs: string[], output: string, attributes: GraphNode['attributes'] = {}): GraphNode => ({
  op,
  place: `the ${output}`,
  inputs,
  outputs: [output],
  attributes,
});

const numbers = (count: number, scale = 1): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => scale * Math.sin(i * 1.7 + count));

/** Everything that the optimiser rewrites, made for a batch of one. */
function net(change: (nodes: GraphNode[]) => GraphNode[] = (nodes) => nodes): Graph {
  const nodes = [
    node('Pad', ['image', 'pads'], 'padded'),
    node('Conv', ['padded', 'filters'], 'convolved', { kernel_shape: { ints: [3, 3] } }),
    node('BatchNormalization', ['convolved', 'scale', 'offset', 'mean', 'variance'], 'normal'),
    node('PRelu', ['normal', 'slopes'], 'sloped'),
    node('Conv', ['sloped', 'points'], 'mixed'),
    node('Mul', ['mixed', 'factor'], 'scaled'),
    node('Sub', ['channel', 'scaled'], 'shifted'),
    node('PRelu', ['shifted', 'slope'], 'leaky'),
    node('Relu', ['leaky'], 'positive'),
    node('Min', ['positive', 'six'], 'held'),
    node('Transpose', ['held'], 'turned', { perm: { ints: [0, 2, 3, 1] } }),
    node('Transpose', ['turned'], 'back', { perm: { ints: [0, 3, 1, 2] } }),
    node('Identity', ['back'], 'same'),
    node('Reshape', ['same', 'shape'], 'vector'),
  ];
  return {
    inputs: [{ name: 'image', type: 'FLOAT', dims: [1, 3, 6, 6] }],
    outputs: [{ name: 'vector', type: 'FLOAT', dims: [1, 144] }],
    nodes: change(nodes),
    constants: new Map([
      ['pads', integers([0, 0, 1, 1, 0, 0, 1, 1])],
      ['filters', floats([4, 3, 3, 3], numbers(108, 0.5))],
      ['scale', floats([4], numbers(4))],
      ['offset', floats([4], numbers(4, 0.3))],
      ['mean', floats([4], numbers(4, 0.2))],
      ['variance', floats([4], Float32Array.of(0.5, 1, 1.5, 2))],
      ['slopes', floats([4, 1, 1], numbers(4, 0.6))],
      ['points', floats([4, 4, 1, 1], numbers(16))],
      ['factor', floats([], Float32Array.of(3))],
      ['channel', floats([1, 4, 1, 1], numbers(4, 2))],
      ['slope', floats([1], Float32Array.of(0.25))],
      ['six', floats([], Float32Array.of(6))],
      ['shape', integers([1, -1])],
    ]),
    opset: 17,
  };
}

/** Operators by name, as they stand in the file. */
const has = (model: Uint8Array, op: string): boolean =>
  Buffer.from(model).includes(`"${String.fromCharCode(op.length)}${op}`);

describe('compiling ONNX', () => {
  it('changes no output, for a batch of any length', () => {
    const source = writeOnnx(net());
    const compiled = compile(source);
    const batch = waves([3, 3, 6, 6], 1);
    const [together, ...alone] = runOnnx(compiled, [batch, row(batch, 0), row(batch, 1), row(batch, 2)]);
    runOnnx(source, [row(batch, 0), row(batch, 1), row(batch, 2)]).forEach((wanted, i) => {
      expect(difference(wanted['vector']!, alone[i]!['vector']!)).toBeLessThan(1e-5);
      expect(difference(alone[i]!['vector']!, row(together!['vector']!, i))).toBeLessThan(1e-5);
    });
  });

  it('melts what can be melted', () => {
    const [source, compiled] = [writeOnnx(net()), compile(writeOnnx(net()))];
    for (const op of ['Pad', 'BatchNormalization', 'PRelu', 'Mul', 'Sub', 'Min', 'Transpose', 'Identity']) {
      expect({ op, isThere: has(source, op) }).toEqual({ op, isThere: true });
      expect({ op, isThere: has(compiled, op) }).toEqual({ op, isThere: false });
    }
    for (const op of ['Conv', 'LeakyRelu', 'Clip'])
      expect({ op, isThere: has(compiled, op) }).toEqual({ op, isThere: true });
  });

  it('gives the same bytes each time', () => {
    const [first, second] = [compile(writeOnnx(net())), compile(writeOnnx(net()))];
    expect(Buffer.compare(Buffer.from(first), Buffer.from(second))).toBe(0);
  });

  it('leaves a batch as it is where a node may not treat each entry alike', () => {
    const mixing = net((nodes) => [
      ...nodes.slice(0, -1),
      node('ReduceMean', ['same'], 'vector', { axes: { ints: [0] } }),
    ]);
    expect(Buffer.from(compile(writeOnnx(mixing))).includes('batch')).toBe(false);
    expect(Buffer.from(compile(writeOnnx(net()))).includes('batch')).toBe(true);
  });

  it('names an operator that is not known, and its place', () => {
    const renamed = (op: string): Uint8Array =>
      writeOnnx(net((nodes) => nodes.map((one) => (one.op === 'Min' ? { ...one, op } : one))));
    expect(() => compile(renamed('RollCall'))).toThrow(ModelError);
    expect(() => compile(renamed('RollCall'))).toThrow(/RollCall at the held/);
    expect(() => compile(renamed('Loop'))).toThrow(/Loop at the held/);
  });

  it('refuses a file that is cut short anywhere, one of another kind, and one without numbers', () => {
    const whole = writeOnnx(net());
    for (let length = 0; length < whole.length; length += 13) {
      expect(() => compile(whole.subarray(0, length))).toThrow(ModelError);
    }
    expect(() => compile(Buffer.from('{"format": "graph-model"}'))).toThrow(/no ONNX model/);
    const spoilt = net();
    spoilt.constants.set('factor', floats([], Float32Array.of(NaN)));
    expect(() => compile(writeOnnx(spoilt))).toThrow(/factor holds what is no number/);
    const short = net();
    short.constants.set('slopes', floats([5, 1, 1], numbers(4)));
    expect(() => compile(writeOnnx(short))).toThrow(/slopes does not fit its shape/);
    const lost = net((nodes) => nodes.slice(1));
    expect(() => compile(writeOnnx(lost))).toThrow(/reads padded, which nothing makes/);
  });

  it('refuses an output that is no tensor', () => {
    const model = Buffer.from(writeOnnx(net()));
    // The output's type: field 1 (a tensor) becomes field 4 (a sequence).
    const at = model.indexOf(Buffer.from([0x0a, 6, ...Buffer.from('vector'), 0x12]), model.lastIndexOf('image'));
    model[at + 10] = 0x22;
    expect(() => compile(model)).toThrow(/output vector is no tensor/);
  });
});

suiteWhere(hasLocalModels('compiling published ONNX files'))('published ONNX files', () => {
  it.each([
    ['face-reidentification-retail-0095', 128],
    ['landmarks-regression-retail-0009', 48],
    ['yunet_n_dynamic', 64],
    ['yunet_n_320_320', 320],
    ['mobileface-id-v2', 112],
    ['minifasnet-v1se-4.0', 80],
    ['minifasnet-v2-2.7', 80],
  ])('changes no output of %s', (name, side) => {
    const source = readFileSync(localModel(`${name}.onnx`));
    const compiled = compile(source);
    const image = waves([1, 3, side, side], 127, 127);
    const [wanted] = runOnnx(source, [image]);
    const [given] = runOnnx(compiled, [image]);
    expect(Object.keys(given!)).toEqual(Object.keys(wanted!));
    for (const [output, one] of Object.entries(wanted!)) expect(difference(one, given![output]!)).toBeLessThan(1e-5);
  });

  it('writes every PRelu of the embedder as the LeakyRelu that it is', () => {
    const source = readFileSync(localModel('face-reidentification-retail-0095.onnx'));
    expect([has(source, 'PRelu'), has(compile(source), 'PRelu')]).toEqual([true, false]);
  });
});
