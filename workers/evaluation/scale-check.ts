import { distanceAtSimilarity, falseMatchRateAt, type Calibration } from '../../src/domain/calibration';
import { falseMatchesOf, type FalseMatches } from './false-matches';
import type { LabelledVectors } from './labelled-vectors';
import { countUpTo, type AllPairs } from './pair-statistics';

/** What a pack's scale promises at one similarity, and what a set shows. */
export interface ScalePoint {
  /** 0-100. */
  readonly similarity: number;
  readonly promisedFalseMatchRate: number;
  readonly falseMatches: FalseMatches;
  readonly trueMatchRate: number;
}

const SIMILARITIES = [40, 50, 60, 70, 80, 85, 90, 95];

/** Whether similarities mean on this set what they meant on the one that the scale was fitted on. */
export function checkScale(set: LabelledVectors, { genuine }: AllPairs, calibration: Calibration): ScalePoint[] {
  return SIMILARITIES.map((similarity) => {
    const limit = distanceAtSimilarity(calibration, similarity);
    return {
      similarity,
      promisedFalseMatchRate: falseMatchRateAt(similarity),
      falseMatches: falseMatchesOf(set, set.people(), limit),
      trueMatchRate: countUpTo(genuine, limit) / genuine.length,
    };
  });
}
