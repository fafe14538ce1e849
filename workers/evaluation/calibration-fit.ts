import type { Calibration } from '../../src/domain/calibration';
import { distanceAtRate, equalError, type AllPairs } from './pair-statistics';

const STEP = 0.25;
/** A quantile that fewer pairs than this stand behind is left to the extrapolation. */
const LEAST_PAIRS = 20;
/** The straight line that continues the fit leans on this much of d before its end. */
const TAIL = 1.5;

/**
 * Knots of distance against d = -log10 FMR at steps of 0.25, from the largest impostor distance (d = 0) down to where the
 * pairs run out; from there a straight line through the tail down to distance 0.
 */
export function fitCalibration(pairs: AllPairs): Omit<Calibration, 'revision' | 'source'> {
  const { impostor } = pairs;
  const deepest = Math.floor(Math.log10(impostor.length / LEAST_PAIRS) / STEP) * STEP;
  const knots: { distance: number; d: number }[] = [];
  for (let d = deepest; d >= 0; d -= STEP) {
    const distance = d === 0 ? impostor[impostor.length - 1]! : distanceAtRate(impostor, 10 ** -d);
    const last = knots[knots.length - 1];
    if (last === undefined || distance > last.distance) knots.push({ distance: round(distance), d });
  }
  const end = knots[0]!;
  const before = knots.find(({ d }) => d <= end.d - TAIL) ?? knots[knots.length - 1]!;
  const slope = (end.d - before.d) / (before.distance - end.distance);
  return {
    knots: [{ distance: 0, d: round(end.d + slope * end.distance) }, ...knots],
    extrapolatedBeyondD: end.d,
    equalErrorDistance: round(equalError(pairs).distance),
  };
}

const round = (value: number): number => Math.round(value * 1e5) / 1e5;
