import { parentPort, workerData } from 'node:worker_threads';
import { EMBED_BATCH } from '../workers/inference/image-analysis';
import { loadNet, type LocatedPack } from '../workers/inference/pack-files';
import type { PackModel } from '../workers/inference/pack-manifest';
import type { InferenceRuntime } from '../workers/inference/runtime';
import { inputShape, type InputFormat } from '../workers/pipeline/tensor-input';

/** Milliseconds a face that each net takes by itself, on one thread, with an LFW-sized picture's input. */
export interface BareTimes {
  readonly detector: number;
  readonly landmarks: number;
  /** All embedders together, mirrored views included. */
  readonly embedder: number;
}

const ROUNDS = 30;
const DETECTOR_SIDE = { yunet: 320, blazeface: 256, mediapipe: 128 } as const;

async function runtimeOf(name: 'onnxruntime' | 'tfjs'): Promise<InferenceRuntime> {
  if (name === 'onnxruntime') return new (await import('../workers/inference/onnx-runtime.js')).OnnxRuntime();
  return (await import('../workers/inference/tfjs-runtime.js')).TfjsRuntime.create();
}

/** A net of a pack with what it is fed. */
interface Stage {
  readonly model: PackModel;
  readonly input: InputFormat;
}

async function timeStage(pack: LocatedPack, { model, input }: Stage, side: number, batch: number): Promise<number> {
  const net = await loadNet(pack, model, runtimeOf);
  const shape = inputShape(input, batch, side, side);
  const data = Float32Array.from({ length: batch * side * side * 3 }, (_, i) => ((i * 37) % 256) / 255);
  for (let i = 0; i < 3; i++) await net.run({ data, shape });
  const start = performance.now();
  for (let i = 0; i < ROUNDS; i++) await net.run({ data, shape });
  const each = (performance.now() - start) / ROUNDS / batch;
  net.dispose();
  return each;
}

async function main(): Promise<void> {
  const pack = workerData as LocatedPack;
  const { detector, landmarks, embedders } = pack.manifest;
  let embedder = 0;
  for (const one of embedders) {
    embedder += (await timeStage(pack, one, one.size, EMBED_BATCH)) * (one.averageMirrored ? 2 : 1);
  }
  const times: BareTimes = {
    detector: await timeStage(pack, detector, DETECTOR_SIDE[detector.kind], 1),
    landmarks: await timeStage(pack, landmarks, landmarks.size, 1),
    embedder,
  };
  parentPort!.postMessage(times);
}

void main();
