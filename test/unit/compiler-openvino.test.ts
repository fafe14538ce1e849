import { readFileSync } from 'node:fs';
import { compileModel, ModelError, type ModelFile } from '../../packages/packs/src';
import { hasLocalModels, localModel } from '../fixtures/analyzer';
import { irNet } from '../fixtures/ir-net';
import { difference, row, runOnnx, waves } from '../fixtures/run-onnx';
import { suiteWhere } from '../fixtures/needs';

const compile = (files: readonly ModelFile[]): Uint8Array => compileModel('openvino-ir', files);

/** What OpenVINO 2026.4 gives for version 10 of this net in 32 bits and this input; it no longer reads version 6. */
const GOLDEN = [
  [-0.460004, 0.420293, 0.183242, -0.615909, 0.306049, 0.324288],
  [-0.456481, 0.371545, 0.233519, -0.622074, 0.261961, 0.378747],
];

describe('compiling OpenVINO IR', () => {
  it.each([
    [6, 'FP32'],
    [10, 'FP32'],
    [11, 'FP32'],
    [6, 'FP16'],
    [10, 'FP16'],
    [11, 'FP16'],
  ] as const)('gives what OpenVINO gives: version %s, %s', (version, precision) => {
    const batch = waves([2, 3, 13, 11], 1);
    const [together, ...alone] = runOnnx(compile(irNet(version, precision)), [batch, row(batch, 0), row(batch, 1)]);
    const tolerance = precision === 'FP32' ? 1e-5 : 2e-3;
    for (const i of [0, 1]) {
      const { dims, data } = alone[i]!['unit']!;
      expect(dims).toEqual([1, 6]);
      data.forEach((value, at) => expect(Math.abs(value - GOLDEN[i]![at]!)).toBeLessThan(tolerance));
      expect(difference(row(together!['unit']!, i), alone[i]!['unit']!)).toBeLessThan(1e-5);
    }
  });

  it('names a layer that is not known, and its place', () => {
    for (const version of [6, 10]) {
      const files = irNet(version, 'FP32', (xml) => xml.replace('type="ReLU"', 'type="RollCall"'));
      expect(() => compile(files)).toThrow(ModelError);
      expect(() => compile(files)).toThrow(/RollCall at relu/);
    }
  });

  it('names a version that is not known', () => {
    const files = irNet(10, 'FP32', (xml) => xml.replace('version="10"', 'version="3"'));
    expect(() => compile(files)).toThrow(/version 3; the model compiler knows 6, 10, 11/);
  });

  it.each([6, 10])('refuses files that are cut short or of another kind: version %s', (version) => {
    const [xml, bin] = irNet(version, 'FP32') as [ModelFile, ModelFile];
    const cut = ({ name, bytes }: ModelFile, length: number): ModelFile => ({ name, bytes: bytes.subarray(0, length) });
    expect(() => compile([xml, cut(bin, bin.bytes.length - 1)])).toThrow(/cut short at/);
    for (let length = 0; length < xml.bytes.length; length += 97) {
      expect(() => compile([cut(xml, length), bin])).toThrow(ModelError);
    }
    expect(() => compile([bin, xml])).toThrow(/no XML/);
    expect(() => compile([{ name: 'page.xml', bytes: Buffer.from('<html/>') }, bin])).toThrow(/no network of OpenVINO/);
    expect(() => compile([xml])).toThrow(/two files/);
  });

  it('refuses an edge from nowhere, and layers that wait for each other', () => {
    const lost = irNet(10, 'FP32', (xml) => xml.replace(/<edge from-layer="0"/, '<edge from-layer="99"'));
    expect(() => compile(lost)).toThrow(/not there/);
    const unjoined = irNet(10, 'FP32', (xml) => xml.replace(/<edge [^>]*>/, ''));
    expect(() => compile(unjoined)).toThrow(/joined to nothing/);
    const circle = irNet(6, 'FP32', (xml) =>
      xml.replace('from-layer="4" from-port="1"', 'from-layer="6" from-port="1"'),
    );
    expect(() => compile(circle)).toThrow(/circle/);
  });
});

suiteWhere(hasLocalModels('compiling networks of the Open Model Zoo'))('networks of the Open Model Zoo', () => {
  const read = (name: string): Buffer => readFileSync(localModel(name));
  const published = (name: string): ModelFile[] =>
    ['xml', 'bin'].map((ending) => ({ name: `${name}.${ending}`, bytes: read(`ir/${name}.${ending}`) }));

  it('compiles landmarks-regression-retail-0009 (version 6, FP32) to what its ONNX file gives', () => {
    const images = waves([2, 3, 48, 48], 127, 127);
    const [wanted] = runOnnx(read('landmarks-regression-retail-0009.onnx'), [images]);
    const [given] = runOnnx(compile(published('landmarks-regression-retail-0009')), [images]);
    expect(difference(Object.values(wanted!)[0]!, Object.values(given!)[0]!)).toBeLessThan(1e-5);
  });

  it('compiles head-pose-estimation-adas-0001 (version 11, FP16) to what OpenVINO 2026.4 gives', () => {
    const images = waves([2, 3, 60, 60], 127, 127);
    const [given] = runOnnx(compile(published('head-pose-estimation-adas-0001-fp16')), [images]);
    const wanted = {
      angle_r_fc: [-23.958, -20.3844],
      angle_p_fc: [-9.76973, -8.33065],
      angle_y_fc: [5.77033, 5.33443],
    };
    for (const [output, angles] of Object.entries(wanted)) {
      angles.forEach((angle, i) => expect(Math.abs(given![output]!.data[i]! - angle)).toBeLessThan(1e-3));
    }
  });
});
