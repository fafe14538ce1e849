import { detChart, rocChart, type NamedPairs } from '../../../workers/evaluation/error-charts';
import { pairsByKind } from '../../../workers/evaluation/error-curves';
import { findPairImages, readPairFile, type PairFile } from '../../../workers/evaluation/labelled-faces';
import { packIdOf } from '../../../workers/inference/pack-manifest';
import { judgeVerification } from '../../../workers/evaluation/verification';
import { UsageError } from '../models/context';
import { checkCount, embedWith, percent, type EvalContext, type SharedOptions } from './context';
import { worstFirst, writeErrorSheets } from './error-sheets';
import { checkResultsPlace, writeResults } from './results';

export const VERIFICATION_OPTIONS = {
  pairs: { type: 'string' },
  'threshold-pairs': { type: 'string' },
  'threshold-fold': { type: 'string' },
} as const;

export interface VerificationWish extends SharedOptions {
  readonly pairs?: string;
  readonly 'threshold-pairs'?: string;
  readonly 'threshold-fold'?: string;
}

/**
 * `verification --images DIR --pairs FILE`: 1:1 on an LFW-like set. The threshold comes from `--threshold-pairs`, or from fold
 * N of `--threshold-fold` (the others are judged), else from the other folds (a single set is split into ten).
 *
 * @throws UsageError when the set cannot be judged.
 */
export async function evaluateVerification(context: EvalContext, wish: VerificationWish): Promise<number> {
  const { images, pairs: file } = wish;
  if (!images || !file) throw new UsageError('Say --images DIR (DIR/<name>/<name>_NNNN.jpg) and --pairs FILE');
  await checkResultsPlace(wish);
  const { pairs, thresholdPairs } = await readSets(images, file, wish);
  const wanted = [...new Set([...pairs.images, ...(thresholdPairs?.images ?? [])])];
  checkCount(wanted.length);
  const embedded = await embedWith(context, wish, images, wanted);
  const { metric, calibration } = embedded.manifest;
  const judged = judgeVerification(embedded, { metric, calibration, pairs, thresholdPairs: thresholdPairs?.pairs });
  const { summary, det, rejectCurve, rejectCurveAtThreshold } = judged;
  const wrong = worstFirst(judged.wrong);
  const pack = packIdOf(embedded.manifest);
  const { msPerImage, runtime } = embedded;
  const report = { pack, ...summary, det, rejectCurve, rejectCurveAtThreshold, wrong, msPerImage, runtime };
  show(context, pack, judged);
  const sets: NamedPairs = [
    ['the pairs of the file', pairsByKind(judged.named)],
    ['all pairs of their images', judged.all],
  ];
  await writeResults(context, wish, {
    report,
    charts: {
      'det.svg': detChart(`Errors of ${pack}`, sets),
      'roc.svg': rocChart(`True matches of ${pack}`, sets),
    },
    writeSheets: (folder) => writeErrorSheets(folder, images, wrong, embedded.faces),
  });
  return 0;
}

function show({ print, table }: EvalContext, pack: string, judged: ReturnType<typeof judgeVerification>): void {
  const { summary, det, rejectCurve, rejectCurveAtThreshold } = judged;
  print(
    `${pack}: accuracy ${percent(summary.accuracy)}, standard error ${percent(summary.standardError)}, of ${summary.pairs} pairs in ${summary.folds} folds; ${judged.wrong.length} wrong`,
  );
  print(
    `${summary.images} images, ${summary.imagesWithoutFace} without a face; all pairs of them: equal error rate ${percent(summary.eer)}`,
  );
  table(det.map((point) => ({ ...point, trueMatchRate: 1 - point.falseNonMatchRate })));
  if (rejectCurve) {
    print('Rejected by quality, similarity 80:');
    table(rejectCurve);
  }
  print('Rejected by quality, at the threshold of the accuracy:');
  table(rejectCurveAtThreshold);
}

/** The pairs to judge, and those that give the threshold. */
async function readSets(
  images: string,
  file: string,
  { 'threshold-pairs': thresholdFile, 'threshold-fold': thresholdFold }: VerificationWish,
): Promise<{ pairs: PairFile; thresholdPairs?: PairFile }> {
  const read = async (from: string, folds?: readonly number[]): Promise<PairFile> => {
    const pairFile = await readPairFile(from, folds);
    if (pairFile.people.length < 2) {
      throw new UsageError(`${from} names one person only, ${pairFile.people[0]}: there is nobody to tell them from.`);
    }
    return findPairImages(images, pairFile, from);
  };
  if (thresholdFold === undefined) {
    return { pairs: await read(file), ...(thresholdFile && { thresholdPairs: await read(thresholdFile) }) };
  }
  const fold = Number(thresholdFold);
  const { folds } = await readPairFile(file);
  if (folds.length === 1) throw new UsageError(`${file} has one set, no folds: leave --threshold-fold out.`);
  const others = folds.map((_, i) => i + 1).filter((number) => number !== fold);
  return { thresholdPairs: await read(file, [fold]), pairs: await read(file, others) };
}
