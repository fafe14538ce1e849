import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parsePackManifest, type PackModel } from '../../workers/inference/pack-manifest';
import type { ModelFile } from '../../packages/packs/src';
import type { Net } from '../../workers/inference/runtime';
import { TfjsRuntime } from '../../workers/inference/tfjs-runtime';
import { inputShape } from '../../workers/pipeline/tensor-input';

const ROOT = path.resolve(__dirname, '../..');
const file = path.join(ROOT, 'models/bundled@1/pack.json');
const manifest = parsePackManifest(readFileSync(file, 'utf8'), file);
const { detector, landmarks, embedders } = manifest;
const STAGES = {
  detector: { ...detector, side: 256 },
  landmarks: { ...landmarks, side: landmarks.size },
  embedder: { ...embedders[0]!, side: embedders[0]!.size },
} as const;

function filesOf({ files }: PackModel): ModelFile[] {
  return files.map((one) => {
    if (!('npm' in one)) throw new Error('the bundled pack is made of npm files');
    return { name: one.path, bytes: readFileSync(path.join(ROOT, 'node_modules', one.npm, one.path)) };
  });
}

const pixels = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * 0.37 + seed) * 0.5);

describe('the tfjs runtime', () => {
  let runtime: TfjsRuntime;

  beforeAll(async () => {
    runtime = await TfjsRuntime.create();
  });

  it('never falls back to plain JavaScript', () => {
    expect(runtime.label).toMatch(/^tfjs \((wasm|node)/);
    expect(tf.getBackend()).not.toBe('cpu');
  });

  it.each(Object.entries(STAGES))(
    'leaks no tensor in the %s, and nothing stays after it is disposed of',
    async (_stage, { model, input, side }) => {
      const before = tf.memory().numTensors;
      const net: Net = await runtime.load(model.format, filesOf(model));
      const run = (seed: number): ReturnType<Net['run']> =>
        net.run({ data: pixels(side * side * 3, seed), shape: inputShape(input, 1, side, side) });
      await run(0);
      const loaded = tf.memory().numTensors;
      const first = Object.values(await run(1))[0]!.data;
      const second = Object.values(await run(2))[0]!.data;
      expect([...first]).not.toEqual([...second]);
      for (let i = 0; i < 5; i++) await run(i);
      expect(tf.memory().numTensors).toBe(loaded);
      net.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
    60_000,
  );

  it('refuses a net that is not its own', async () => {
    await expect(runtime.load('onnx', [])).rejects.toThrow(/cannot run/);
  });
});
