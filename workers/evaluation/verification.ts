import {
  COMPARISON_THRESHOLD,
  distanceAtSimilarity,
  type Calibration,
  type Metric,
} from '../../src/domain/calibration';
import { distanceBetween } from '../../src/domain/distance';
import { qualityScore } from '../../src/domain/quality';
import type { EmbeddedImages } from './embedded-images';
import { errorsAt, trueMatchRateAt } from './error-curves';
import type { LabelledPair, PairFile } from './labelled-faces';
import { LabelledVectors } from './labelled-vectors';
import { foldsOf, judgeFolds } from './pair-folds';
import { allPairDistances, equalError, type AllPairs, type ScoredPair } from './pair-statistics';
import { rejectCurve } from './reject-curve';

/** False-match rates at which the false non-match rate is told: points of a DET curve. */
const DET_RATES = [0.1, 0.03, 0.01, 0.003, 0.001, 3e-4, 1e-4];

export type JudgedPair = LabelledPair & ScoredPair;

export interface VerificationOptions {
  readonly metric: Metric;
  /** Absent: the pack has no scale, so nothing is told at a similarity. */
  readonly calibration?: Calibration;
  readonly pairs: Pick<PairFile, 'folds' | 'pairs' | 'images'>;
  /** Where the threshold comes from. @default the other folds */
  readonly thresholdPairs?: readonly LabelledPair[];
}

/**
 * 1:1 verification on named pairs: accuracy over folds, and over all pairs of the images that they name the equal-error
 * rate, TAR at FAR, points of the DET curve and what the quality score is worth. A pair whose image shows no face does not match.
 */
export function judgeVerification(
  { vectors, faces }: Pick<EmbeddedImages, 'vectors' | 'faces'>,
  { metric, calibration, pairs, thresholdPairs }: VerificationOptions,
) {
  const score = (pair: LabelledPair): JudgedPair => {
    const [a, b] = [vectors.get(pair.first), vectors.get(pair.second)];
    return { ...pair, distance: a && b ? distanceBetween(metric, a, b) : Infinity };
  };
  const folds = foldsOf(pairs).map((fold) => fold.map(score));
  const { accuracy, standardError, threshold, wrong } = judgeFolds(folds, thresholdPairs?.map(score));
  const asked = new Set(pairs.images);
  const set = new LabelledVectors(metric, new Map([...vectors].filter(([image]) => asked.has(image))));
  const all: AllPairs = allPairDistances(set);
  const quality = set.images.map((image) => qualityScore(faces.get(image)!));
  const tarAtFar = Object.fromEntries([0.1, 0.01, 0.001].map((rate) => [String(rate), trueMatchRateAt(all, rate)]));
  return {
    summary: {
      accuracy,
      standardError,
      threshold,
      eer: equalError(all).rate,
      tarAtFar,
      pairs: pairs.pairs.length,
      folds: folds.length,
      images: pairs.images.length,
      imagesWithoutFace: pairs.images.length - set.images.length,
      impostorPairs: all.impostor.length,
    },
    det: errorsAt(all, DET_RATES),
    rejectCurve: calibration && rejectCurve(set, quality, distanceAtSimilarity(calibration, COMPARISON_THRESHOLD)),
    rejectCurveAtThreshold: rejectCurve(set, quality, threshold),
    /** Pairs that were decided wrongly. */
    wrong,
    named: folds.flat(),
    all,
  };
}
