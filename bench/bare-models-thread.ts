import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { embedTogether, ImageAnalysis } from '../workers/inference/image-analysis';
import { PackEngine } from '../workers/inference/pack-engine';
import { modelsOf, type LocatedPack } from '../workers/inference/pack-files';
import { packIdOf, type PackManifest } from '../workers/inference/pack-manifest';
import type { InferenceRuntime } from '../workers/inference/runtime';
import { BULK_BATCH } from '../workers/inference/analysis-dispatch';
import { LARGEST_FACE } from '../workers/evaluation/embedded-images';
import { RunRecorder } from './run-recorder';

/**
 * One thread of bare nets: takes its images through the pipeline once, writing down every forward pass, and says how many
 * there were; then makes the same passes alone at each message, and says what they took.
 */
export interface BareSettings {
  readonly pack: LocatedPack;
  readonly files: readonly string[];
}

/** A figure of each stage, mirrored views and looks in other orientations included. */
export interface ByStage {
  readonly detector: number;
  readonly landmarks: number;
  /** All embedders together. */
  readonly embedder: number;
}

async function runtimeOf(name: 'onnxruntime' | 'tfjs'): Promise<InferenceRuntime> {
  if (name === 'onnxruntime') return new (await import('../workers/inference/onnx-runtime.js')).OnnxRuntime();
  return (await import('../workers/inference/tfjs-runtime.js')).TfjsRuntime.create();
}

/** As an analysis thread does it: image by image, the faces of a batch of images embedded together. */
async function analyzeAll(engine: PackEngine, files: readonly string[]): Promise<void> {
  const packId = packIdOf(engine.manifest);
  for (let i = 0; i < files.length; i += BULK_BATCH) {
    const batch: ImageAnalysis[] = [];
    for (const [k, file] of files.slice(i, i + BULK_BATCH).entries()) {
      const analysis = new ImageAnalysis(
        { kind: 'FACES', ...LARGEST_FACE, packId, id: i + k, image: await readFile(file) },
        engine,
      );
      await analysis.prepare();
      batch.push(analysis);
    }
    await embedTogether(batch, async () => {});
  }
}

/** Adds up what belongs to the nets of each stage. @param byNet in the order of {@link modelsOf}, in which they are loaded. */
function sumByStage(manifest: PackManifest, byNet: readonly number[]): ByStage {
  const detectors = manifest.detector.fineModel === undefined ? 1 : 2;
  const sum = (from: number, to: number): number => byNet.slice(from, to).reduce((total, one) => total + one, 0);
  return {
    detector: sum(0, detectors),
    landmarks: sum(detectors, detectors + 1),
    embedder: sum(detectors + 1, byNet.length),
  };
}

async function main(): Promise<void> {
  const { pack, files } = workerData as BareSettings;
  const { manifest } = pack;
  const recorder = new RunRecorder(await runtimeOf(manifest.detector.model.runtime));
  const engine = await PackEngine.load(pack, () => Promise.resolve(recorder));
  await analyzeAll(engine, files);
  const counts = modelsOf(manifest).map((_, net) => recorder.runs.filter((run) => run.net === net).length);
  parentPort!.on('message', () => {
    void recorder.replay().then((ms) => parentPort!.postMessage(sumByStage(manifest, ms)));
  });
  parentPort!.postMessage(sumByStage(manifest, counts));
}

void main();
