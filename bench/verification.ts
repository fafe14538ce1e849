import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { distanceBetween } from '../src/domain/distance';
import { benchAnalyzer } from './bench-analyzer';
import { embedImages } from './embedded-images';
import { readPairFile, type LabelledPair, type PairFile } from './labelled-faces';
import { LabelledVectors } from './labelled-vectors';
import {
  accuracyAt,
  allPairDistances,
  bestThreshold,
  countUpTo,
  distanceAtRate,
  equalError,
  type ScoredPair,
} from './pair-statistics';

/**
 * `npm run bench:verification -- --images DIR --pairs FILE [--threshold-pairs FILE] --pack NAME [--json FILE] [--cache DIR]`:
 * 1:1 verification on an LFW-like set. The threshold comes from `--threshold-pairs`, else from the other folds (a single
 * set is split into ten). TAR at FAR is taken over all pairs of the images that `--pairs` names.
 */

const FOLDS = 10;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: 'string' },
      pairs: { type: 'string' },
      'threshold-pairs': { type: 'string' },
      pack: { type: 'string', default: 'bundled' },
      json: { type: 'string' },
      cache: { type: 'string' },
    },
  });
  const { images, pairs: pairsFile, 'threshold-pairs': thresholdFile } = values;
  if (!images || !pairsFile) throw new Error('Say --images DIR (DIR/<name>/<name>_NNNN.jpg) and --pairs FILE');
  const pairs = await readPairFile(pairsFile);
  const thresholdPairs = thresholdFile ? await readPairFile(thresholdFile) : undefined;
  const analyzer = await benchAnalyzer(values.pack);
  try {
    const pack = analyzer.packs()[0]!;
    const wanted = [...new Set([...pairs.images, ...(thresholdPairs?.images ?? [])])];
    const { vectors, msPerImage } = await embedImages(analyzer, images, wanted, values.cache);
    const score = ({ first, second, same }: LabelledPair): ScoredPair => {
      const a = vectors.get(first);
      const b = vectors.get(second);
      return { same, distance: a && b ? distanceBetween(pack.metric, a, b) : Infinity };
    };
    const { accuracy, standardError, threshold } = judgeFolds(
      foldsOf(pairs).map((fold) => fold.map(score)),
      thresholdPairs?.pairs.map(score),
    );
    const tested = new Map([...vectors].filter(([image]) => pairs.images.includes(image)));
    const all = allPairDistances(new LabelledVectors(pack.metric, tested));
    const tar = (rate: number): number =>
      countUpTo(all.genuine, distanceAtRate(all.impostor, rate)) / all.genuine.length;
    const report = {
      pack: pack.id,
      accuracy,
      standardError,
      eer: equalError(all).rate,
      tarAtFar: { '0.1': tar(0.1), '0.01': tar(0.01), '0.001': tar(0.001) },
      pairs: pairs.pairs.length,
      imagesWithoutFace: pairs.images.length - tested.size,
      msPerImage: msPerImage ?? null,
      threshold,
      images: pairs.images.length,
      impostorPairs: all.impostor.length,
      runtime: analyzer.runtimes()[pack.id],
    };
    console.table(
      Object.fromEntries(
        Object.entries(report).map(([key, value]) => [key, typeof value === 'object' ? JSON.stringify(value) : value]),
      ),
    );
    if (values.json) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    await analyzer.close();
  }
}

/** A single set becomes ten folds in turn, so that a threshold can come from the other nine. */
function foldsOf({ folds, pairs }: PairFile): LabelledPair[][] {
  if (folds.length > 1) return folds.map((fold) => [...fold]);
  return Array.from({ length: FOLDS }, (_, i) => pairs.filter((_pair, k) => k % FOLDS === i));
}

function judgeFolds(
  folds: readonly (readonly ScoredPair[])[],
  thresholdPairs: readonly ScoredPair[] | undefined,
): { accuracy: number; standardError: number; threshold: number } {
  const thresholds = folds.map((_, i) => bestThreshold(thresholdPairs ?? folds.filter((_fold, k) => k !== i).flat()));
  const accuracies = folds.map((fold, i) => accuracyAt(fold, thresholds[i]!));
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const accuracy = mean(accuracies);
  const variance = accuracies.reduce((sum, value) => sum + (value - accuracy) ** 2, 0) / (folds.length - 1);
  return { accuracy, standardError: Math.sqrt(variance / folds.length), threshold: mean(thresholds) };
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
