import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config';
import type { FaceAnalyzer, StageTimingsMs } from '../src/ports/face-analyzer';
import { measureBareModels, type BareFigures } from './bare-models';
import { benchAnalyzer } from './bench-analyzer';
import { analyzeLargest } from '../workers/evaluation/embedded-images';
import { inParallel } from '../workers/evaluation/in-parallel';
import { measureEnrolment, WARM_UP, type EnrolmentFigures } from './enrolment';
import { findImages } from '../workers/evaluation/labelled-faces';
import { MemoryTrend } from './memory-trend';
import { comparePeers, type Comparison } from './peers';

/**
 * `npm run bench:pipeline -- --images DIR --pack NAME [--peers] [--limit N] [--peer-images N] [--bare-images N] [--no-enrolment] [--json FILE]`:
 * images a second from encoded bytes to the vector of the largest face, all cores busy: the analyzer, its nets alone (every
 * forward pass that it makes, on `--bare-images` of the images), the peers end to end with only what identity needs switched on, and enrolment through GraphQL.
 */

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** The same names, each with what `change` makes of its value. */
const mapValues = <Name extends string>(
  values: Readonly<Record<Name, number>>,
  change: (value: number) => number,
): Record<Name, number> => {
  const mapped: Record<Name, number> = { ...values };
  for (const name in mapped) mapped[name] = change(mapped[name]);
  return mapped;
};

/** Everything but the queue, in milliseconds an image. */
type Stages = Omit<StageTimingsMs, 'queue'>;

interface PipelineFigures {
  readonly imagesPerSecond: number;
  readonly stagesMsPerImage: Stages;
  /** Part of the images, 0-1. */
  readonly imagesWithFace: number;
  readonly peakRssMb: number;
  readonly rssSlopeKbPerImage: number;
}

/** Runs images through the analyzer, all threads busy; its figures are of all runs together. */
class PipelineMeter {
  private readonly stages = { decode: 0, detect: 0, landmarks: 0, align: 0, embed: 0, encode: 0 };
  private readonly memory = new MemoryTrend();
  private facesFound = 0;
  private done = 0;
  private seconds = 0;

  constructor(private readonly analyzer: FaceAnalyzer) {}

  async run(files: readonly string[]): Promise<void> {
    const start = performance.now();
    await inParallel(files, async (file) => {
      const { faces, timings } = await analyzeLargest(this.analyzer, file);
      for (const stage of Object.keys(this.stages) as (keyof Stages)[]) this.stages[stage] += timings[stage];
      if (faces.length > 0) this.facesFound++;
      this.done++;
      if (this.done % 25 === 0) this.memory.sample(this.done);
    });
    this.seconds += (performance.now() - start) / 1000;
  }

  figures(): PipelineFigures {
    return {
      imagesPerSecond: round(this.done / this.seconds),
      stagesMsPerImage: mapValues(this.stages, (ms) => round(ms / this.done)),
      imagesWithFace: round(this.facesFound / this.done, 4),
      peakRssMb: round(this.memory.peakMb, 0),
      rssSlopeKbPerImage: round(this.memory.slopeKb),
    };
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: 'string' },
      pack: { type: 'string', default: 'bundled' },
      peers: { type: 'boolean', default: false },
      limit: { type: 'string', default: '1000' },
      'peer-images': { type: 'string', default: '200' },
      'bare-images': { type: 'string', default: '100' },
      'no-enrolment': { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  if (!values.images) throw new Error('Say --images DIR');
  const files = await findImages(values.images, Number(values.limit));
  const threads = loadConfig().inferenceThreads;

  const analyzer = await benchAnalyzer(values.pack);
  const meter = new PipelineMeter(analyzer);
  let enrolment: EnrolmentFigures | null = null;
  let comparison: Comparison | undefined;
  let bare: BareFigures;
  try {
    await new PipelineMeter(analyzer).run(files.slice(0, WARM_UP));
    await meter.run(files);
    if (!values['no-enrolment']) {
      enrolment = await measureEnrolment(files, values.pack);
      // Once more after it: a machine that gets slower meanwhile is no overhead of the queue's.
      await meter.run(files);
    }
    if (values.peers) comparison = await comparePeers(analyzer, files.slice(0, Number(values['peer-images'])), threads);
    bare = await measureBareModels(analyzer, values.pack, files.slice(0, Number(values['bare-images'])), threads);
  } finally {
    await analyzer.close();
  }

  const figures = meter.figures();
  const report = {
    pack: analyzer.packs()[0]!.id,
    ...figures,
    bareModels: {
      imagesPerSecond: round(bare.imagesPerSecond),
      share: round(bare.share),
      msPerImage: mapValues(bare.ms, (value) => round(value)),
      passesPerImage: mapValues(bare.passes, (value) => round(value)),
    },
    enrolImagesPerSecond: enrolment && round(enrolment.imagesPerSecond),
    // Of a server that enrols, where one was measured.
    peakRssMb: round(enrolment?.peakRssMb ?? figures.peakRssMb, 0),
    rssSlopeKbPerImage: round(enrolment?.rssSlopeKbPerImage ?? figures.rssSlopeKbPerImage),
    analyzer: { peakRssMb: figures.peakRssMb, rssSlopeKbPerImage: figures.rssSlopeKbPerImage },
    enrolment: enrolment && { uploadsPerSecond: round(enrolment.uploadsPerSecond), failed: enrolment.failed },
    peers: comparison?.peers ?? {},
    imagesPerSecondBesidePeers: comparison?.imagesPerSecond ?? null,
    images: files.length,
    threads,
    runtime: Object.values(analyzer.runtimes())[0],
  };
  console.table(
    Object.fromEntries(
      Object.entries(report).map(([key, value]) => [key, typeof value === 'object' ? JSON.stringify(value) : value]),
    ),
  );
  for (const [peer, { imagesPerSecond }] of Object.entries(comparison?.peers ?? {})) {
    console.log(`${round(comparison!.imagesPerSecond / imagesPerSecond)} times ${peer}, in turns on the same images`);
  }
  if (enrolment) {
    const times = round(figures.imagesPerSecond / enrolment.imagesPerSecond);
    console.log(`enrolment through GraphQL takes ${times} times the pipeline's time`);
  }
  console.log(`${round(bare.share * 100, 0)} % of the analyzer's time is its nets', in turns on the same images`);
  if (values.json) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
