import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { simplifyOnnx } from '../../workers/inference/onnx-rewrite';
import { hasLocalModels, MODELS } from '../fixtures/analyzer';

const NETS = ['face-reidentification-retail-0095', 'landmarks-regression-retail-0009', 'yunet_n_dynamic'] as const;

/** Runs a net as it is and simplified, outside jest, whose realm onnxruntime's native arrays do not belong to. */
const COMPARE = `
const [file, rewriteModule, side] = process.argv.slice(1);
const ort = require('onnxruntime-node');
const { simplifyOnnx } = require(rewriteModule);
const bytes = require('node:fs').readFileSync(file);
(async () => {
  const length = 3 * side * side;
  const data = Float32Array.from({ length }, (_, i) => 127 + 127 * Math.sin(i * 0.013));
  const outputs = [];
  for (const model of [bytes, simplifyOnnx(bytes)]) {
    const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
    const feed = { [session.inputNames[0]]: new ort.Tensor('float32', data, [1, 3, +side, +side]) };
    outputs.push(Object.values(await session.run(feed)).flatMap((tensor) => [...tensor.data]));
  }
  const [before, after] = outputs;
  console.log(JSON.stringify({ numbers: before.length, difference: Math.max(...before.map((v, i) => Math.abs(v - after[i]))) }));
})();
`;

describe('simplifying an ONNX net', () => {
  if (!hasLocalModels('simplifying an ONNX net')) {
    it.skip('needs the ONNX models', () => undefined);
    return;
  }

  it.each([
    [NETS[0], 128],
    [NETS[1], 48],
    [NETS[2], 64],
  ])('changes no output of %s', (net, side) => {
    const file = path.join(MODELS, `${net}.onnx`);
    const rewrite = path.resolve(__dirname, '../../dist/workers/inference/onnx-rewrite.js');
    const { numbers, difference } = JSON.parse(
      execFileSync(process.execPath, ['-e', COMPARE, file, rewrite, String(side)], { encoding: 'utf8' }),
    ) as { numbers: number; difference: number };
    expect(numbers).toBeGreaterThan(0);
    expect(difference).toBeLessThan(1e-6);
  });

  it('leaves a net without PRelu as it is, and turns every PRelu of the embedder into a LeakyRelu', () => {
    const [embedder, , detector] = NETS.map((net) => readFileSync(path.join(MODELS, `${net}.onnx`)));
    expect(Buffer.compare(Buffer.from(simplifyOnnx(detector!)), detector!)).toBe(0);
    expect(embedder!.includes('PRelu')).toBe(true);
    expect(Buffer.from(simplifyOnnx(embedder!)).includes('PRelu')).toBe(false);
  });

  it('refuses what is no ONNX file', () => {
    expect(() => simplifyOnnx(Buffer.from([0x3a, 0xff, 0xff, 0x03, 0x01]))).toThrow(/damaged/);
  });
});
