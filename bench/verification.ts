import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { COMPARISON_THRESHOLD, distanceAtSimilarity } from '../src/domain/calibration';
import { distanceBetween } from '../src/domain/distance';
import { qualityScore } from '../src/domain/quality';
import { benchAnalyzer } from './bench-analyzer';
import { embedImages } from './embedded-images';
import { readPairFile, type LabelledPair, type PairFile } from '../workers/evaluation/labelled-faces';
import { LabelledVectors } from '../workers/evaluation/labelled-vectors';
import { rejectCurve } from './reject-curve';
import {
  accuracyAt,
  allPairDistances,
  bestThreshold,
  countUpTo,
  distanceAtRate,
  equalError,
  type ScoredPair,
} from '../workers/evaluation/pair-statistics';

/**
 * `npm run bench:verification -- --images DIR --pairs FILE [--threshold-pairs FILE | --threshold-fold N] --pack NAME
 * [--json FILE] [--cache DIR]`: 1:1 verification on an LFW-like set. The threshold comes from `--threshold-pairs`, or from
 * fold N (the others are judged), else from the other folds (a single set is split into ten). TAR at FAR, the DET points and
 * the reject curves of the quality score (at similarity 80 and at that threshold) are taken over all pairs of the images that `--pairs` names.
 */

const FOLDS = 10;
/** False-match rates at which the false non-match rate is told: points of a DET curve. */
const DET_RATES = [0.1, 0.03, 0.01, 0.003, 0.001, 3e-4, 1e-4];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      images: { type: 'string' },
      pairs: { type: 'string' },
      'threshold-pairs': { type: 'string' },
      'threshold-fold': { type: 'string' },
      pack: { type: 'string', default: 'bundled' },
      json: { type: 'string' },
      cache: { type: 'string' },
    },
  });
  const { images, pairs: pairsFile, 'threshold-pairs': thresholdFile } = values;
  if (!images || !pairsFile) throw new Error('Say --images DIR (DIR/<name>/<name>_NNNN.jpg) and --pairs FILE');
  const { pairs, thresholdPairs } = await readSets(pairsFile, thresholdFile, values['threshold-fold']);
  const analyzer = await benchAnalyzer(values.pack);
  try {
    const pack = analyzer.packs()[0]!;
    const wanted = [...new Set([...pairs.images, ...(thresholdPairs?.images ?? [])])];
    const { vectors, faces, msPerImage } = await embedImages(analyzer, images, wanted, values.cache);
    const score = ({ first, second, same }: LabelledPair): ScoredPair => {
      const a = vectors.get(first);
      const b = vectors.get(second);
      return { same, distance: a && b ? distanceBetween(pack.metric, a, b) : Infinity };
    };
    const { accuracy, standardError, threshold } = judgeFolds(
      foldsOf(pairs).map((fold) => fold.map(score)),
      thresholdPairs?.pairs.map(score),
    );
    const asked = new Set(pairs.images);
    const set = new LabelledVectors(pack.metric, new Map([...vectors].filter(([image]) => asked.has(image))));
    const all = allPairDistances(set);
    const quality = set.images.map((image) => qualityScore(faces.get(image)!));
    const limit = distanceAtSimilarity(pack.calibration!, COMPARISON_THRESHOLD);
    const tar = (rate: number): number =>
      countUpTo(all.genuine, distanceAtRate(all.impostor, rate)) / all.genuine.length;
    const report = {
      pack: pack.id,
      accuracy,
      standardError,
      eer: equalError(all).rate,
      tarAtFar: { '0.1': tar(0.1), '0.01': tar(0.01), '0.001': tar(0.001) },
      det: DET_RATES.map((falseMatchRate) => ({ falseMatchRate, falseNonMatchRate: 1 - tar(falseMatchRate) })),
      rejectCurve: rejectCurve(set, quality, limit),
      rejectCurveAtThreshold: rejectCurve(set, quality, threshold),
      pairs: pairs.pairs.length,
      imagesWithoutFace: pairs.images.length - set.images.length,
      msPerImage: msPerImage ?? null,
      threshold,
      images: pairs.images.length,
      impostorPairs: all.impostor.length,
      runtime: analyzer.runtimes()[pack.id],
    };
    const { det, rejectCurve: curve, rejectCurveAtThreshold, ...summary } = report;
    console.table(
      Object.fromEntries(
        Object.entries(summary).map(([key, value]) => [key, typeof value === 'object' ? JSON.stringify(value) : value]),
      ),
    );
    console.table(det);
    console.log('Rejected by quality, similarity 80:');
    console.table(curve);
    console.log('Rejected by quality, at the threshold of the accuracy:');
    console.table(rejectCurveAtThreshold);
    if (values.json) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    await analyzer.close();
  }
}

/** The pairs to judge, and those that give the threshold. */
async function readSets(
  file: string,
  thresholdFile: string | undefined,
  thresholdFold: string | undefined,
): Promise<{ pairs: PairFile; thresholdPairs?: PairFile }> {
  const all = await readPairFile(file);
  if (thresholdFold === undefined) {
    return { pairs: all, ...(thresholdFile && { thresholdPairs: await readPairFile(thresholdFile) }) };
  }
  const fold = Number(thresholdFold);
  const others = all.folds.map((_, i) => i + 1).filter((number) => number !== fold);
  return { pairs: await readPairFile(file, others), thresholdPairs: await readPairFile(file, [fold]) };
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
