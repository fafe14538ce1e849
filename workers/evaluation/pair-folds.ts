import type { LabelledPair, PairFile } from './labelled-faces';
import { accuracyAt, bestThreshold, type ScoredPair } from './pair-statistics';

const FOLDS = 10;

export interface JudgedFolds<T extends ScoredPair> {
  /** Mean over the folds, 0-1. */
  readonly accuracy: number;
  /** Of that mean. */
  readonly standardError: number;
  /** Mean of the folds' thresholds. */
  readonly threshold: number;
  /** Pairs that their fold's threshold decides wrongly. */
  readonly wrong: readonly T[];
}

/** A single set becomes ten folds in turn, so that a threshold can come from the other nine. */
export function foldsOf({ folds, pairs }: Pick<PairFile, 'folds' | 'pairs'>): LabelledPair[][] {
  if (folds.length > 1) return folds.map((fold) => [...fold]);
  return Array.from({ length: FOLDS }, (_, i) => pairs.filter((_pair, k) => k % FOLDS === i));
}

/**
 * The protocol of LFW (Huang et al., 2007): each fold is judged at the threshold that serves the others best.
 *
 * @param thresholdPairs pairs that the one threshold comes from instead.
 */
export function judgeFolds<T extends ScoredPair>(
  folds: readonly (readonly T[])[],
  thresholdPairs?: readonly ScoredPair[],
): JudgedFolds<T> {
  const thresholds = folds.map((_, i) => bestThreshold(thresholdPairs ?? folds.filter((_fold, k) => k !== i).flat()));
  const accuracies = folds.map((fold, i) => accuracyAt(fold, thresholds[i]!));
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const accuracy = mean(accuracies);
  const variance = accuracies.reduce((sum, value) => sum + (value - accuracy) ** 2, 0) / (folds.length - 1);
  const wrong = folds.flatMap((fold, i) => fold.filter(({ distance, same }) => distance <= thresholds[i]! !== same));
  return { accuracy, standardError: Math.sqrt(variance / folds.length), threshold: mean(thresholds), wrong };
}
