import { readFileSync } from 'node:fs';
import { compileModel } from '../../packages/packs/src';
import { TfjsRuntime } from '../../workers/inference/tfjs-runtime';
import { hasLocalModels, localModel } from '../fixtures/analyzer';
import { NPM_NETS } from '../fixtures/npm-models';
import { difference, row, runOnnx, waves, type Output } from '../fixtures/run-onnx';
import { suiteWhere } from '../fixtures/needs';

type NetName = keyof typeof NPM_NETS;
const NAMES = Object.keys(NPM_NETS) as NetName[];

/** Images `[batch, side, side, 3]` with their channels first. */
function channelsFirst({ dims, data }: Output): Output {
  const [batch, height, width, channels] = dims as [number, number, number, number];
  const turned = new Float32Array(data.length);
  let to = 0;
  for (let b = 0; b < batch; b++)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < height * width; p++) turned[to++] = data[(b * height * width + p) * channels + c]!;
  return { dims: [batch, channels, height, width], data: turned };
}

describe('compiling the nets of npm packages', () => {
  let judge: TfjsRuntime;

  beforeAll(async () => {
    judge = await TfjsRuntime.create();
  });

  it.each(NAMES)('gives the outputs of tfjs, under their names, alone and in a batch: %s', async (name) => {
    const { format, files, side, range } = NPM_NETS[name];
    const batch = waves([3, side, side, 3], range);
    const singles = [0, 1, 2].map((i) => row(batch, i));
    const [together, ...alone] = runOnnx(compileModel(format, files()), [batch, ...singles]);
    const [turned] = runOnnx(compileModel(format, files(), { inputLayout: 'NCHW' }), [channelsFirst(batch)]);
    const net = await judge.load(format, files());
    for (const [i, { data, dims }] of singles.entries()) {
      const wanted = await net.run({ data, shape: dims });
      expect(Object.keys(alone[i]!).sort()).toEqual(Object.keys(wanted).sort());
      for (const [output, { data: numbers, shape }] of Object.entries(wanted)) {
        expect(alone[i]![output]!.dims).toEqual(shape);
        expect(difference({ dims: shape, data: numbers }, alone[i]![output]!)).toBeLessThan(1e-4);
        expect(difference(alone[i]![output]!, row(together![output]!, i))).toBeLessThan(1e-5);
        expect(difference(alone[i]![output]!, row(turned![output]!, i))).toBeLessThan(1e-5);
      }
    }
    net.dispose();
  });

  it('frees the size of a net that only convolves', () => {
    const { format, files, side } = NPM_NETS.blazeface;
    const fixed = compileModel(format, files());
    const free = compileModel(format, files(), { freeSize: true });
    const image = waves([2, side, side, 3], 1);
    const [wanted] = runOnnx(fixed, [image]);
    const [same, larger] = runOnnx(free, [image, waves([1, 512, 384, 3], 1)]);
    for (const [output, numbers] of Object.entries(wanted!)) {
      expect(difference(numbers, same![output]!)).toBeLessThan(1e-5);
    }
    expect(larger!['Identity']!.dims).toEqual([1, 32 * 24 * 2, 1]);
    expect(larger!['Identity_3']!.dims).toEqual([1, 16 * 12 * 6, 16]);
  });

  it('refuses to free the size of a net that is made for one', () => {
    const { format, files } = NPM_NETS['face-api'];
    expect(() => compileModel(format, files(), { freeSize: true })).toThrow(/one size/);
  });
});

const canCompare = hasLocalModels('comparing with nets converted by hand');
suiteWhere(canCompare)('compiled nets beside ones converted by hand', () => {
  it('agrees on the net of face-api, whose reference takes images of 0 to 255', () => {
    const { format, files, side } = NPM_NETS['face-api'];
    const image = waves([2, side, side, 3], 127, 127);
    const mean = [122.782, 117.001, 104.298];
    const prepared = { dims: image.dims, data: image.data.map((value, i) => (value - mean[i % 3]!) / 255) };
    const reference = readFileSync(localModel('reference-faceapi-recognition.onnx'));
    const [wanted] = runOnnx(reference, [channelsFirst(image)]);
    const [given] = runOnnx(compileModel(format, files()), [prepared]);
    expect(difference(wanted!['embedding']!, given!['embedding']!)).toBeLessThan(1e-4);
  });

  it('agrees on faceres', () => {
    const { format, files, side, range } = NPM_NETS.faceres;
    const image = waves([2, side, side, 3], range);
    const [wanted] = runOnnx(readFileSync(localModel('reference-human-faceres.onnx')), [channelsFirst(image)]);
    const [given] = runOnnx(compileModel(format, files()), [image]);
    expect(difference(wanted!['embedding']!, given!['global_pooling/Mean']!)).toBeLessThan(1e-4);
  });
});
