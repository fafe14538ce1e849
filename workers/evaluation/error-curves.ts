import { countUpTo, distanceAtRate, type AllPairs, type ScoredPair } from './pair-statistics';

/** One threshold's errors, shares 0-1. */
export interface ErrorPoint {
  readonly falseMatchRate: number;
  readonly falseNonMatchRate: number;
}

/** Points of a curve for each power of ten. */
const POINTS_A_DECADE = 40;

/** The share of pairs of one person that match where at most a share `rate` of the others do: TAR at FAR. */
export const trueMatchRateAt = ({ genuine, impostor }: AllPairs, rate: number): number =>
  countUpTo(genuine, distanceAtRate(impostor, rate)) / genuine.length;

/** The false non-match rates at these false-match rates: points of a DET curve. */
export const errorsAt = (pairs: AllPairs, rates: readonly number[]): ErrorPoint[] =>
  rates.map((falseMatchRate) => ({ falseMatchRate, falseNonMatchRate: 1 - trueMatchRateAt(pairs, falseMatchRate) }));

/** The whole curve, from the rate of one false match up to 1. */
export function errorCurve(pairs: AllPairs): ErrorPoint[] {
  const steps = Math.max(1, Math.ceil(Math.log10(pairs.impostor.length) * POINTS_A_DECADE));
  const rates = Array.from({ length: steps + 1 }, (_, i) => pairs.impostor.length ** (i / steps - 1));
  return errorsAt(pairs, rates);
}

/** The two kinds of named pairs; one without a face on an image is at an infinite distance: it never matches. */
export function pairsByKind(pairs: readonly ScoredPair[]): AllPairs {
  const of = (kind: boolean): Float32Array =>
    Float32Array.from(
      pairs.filter(({ same }) => same === kind),
      ({ distance }) => distance,
    ).sort();
  return { genuine: of(true), impostor: of(false) };
}
