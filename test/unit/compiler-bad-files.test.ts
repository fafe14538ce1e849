import { compileModel, ModelError, type ModelFile } from '../../packages/packs/src';
import { NPM_NETS } from '../fixtures/npm-models';

interface Topology {
  modelTopology: { node: { name: string; op: string; input?: string[] }[] };
}

const json = (name: string, value: unknown): ModelFile => ({ name, bytes: Buffer.from(JSON.stringify(value)) });

/** Blazeface with its graph changed. */
function changed(change: (graph: Topology) => void): ModelFile[] {
  const [graph, weights] = NPM_NETS.blazeface.files();
  const parsed = JSON.parse(Buffer.from(graph!.bytes).toString('utf8')) as Topology;
  change(parsed);
  return [json('blazeface.json', parsed), weights!];
}

const compile = (files: readonly ModelFile[]): (() => Uint8Array) => {
  return () => compileModel('tfjs-graph', files);
};

describe('model files that cannot be compiled', () => {
  it('names an operator that is not known, and its place', () => {
    const files = changed(({ modelTopology }) => {
      modelTopology.node.find(({ op }) => op === 'MaxPool')!.op = 'RollCall';
    });
    expect(compile(files)).toThrow(ModelError);
    expect(compile(files)).toThrow(/RollCall at StatefulPartitionedCall\/functional_1\/max_pooling2d/);
  });

  it.each(Object.entries(NPM_NETS))(
    'says of %s that its weights are cut short, or longer than they should be',
    (_, net) => {
      const [graph, weights] = net.files();
      const short = { name: weights!.name, bytes: weights!.bytes.subarray(0, weights!.bytes.length - 1) };
      const long = { name: weights!.name, bytes: Buffer.concat([weights!.bytes, Buffer.alloc(3)]) };
      expect(() => compileModel(net.format, [graph!, short])).toThrow(/cut short at the weight/);
      expect(() => compileModel(net.format, [graph!, long])).toThrow(/3 bytes more/);
      expect(() => compileModel(net.format, [graph!])).toThrow(/cut short/);
    },
  );

  it.each(Object.entries(NPM_NETS))('says of %s that its first file is no such file', (_, net) => {
    const [graph, weights] = net.files();
    expect(() => compileModel(net.format, [weights!, graph!])).toThrow(/is no JSON/);
    expect(() => compileModel(net.format, [json('other.json', { hello: 1 }), weights!])).toThrow(ModelError);
    expect(() => compileModel(net.format, [json('null.json', null), weights!])).toThrow(ModelError);
    expect(() => compileModel(net.format, [])).toThrow(ModelError);
  });

  it('refuses weights that are no numbers', () => {
    const [graph, weights] = NPM_NETS.blazeface.files();
    const bytes = Buffer.from(weights!.bytes);
    bytes.writeFloatLE(NaN, 4000);
    expect(compile([graph!, { name: weights!.name, bytes }])).toThrow(/holds what is no number/);
  });

  it('names what is read and not there, and nodes that wait for each other', () => {
    const lost = changed(({ modelTopology }) => {
      modelTopology.node.find(({ op }) => op === 'Relu')!.input = ['nowhere'];
    });
    expect(compile(lost)).toThrow(/reads nowhere/);
    const circle = changed(({ modelTopology }) => {
      const relus = modelTopology.node.filter(({ op }) => op === 'Relu');
      relus[0]!.input = [relus[1]!.name];
    });
    expect(compile(circle)).toThrow(/circle/);
  });
});
