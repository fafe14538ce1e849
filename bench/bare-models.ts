import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FaceAnalyzer } from '../src/ports/face-analyzer';
import { locatePacks } from '../workers/inference/pack-registry';
import type { BareSettings, ByStage } from './bare-models-thread';
import { benchPlaces } from './bench-analyzer';
import { analyzeLargest } from '../workers/evaluation/embedded-images';
import { inParallel } from '../workers/evaluation/in-parallel';
import { nextMessage } from './peers';

/** The analyzer and the bare nets take turns this often, so that whatever else the machine does falls on both alike. */
const ROUNDS = 5;

export interface BareFigures {
  /** What the nets alone would do, were there nothing between them. */
  readonly imagesPerSecond: number;
  /** Part of the analyzer's time that is its nets', 0-1: both on the same images, in turns. */
  readonly share: number;
  /** Milliseconds of one thread an image. */
  readonly ms: ByStage;
  /** Forward passes an image; one of a batch counts once. */
  readonly passes: ByStage;
}

const byStage = (figure: (stage: keyof ByStage) => number): ByStage => ({
  detector: figure('detector'),
  landmarks: figure('landmarks'),
  embedder: figure('embedder'),
});

/**
 * Every forward pass that the analyzer makes for these images, made again without anything else, on as many threads, so
 * that cores, caches and clock are shared in the same way.
 */
export async function measureBareModels(
  analyzer: FaceAnalyzer,
  packName: string,
  files: readonly string[],
  threads: number,
): Promise<BareFigures> {
  const { packs, failures } = await locatePacks([packName], benchPlaces(), 'recognition');
  const pack = packs[0];
  if (pack === undefined) throw new Error(failures[0]?.reason);
  const workers = Array.from({ length: threads }, (_, i) => {
    const workerData: BareSettings = { pack, files: files.filter((_file, k) => k % threads === i) };
    return new Worker(path.join(__dirname, 'bare-models-thread.js'), { workerData });
  });
  const answers = (): Promise<ByStage[]> => Promise.all(workers.map((worker) => nextMessage<ByStage>(worker)));
  const counts = await answers();
  const spent: ByStage[] = [];
  let pipelineMs = 0;
  let bareMs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await inParallel(files, async (file) => void (await analyzeLargest(analyzer, file)));
    const between = performance.now();
    const replayed = answers();
    for (const worker of workers) worker.postMessage('replay');
    spent.push(...(await replayed));
    pipelineMs += between - start;
    bareMs += performance.now() - between;
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  const total = (parts: readonly ByStage[], stage: keyof ByStage): number =>
    parts.reduce((sum, part) => sum + part[stage], 0);
  return {
    imagesPerSecond: (files.length * ROUNDS * 1000) / bareMs,
    share: bareMs / pipelineMs,
    ms: byStage((stage) => total(spent, stage) / ROUNDS / files.length),
    passes: byStage((stage) => total(counts, stage) / files.length),
  };
}
